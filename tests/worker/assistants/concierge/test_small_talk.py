"""Courtesies, messages without words, and handing over."""

import pytest

from session.messages import Kind


@pytest.mark.parametrize(
    ("text", "answer"),
    [("thanks", "Any time!"), ("bye", "Goodbye"), ("who are you?", "I find homes"), ("help", "I find homes")],
)
def test_courtesies_are_answered_without_a_search(customer, text, answer):
    customer.says("hello")
    assert answer in customer.hears(text)
    assert customer.asked.searched == ()
    assert customer.asked.escalated is None


@pytest.mark.parametrize("text", ["get me a manager", "اتكلم مع موظف", "akallem 7ad"])
def test_a_customer_can_ask_for_a_person(customer, text):
    customer.says(text)
    assert customer.asked.escalated == "customer asked"


def test_a_first_message_without_words_is_answered_in_two_languages(customer):
    said = customer.hears(kind=Kind.VOICE)
    assert "write to me" in said
    assert "تكتبلي" in said


def test_an_order_is_handed_over_to_a_person(customer):
    customer.says(kind=Kind.ORDER)
    assert customer.asked.escalated == "sent an order"
