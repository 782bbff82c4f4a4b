"""Whom an item of a webhook concerns, as webhook and workers find it."""

import pytest

from session.authors import Change, Contacts, change_in, names_of_form, names_of_recipient, ordering_key
from session.identities import Names

CONTACT = {"wa_id": "201001234567", "user_id": "EG.77ab", "parent_user_id": "EG.ENT.1"}


def test_the_contact_of_an_author_shows_further_names():
    contacts = Contacts.among([CONTACT], [{"from": "201001234567"}])

    assert contacts.names_of({"from": "201001234567"}) == Names(
        "+201001234567", ("EG.77ab", "EG.ENT.1"), "+201001234567"
    )
    assert contacts.names_of({"from_user_id": "EG.77ab"}) == Names(
        "+201001234567", ("EG.77ab", "EG.ENT.1"), "+201001234567"
    )


def test_a_contact_with_another_number_is_no_name_of_the_author():
    message = {"from": "201001234568"}
    contacts = Contacts.among([CONTACT], [message])

    assert contacts.names_of(message) == Names("+201001234568", (), "+201001234568")
    # It is the only contact of the only author: the profile name is taken from it.
    assert contacts.of(message) == CONTACT


def test_a_contact_in_another_spelling_is_that_of_the_author():
    message = {"from": "5588987650109"}
    contacts = Contacts.among([{"wa_id": "558887650109", "user_id": "BR.1"}, CONTACT], [message])

    assert contacts.names_of(message) == Names("+5588987650109", ("+558887650109", "BR.1"), "+5588987650109")


def test_a_message_that_names_nobody_is_that_of_the_only_contact():
    assert Contacts.among([CONTACT], [{}]).names_of({}) == Names(
        "+201001234567", ("EG.77ab", "EG.ENT.1"), "+201001234567"
    )
    assert Contacts.among([CONTACT, {"wa_id": "20100"}], [{}]).names_of({}) is None


def test_an_echo_names_its_recipient():
    assert names_of_recipient({"to": "5588987650109", "to_user_id": "BR.1"}) == Names(
        "+5588987650109", ("BR.1",), "+5588987650109"
    )


@pytest.mark.parametrize(
    ("message", "change"),
    [
        (
            {"from": "201001234567", "system": {"type": "user_changed_number", "wa_id": "201001234568"}},
            Change(Names("+201001234568", (), "+201001234568"), ("+201001234567",)),
        ),
        (
            {"system": {"type": "user_changed_user_id", "previous_user_id": "US.1", "user_id": "US.2"}},
            Change(Names("US.2", (), "US.2"), ("US.1",)),
        ),
        (
            {"system": {"type": "user_changed_user_id", "user_id": "US.2", "body": "User A changed from US.1 to US.2"}},
            Change(Names("US.2", (), "US.2"), ("US.1",)),
        ),
        (
            {
                "from": "201001234567",
                "system": {"type": "user_changed_user_id", "wa_id": "201001234567", "user_id": "EG.2"},
            },
            Change(Names("+201001234567", ("EG.2",), "+201001234567"), ()),
        ),
        ({"from": "201001234567", "system": {"type": "customer_identity_changed", "wa_id": "1"}}, None),
        ({"system": {"type": "user_changed_number"}}, None),
        ({"system": {"type": ["user_changed_number"], "wa_id": "201001234568"}}, None),
        ({"from": "201001234567", "text": {"body": "hello"}}, None),
    ],
)  # fmt: skip
def test_a_system_message_says_what_has_changed(message, change):
    assert change_in(message) == change


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ({"From": "whatsapp:+201001234567"}, Names("+201001234567", (), "+201001234567")),
        (
            {"From": "whatsapp:+5588987650109", "WaId": "558887650109", "ExternalUserId": "BR.1"},
            Names("+5588987650109", ("BR.1", "+558887650109"), "+5588987650109"),
        ),
        ({"From": "whatsapp:BR.1", "ExternalUserId": "BR.1"}, Names("BR.1", (), "BR.1")),
        (
            {"From": "whatsapp:+201001234567", "WaId": "201001234568"},
            Names("+201001234567", (), "+201001234567"),
        ),
        ({"From": "+201001234567"}, None),
        ({}, None),
    ],
)
def test_a_form_names_its_author(form, names):
    assert names_of_form(form) == names


def test_an_address_in_any_spelling_has_one_ordering_key():
    assert ordering_key("whatsapp:+558887650109") == ordering_key("whatsapp:+5588987650109")
    assert ordering_key("whatsapp:+5588987650109") == "whatsapp:+5588987650109"
    assert ordering_key("somebody") == "somebody"
