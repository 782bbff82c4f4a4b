"""Checks the prices of messages: whether the operator's file can be read, how old the newest rate card is, and whether budgets count."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from session.channels.meta import PROVIDER
from session.errors import SettingsError
from session.spending import Budget
from worker.cli.examining.finding import Finding, failure, ok, warning
from worker.price_table import SETTING, open_prices

#: Meta changes its rates on the first day of a quarter. One without a change is usual, a year is not.
_OLD = timedelta(days=365)


def examine_prices(path: Path | None, today: date, budgets: Iterable[Budget] = ()) -> Iterator[Finding]:
    """Yield from when the newest rate card is that is valid today, and of which budgets no card has the currency."""
    try:
        cards = [card for card in open_prices(path).cards if card.since <= today]
    except SettingsError as error:
        yield failure(
            "prices", str(error), f"correct {SETTING}, or the file that it names; see docs/costs.md"
        )
        return
    # The fees of others seldom change.
    newest = max((card.since for card in cards if card.channel == PROVIDER.name), default=None)
    if newest is None:
        yield warning("prices", "no rate card is valid today, so costs are unknown", f"set {SETTING}")
    elif today - newest > _OLD:
        yield warning(
            "prices",
            f"the newest rate card is of {newest}",
            f"set {SETTING} to a file with the present rates",
        )
    else:
        yield ok("prices", f"the newest rate card is of {newest}")
    for currency in sorted(
        {one.cost.currency for one in budgets if one.cost} - {card.currency for card in cards}
    ):
        yield warning(
            "budgets",
            f"no rate card is in {currency}, so a budget of {currency} is never used up",
            f"set budgets in the currency of the rate cards, or {SETTING} to a file with prices in {currency}",
        )
