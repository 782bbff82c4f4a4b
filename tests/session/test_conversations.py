"""The names of conversations and customers, in every namespace."""

import pytest

from session.channels import TELEGRAM, WHATSAPP
from session.conversations import (
    conversation_of,
    customer_of,
    id_of,
    is_customer,
    is_scope,
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
