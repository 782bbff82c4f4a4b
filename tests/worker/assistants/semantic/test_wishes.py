"""Wishes in a conversation with the concierge."""

import pytest

from session.testing import Conversation
from tests.clocks import START
from worker.assistants.concierge import assistant
from worker.assistants.concierge.dialogue import Dialogue


@pytest.fixture
def customer(flats):
    return Conversation(assistant, catalogue=flats, kind="properties", now=START)


def shown(customer: Conversation) -> tuple[str, ...]:
    return Dialogue.of(customer.session.context.extracted_info, "properties").ids


def test_a_wish_beside_criteria_is_found_by_its_meaning(customer):
    (reply,) = customer.says("villa in Maadi for 10 million where my kids can swim").replies

    assert shown(customer) == ("POOL",)
    assert "where my kids can swim" in reply.text


def test_a_wish_alone_is_a_search_that_goes_on(customer):
    customer.says("my kids love to swim and play outside")
    customer.says("in Maadi, to buy")

    assert shown(customer) == ("POOL",)


@pytest.mark.parametrize(
    "text", ["my boss is driving me mad again", "how are your people doing today", "cars"]
)
def test_chit_chat_is_no_search(customer, text):
    customer.says(text)

    assert not Dialogue.of(customer.session.context.extracted_info, "properties").query


def test_a_wish_that_nothing_means_is_not_said_again(customer):
    (reply,) = customer.says("flat in Dokki for 4 million where birds sing all day").replies

    assert "birds" not in reply.text
    assert shown(customer) == ("CARS", "METRO")
