"""What names a customer, and what could only be made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.conversations import conversation_from, is_business_scoped, whatsapp_customer
from session.customers import Typed, typed
from session.errors import NoCustomer


@pytest.mark.parametrize(
    ("name", "customer"),
    [
        ("201001234567", "+201001234567"),
        ("+201001234567", "+201001234567"),
        ("EG.77ab", "EG.77ab"),
        ("US.ENT.11815799212886844830", "US.ENT.11815799212886844830"),
        ("user.9373891822", "user.9373891822"),
        ("User.9373891822", None),
        ("user.", None),
        ("user.9/3", None),
        (None, None),
        ("", None),
        ("1234", None),
        ("1" * 21, None),
        ("++201001234567", None),
        ("201001234567\n", None),
        ("٢٠١٠٠١٢٣٤٥٦٧", None),
        ("EG.", None),
        ("EG.a b", None),
        ("EG." + "a" * 129, None),
        ("{s1}:x", None),
    ],
)
def test_a_customer_is_a_number_or_a_business_scoped_id(name, customer):
    assert whatsapp_customer(name) == customer


@pytest.mark.parametrize(
    ("echo", "ours"),
    [
        ("whatsapp:+201001234567", True),
        ("whatsapp:EG.77ab", True),
        ("whatsapp:estate:user.937ab", True),
        ("whatsapp:201001234567", False),
        ("+201001234567", False),
        ("whatsapp:whatsapp:+201001234567", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_conversation_that_we_could_have_sent_is_ours(echo, ours):
    assert conversation_from(echo) == (echo if ours else None)


@given(st.text() | st.from_regex(r"([A-Z]{2}|user)\.[A-Za-z0-9. ]{1,9}|\+?[0-9]{4,22}", fullmatch=True))
def test_a_customer_can_be_read_again_and_holds_nothing_that_separates(name):
    customer = whatsapp_customer(name)

    if customer is not None:
        assert whatsapp_customer(customer) == customer
        assert not set(customer) & set(" |{}:/\n\0")
        assert is_business_scoped(customer) or customer.startswith("+")


ALIA = ("+201001234567",)


@pytest.mark.parametrize(
    ("text", "country", "meant"),
    [
        ("+201001234567", "", Typed(ALIA, None)),
        (" +20 100 123-4567 ", "", Typed(ALIA, None)),
        ("(+20) 100.123.4567", "", Typed(ALIA, None)),
        ("00201001234567", "", Typed(ALIA, None)),
        ("201001234567", "", Typed(ALIA, None)),
        ("\u2066+201001234567\u2069", "", Typed(ALIA, None)),
        ("٢٠١٠٠١٢٣٤٥٦٧", "", Typed(ALIA, None)),
        ("whatsapp:+201001234567", "", Typed(ALIA, None)),
        ("WhatsApp: 201001234567", "", Typed(ALIA, None)),
        ("whatsapp:estate:+20 100 123 4567", "", Typed(ALIA, "estate")),
        ("estate:0100 123 4567", "EG", Typed(ALIA, "estate")),
        ("0100 123 4567", "EG", Typed(ALIA, None)),
        # Without + it may be a number of the operator's country, or one of another country as WhatsApp writes it.
        ("9840830854", "IN", Typed(("+919840830854", "+9840830854"), None)),
        ("9840830854", "", Typed(("+9840830854",), None)),
        ("US.ENT.77ab", "", Typed(("US.ENT.77ab",), None)),
        ("whatsapp:user.937ab", "", Typed(("user.937ab",), None)),
    ],
)
def test_a_person_may_write_a_customer_in_many_ways(text, country, meant):
    assert typed(text, country) == meant


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a phone number"),
        ("Alia", "not a phone number"),
        ("1234", "DEFAULT_COUNTRY"),
        ("0100 123 4567", "DEFAULT_COUNTRY"),
        ("Estate:+201001234567", "'Estate' is not a scope"),
        ("a:b:+201001234567", "not a phone number"),
    ],
)
def test_an_invalid_customer_is_reported_with_the_reason(text, why):
    with pytest.raises(NoCustomer, match=why):
        typed(text, "")


@given(st.text(max_size=60), st.sampled_from(["", "IN"]))
def test_whatever_is_typed_is_a_customer_or_no_customer(text, country):
    try:
        for customer in typed(text, country).customers:
            assert whatsapp_customer(customer) == customer
    except NoCustomer:
        pass


@pytest.mark.parametrize(
    ("text", "customer", "scope"),
    [
        ("telegram:123456789", "telegram:123456789", None),
        (" Telegram: 123456789 ", "telegram:123456789", None),
        ("telegram:estate:123456789", "telegram:123456789", "estate"),
        ("telegram::123456789", "telegram:123456789", ""),
    ],
)
def test_a_customer_of_telegram_is_typed_with_the_namespace(text, customer, scope):
    assert typed(text, "EG") == Typed((customer,), scope)


@pytest.mark.parametrize("text", ["telegram:+20100", "telegram:mona", "telegram:", "telegram:a b:1"])
def test_what_telegram_could_not_have_given_is_no_customer(text):
    with pytest.raises(NoCustomer):
        typed(text, "EG")


def test_a_number_alone_is_never_an_id_of_telegram():
    assert typed("123456789", "").customers == ("+123456789",)
