"""The names of conversations and customers, in every namespace."""

from base64 import urlsafe_b64encode

import pytest

from session.channels import TELEGRAM, WHATSAPP
from session.conversations import (
    conversation_of,
    customer_of,
    id_of,
    is_customer,
    is_scope,
    mentions,
    namespace_of,
    scope_of,
    short_name,
)

NAMES = [
    ("+201001234567", "", "whatsapp:+201001234567", "+201001234567"),
    ("+201001234567", "estate", "whatsapp:estate:+201001234567", "estate:+201001234567"),
    ("US.77ab", "estate", "whatsapp:estate:US.77ab", "estate:US.77ab"),
    ("telegram:123456789", "", "telegram:123456789", "telegram:123456789"),
    ("telegram:123456789", "estate", "telegram:estate:123456789", "telegram:estate:123456789"),
]


@pytest.mark.parametrize(("customer", "scope", "conversation", "short"), NAMES)
def test_a_conversation_has_a_customer_and_a_scope(customer, scope, conversation, short):
    assert conversation_of(customer, scope) == conversation
    assert (customer_of(conversation), scope_of(conversation)) == (customer, scope)
    assert (short_name(conversation), conversation_of(short)) == (short, conversation)
    assert is_customer(customer)


@pytest.mark.parametrize(
    ("name", "namespace", "id_"),
    [
        ("+201001234567", WHATSAPP, "+201001234567"),
        ("whatsapp:+201001234567", WHATSAPP, "whatsapp:+201001234567"),
        ("telegram:123456789", TELEGRAM, "123456789"),
        ("telegram", TELEGRAM, "telegram"),
    ],
)
def test_a_name_says_its_namespace(name, namespace, id_):
    assert (namespace_of(name), id_of(name)) == (namespace, id_)


@pytest.mark.parametrize(
    "name",
    [
        "123456789",
        "telegram:+20100123",
        "telegram:",
        "telegram:0",
        "telegram:1:2",
        "telegram",
        "signal:1",
        "",
    ],
)
def test_what_no_namespace_knows_is_no_customer(name):
    assert not is_customer(name)


@pytest.mark.parametrize(
    ("scope", "right"), [("estate", True), ("whatsapp", False), ("telegram", False), ("a b", False)]
)
def test_a_scope_is_never_taken_for_a_namespace(scope, right):
    assert is_scope(scope) is right


NUMBER = "+201001234567"


def wamid(text):
    return "wamid." + urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "raw",
    [
        '{"from": "201001234567"}',
        "From=whatsapp%3A%2B201001234567",
        wamid("x 201001234567 y"),
        "wamid.A " + wamid("201001234567"),
    ],
)
def test_a_number_is_found_literally_in_a_form_and_in_a_message_id(raw):
    assert mentions(raw, NUMBER)


@pytest.mark.parametrize(
    "raw", ["", "2010012345678", "1201001234567", "wamid.A", "wamid.AAAAA", wamid("12010012345678")]
)
def test_a_part_of_another_number_or_an_id_that_cannot_be_decoded_is_not(raw):
    assert not mentions(raw, NUMBER)


@pytest.mark.parametrize(("raw", "found"), [("US.12 wrote", True), ("US.123", False), ("US.12.3", False)])
def test_a_business_scoped_id_is_found_whole(raw, found):
    assert mentions(raw, "US.12") is found


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ('{"message": {"from": {"id": 123456}}}', True),
        ('{"chat":{"id":"123456"}}', True),
        ('{"date": 123456, "chat": {"id": 1234567}}', False),
        ("From=whatsapp%3A%2B123456", False),
    ],
)
def test_an_id_of_telegram_is_found_only_where_somebody_has_it(raw, found):
    assert mentions(raw, "telegram:123456") is found
