"""Writes what became of the rows of a campaign as comma-separated values. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from session.campaign_outcomes import Outcome
from session.records import from_ms

COLUMNS: Final = tuple("row customer state reason sent delivered read answered cost currency".split())


def lines_of(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield a file of outcomes line by line, `COLUMNS` first; times are those of UTC (ISO 8601)."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    for cells in chain([COLUMNS], map(_cells_of, outcomes)):
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        yield line.getvalue()


def _cells_of(one: Outcome) -> Sequence[object]:
    times = (one.sent, one.delivered, one.read, one.answered)
    shown = ("" if at is None else from_ms(at).isoformat(timespec="seconds") for at in times)
    cost = (one.cost.amount.replace(",", ""), one.cost.currency) if one.cost else ("", "")
    return (one.row, one.customer, one.state.value, one.reason, *shown, *cost)
