"""What names a customer, and what could only be made up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.channels.customers import conversation_from, customer_from, is_business_scoped


@pytest.mark.parametrize(
    ("name", "customer"),
    [
        ("201001234567", "+201001234567"),
        ("+201001234567", "+201001234567"),
        ("EG.77ab", "EG.77ab"),
        ("US.ENT.11815799212886844830", "US.ENT.11815799212886844830"),
        ("user.937481", "user.937481"),
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
    assert customer_from(name) == customer


@pytest.mark.parametrize(
    ("echo", "ours"),
    [
        ("whatsapp:+201001234567", True),
        ("whatsapp:EG.77ab", True),
        ("whatsapp:201001234567", False),
        ("+201001234567", False),
        ("whatsapp:whatsapp:+201001234567", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_conversation_that_we_could_have_sent_is_ours(echo, ours):
    assert conversation_from(echo) == (echo if ours else None)


@given(st.text() | st.from_regex(r"[A-Z]{2}\.[A-Za-z0-9. ]{1,9}|\+?[0-9]{4,22}", fullmatch=True))
def test_a_customer_can_be_read_again_and_holds_nothing_that_separates(name):
    customer = customer_from(name)

    if customer is not None:
        assert customer_from(customer) == customer
        assert not set(customer) & set(" |{}:/\n\0")
        assert is_business_scoped(customer) or customer.startswith("+")
