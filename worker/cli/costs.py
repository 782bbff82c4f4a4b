"""`inturn costs`: what replies have cost."""

import csv
import io
from datetime import datetime, timedelta

import click

from session.connection import ServersClock
from session.delivery_events import StatusNoted
from session.event_records import EventRecord
from session.keys import Keys
from session.prices import Cost, Price
from session.printable import visible
from session.store import EventReader, Runner
from worker.cli.events import moment, new_events
from worker.cli.reach import reach
from worker.costs import GROUPS, Costs, Group, spent
from worker.opening import unloaded_senders
from worker.settings import WorkerSettings

_HEAD = ("arrived", "billed", "unpriced")


@click.command()
@click.option(
    "--since",
    metavar="TIME",
    callback=moment,
    default="7d",
    show_default=True,
    help="Begin there: 10m, 2h, 7d, or 2026-01-31T12:00 (UTC).",
)
@click.option(
    "--by",
    type=click.Choice(sorted([*GROUPS, "assistant"])),
    default="category",
    show_default=True,
    help="A line for each of these.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
def costs(*, since: datetime | timedelta, by: str, as_csv: bool) -> None:
    """Print what replies have cost that reached their customers.

    The provider says which messages it bills (Meta), the rate cards what each costs. Events are kept for EVENTS_DAYS.
    """
    client, settings = reach()
    reader = EventReader(Keys(settings.shards))
    try:
        reader.skip_to(ServersClock(client).now() - since if isinstance(since, timedelta) else since)
    except OverflowError:
        raise click.UsageError("--since is too long ago") from None
    group = _by_assistant(settings) if by == "assistant" else GROUPS[by]
    rows = _rows(by, spent(new_events(Runner(client), reader), group))
    if as_csv:
        for row in rows:
            written = io.StringIO()
            # Figures are for programs: without what separates thousands.
            cells = [row[0], *(cell.replace(",", "") for cell in row[1:])]
            csv.writer(written, lineterminator="").writerow(cells)
            click.echo(visible(written.getvalue()))
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        cells = [
            first.ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)),
        ]
        click.echo(visible("  ".join(cells).rstrip()))


def _rows(by: str, found: dict[str, Costs]) -> list[list[str]]:
    """Return a table with its head, and the sums as its last line."""
    currencies = sorted({currency for one in found.values() for currency in one.micros})
    total = Costs()
    for one in found.values():
        total.arrived += one.arrived
        total.billed += one.billed
        total.unpriced += one.unpriced
        total.micros.update(one.micros)
    lines = [
        [
            name,
            *map(str, (one.arrived, one.billed, one.unpriced)),
            *(Cost(micros=one.micros[each], currency=each).amount for each in currencies),
        ]
        for name, one in [*found.items(), ("all", total)]
    ]
    return [[by, *_HEAD, *currencies], *lines]


def _by_assistant(settings: WorkerSettings) -> Group:
    """Return what groups by the assistant; of what an earlier release has noted it is the one that answers there now."""
    senders = unloaded_senders(settings)

    def group(_record: EventRecord, event: StatusNoted, _price: Price) -> str:
        return event.assistant or senders.assistant_of(event.sender or "")

    return group
