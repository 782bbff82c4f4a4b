"""Budgets in other currencies: converted by the operator's rate, which is said, or asked for in pounds."""

import pytest

from session.rates import Rates
from session.testing import Conversation
from tests.worker.assistants.concierge.conftest import NOW, Customer
from worker.assistants.concierge import assistant


@pytest.fixture
def payer(catalogue):
    """A customer of a business that has rates."""
    made = Customer(catalogue)
    Conversation.__init__(
        made, assistant, catalogue=catalogue, kind="properties", now=NOW, rates=Rates.of("USD=48.5, EUR=52")
    )
    return made


def test_dollars_become_pounds_and_the_rate_is_said(payer):
    (reply,) = payer.says("2 bedroom apartment for rent in Zamalek, 700 dollars a month")
    assert reply.text.startswith("700 USD is about 33,950 EGP, at 48.5 EGP for one.\n")
    assert (payer.slots["budget"], payer.slots["purpose"]) == (33_950, "rent")
    records = [payer.catalogue.get("properties", row.id.removeprefix("show:")) for row in reply.menu.rows]
    assert all(record.price <= 33_950 and record.purpose == "rent" for record in records)


def test_both_ends_of_a_range_are_converted(payer):
    payer.says("villa in Sheikh Zayed, 200,000 to 400,000 euro")
    assert (payer.slots["budgetMin"], payer.slots["budget"]) == (10_400_000, 20_800_000)


def test_the_note_is_said_once(payer):
    payer.says("apartment in Maadi, 100,000 usd")
    assert "USD" not in payer.hears("2 bedrooms")


def test_without_a_rate_the_budget_is_asked_for_in_pounds(customer):
    said = customer.hears("2 bedroom apartment for rent in Zamalek, 700 dollars a month")
    assert "Egyptian pounds" in said
    assert "700 USD" in said
    assert "budget" not in customer.slots
    assert customer.slots["location"] == "Zamalek"

    assert customer.says("35000 pounds")[0].menu
    assert customer.slots["budget"] == 35_000
    assert customer.slots["bedrooms"] == 2
