"""Who wrote a message to Meta's webhook, when, in answer to what, and what is kept of the rest."""

import pytest

from session.content_parts import Kind, Product
from session.contents import Text
from session.messages import Referral
from tests.worker.channels.meta.bodies import (
    RECEIVED_AT,
    SENT_AT,
    contact,
    messages,
    parsed,
    text,
    the_message,
)


def test_a_text_says_who_wrote_what_when_and_through_which_sender():
    found = the_message(messages(text("Is it free?"), contacts=[contact()]))

    assert (found.id, found.customer, found.name) == ("wamid.IN", "+201001234567", "Mona")
    assert (found.route.channel, found.route.sender, found.route.address) == ("meta", "1001", "201001234567")
    assert (found.kind, found.text) == (Kind.TEXT, "Is it free?")
    assert (found.sent_at, found.received_at) == (SENT_AT, RECEIVED_AT)
    assert found.details == {}


@pytest.mark.parametrize(
    ("members", "kept"),
    [
        ({"a_member_of_next_year": [1, None]}, {"a_member_of_next_year": [1, None]}),
    ],
)
def test_what_has_no_field_of_its_own_is_kept_in_the_details(members, kept):
    assert the_message(messages(text(**members))).details == kept


@pytest.mark.parametrize(
    ("context", "forwarded"),
    [({"forwarded": True}, "once"), ({"frequently_forwarded": True, "forwarded": True}, "often"), ({}, None)],
)
def test_a_message_says_whether_it_was_forwarded(context, forwarded):
    assert the_message(messages(text(context=context))).forwarded == forwarded


def test_a_question_about_a_product_names_it():
    context = {"id": "wamid.Q", "referred_product": {"catalog_id": "c", "product_retailer_id": "B204"}}

    found = the_message(messages(text("Still there?", context=context)))

    assert found.content == Text(text="Still there?", product=Product(id="B204", catalog="c"))


def test_a_message_says_which_ad_brought_the_customer():
    ad = {
        "source_type": "ad",
        "ctwa_clid": "x",
        "headline": "3 rooms in Maadi",
        "image_url": "https://media.test/1",
    }

    found = the_message(messages(text(referral=ad)))

    assert found.referral == Referral(
        source_type="ad", ctwa_clid="x", headline="3 rooms in Maadi", media_url="https://media.test/1"
    )


def test_a_quoted_message_is_named():
    assert the_message(messages(text(context={"id": "wamid.Q", "from": "15550001111"}))).reply_to == "wamid.Q"


@pytest.mark.parametrize("told", [1_800_000_000, "1800000000", 1_800_000_000.9])
def test_the_time_may_be_written_as_text_or_as_a_number(told):
    assert the_message(messages(text(timestamp=told))).sent_at == SENT_AT


@pytest.mark.parametrize("told", [..., None, True, "soon", -5, 10**18, "1e999", "NaN", {}])
def test_a_message_without_a_possible_time_was_sent_when_it_came(told):
    assert the_message(messages(text(timestamp=told))).sent_at == RECEIVED_AT


class TestWhoWroteIt:
    def test_a_customer_without_a_phone_number_goes_by_the_business_scoped_id(self):
        hidden = contact(wa_id=None, user_id="EG.77ab", profile={"username": "mona.h"})
        found = the_message(messages(text(**{"from": ..., "from_user_id": "EG.77ab"}), contacts=[hidden]))

        assert (found.customer, found.route.address, found.name) == ("EG.77ab", "EG.77ab", "mona.h")
        assert found.details == {"user_id": "EG.77ab", "username": "mona.h"}

    def test_a_customer_with_both_goes_by_the_phone_number_and_the_other_is_kept(self):
        found = the_message(messages(text(from_user_id="EG.77ab"), contacts=[contact(user_id="EG.77ab")]))

        assert (found.customer, found.route.address) == ("+201001234567", "201001234567")
        assert found.details == {"user_id": "EG.77ab"}

    def test_a_business_scoped_id_may_stand_where_the_number_stood(self):
        assert the_message(messages(text(**{"from": "EG.77ab"}))).customer == "EG.77ab"

    def test_a_number_may_be_written_with_its_plus_or_as_a_number(self):
        assert the_message(messages(text(**{"from": "+201001234567"}))).customer == "+201001234567"
        assert the_message(messages(text(**{"from": 201001234567}))).customer == "+201001234567"

    def test_the_sole_contact_tells_who_it_was_when_the_message_does_not(self):
        assert the_message(messages(text(**{"from": ...}), contacts=[contact()])).customer == "+201001234567"

    def test_each_message_finds_its_own_contact(self):
        found = parsed(
            messages(
                text(id="1"),
                text(id="2", **{"from": "201117654321"}),
                text(id="3", **{"from": ..., "from_user_id": "EG.9"}),
                text(id="4", **{"from": "4915112345678"}),
                contacts=[
                    contact(wa_id="201117654321", profile={"name": "Aly"}),
                    contact(),
                    contact(wa_id=None, user_id="EG.9", profile={"name": "Bea"}),
                ],
            )
        )

        assert [one.name for one in found.messages] == ["Mona", "Aly", "Bea", None]

    def test_a_sole_contact_whose_id_is_spelled_differently_belongs_to_the_sole_author(self):
        found = the_message(
            messages(text(**{"from": "5511987654321"}), contacts=[contact(wa_id="551187654321")])
        )

        assert (found.customer, found.name) == ("+5511987654321", "Mona")

    def test_a_sole_contact_does_not_name_two_authors(self):
        found = parsed(
            messages(text(id="1"), text(id="2", **{"from": "4915112345678"}), contacts=[contact()])
        )

        assert [one.name for one in found.messages] == ["Mona", None]

    @pytest.mark.parametrize(
        "author", ["", "somebody", "1|2", "20100 1234567", "20100{1}", "٢٠١٠٠١٢٣٤", True, {}]
    )
    def test_what_could_not_be_a_customer_is_not_made_one(self, author):
        found = parsed(messages(text(**{"from": author}), text(id="wamid.NEXT")))

        assert [one.id for one in found.messages] == ["wamid.NEXT"]
        assert [one.why for one in found.broken] == ["a message without a customer"]


def test_a_sender_that_the_body_does_not_name_is_the_configured_one():
    body = messages(text())
    del body["entry"][0]["changes"][0]["value"]["metadata"]

    assert the_message(body).route.sender == "1001"


def test_a_message_of_a_group_names_it_and_is_silent():
    read = the_message(messages(text(group_id="g")))
    assert (read.group, read.is_silent, read.counted_as) == ("g", True, "group")
    assert the_message(messages(text())).group is None
