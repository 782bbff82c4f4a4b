"""The doctor looks at the prices of messages."""

from datetime import date

import pytest

from session.prices import Cost
from session.spending import Budget
from worker.cli.examining.prices import examine_prices

CARD = '[[card]]\nsince = 2027-11-01\ncurrency = "USD"\n[card.rates]\nEG = {service = 0.004}\n'


@pytest.mark.parametrize(
    ("today", "verdict", "words"),
    [
        (date(2026, 11, 30), "ok", "the newest rate card is of 2026-10-01"),
        (date(2027, 11, 30), "warn", "the newest rate card is of 2026-10-01"),
        (date(2026, 9, 30), "warn", "no rate card is valid today, so costs are unknown"),
    ],
)
def test_an_old_rate_card_is_a_warning(today, verdict, words):
    (found,) = examine_prices(None, today)

    assert (found.verdict, found.words) == (verdict, words)


def test_the_file_of_the_operator_counts_and_a_wrong_one_is_a_failure(tmp_path):
    path = tmp_path / "prices.toml"
    path.write_text(CARD)
    (found,) = examine_prices(path, date(2027, 11, 30))
    assert (found.verdict, found.words) == ("ok", "the newest rate card is of 2027-11-01")

    path.write_text("[[card]]\n")
    (found,) = examine_prices(path, date(2027, 11, 30))
    assert found.verdict == "fail"
    assert "prices.toml: since: " in found.words


def test_a_budget_in_a_currency_without_a_card_is_a_warning():
    budgets = [
        Budget(cost=Cost.of("20 EUR")),
        Budget(cost=Cost.of("1 EUR")),
        Budget(cost=Cost.of("5 USD")),
        Budget(messages=1),
    ]

    _, found = examine_prices(None, date(2026, 11, 30), budgets)

    assert (found.verdict, found.name) == ("warn", "budgets")
    assert "a budget of EUR is never used up" in found.words
