"""`inturn events`: shows the event stream."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from session.connection import ServersClock
from session.conversations import conversation_of, customer_of, scope_of
from session.customers import Typed, typed
from session.event_records import EventRecord
from session.keys import Keys
from session.policy import Policy
from session.printable import mask, visible, visible_json
from session.records import from_ms
from session.store import EventReader, ForgettingStore, Runner, Scripts
from worker.cli.reach import reach

#: Seconds between two reads.
_PAUSE = 0.3
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+)([smhd])")
#: Fields that a line shows elsewhere, or that are of no interest to a person.
_QUIET = {"conversation", "at", "kinds", "channels", "channel", "came", "queued", "kept", "was"}
#: Lists of ids; a line shows only their number unless it shows the ids themselves.
_LISTS = {"received", "replied", "early", "cancelled"}
#: Fields that contain a JSON array.
_ARRAYS = _LISTS | {
    "kinds",
    "channels",
    "came",
    "queued",
    "rang",
    "timers_set",
    "approvals_asked",
    "timers_gone",
    "timers_moved",
}


def moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | timedelta | None:
    """Return what a person means: how long ago, or a date."""
    if value is None:
        return None
    if found := _DURATION.fullmatch(value):
        try:
            return timedelta(**{_UNITS[found[2]]: int(found[1])})
        except OverflowError:
            raise click.BadParameter(f"{value} is too long ago") from None
    try:
        found_at = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            f"{value} is neither a duration like 10m, 2h, 1d nor a time like 2026-01-31T12:00"
        ) from None
    return found_at if found_at.tzinfo else found_at.replace(tzinfo=UTC)


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Continue with new events; Ctrl-C stops it.")
@click.option(
    "--customer",
    help="Only this customer, under every name: a number in any spelling, or a business-scoped id.",
)
@click.option(
    "--since", metavar="TIME", callback=moment, help="Begin there: 10m, 2h, 1d, or 2026-01-31T12:00 (UTC)."
)
@click.option("--json", "as_json", is_flag=True, help="Print each event as one line of JSON.")
def events(*, follow: bool, customer: str | None, since: datetime | timedelta | None, as_json: bool) -> None:
    """Print the event stream.

    These are the stored events, or with --follow the new ones.
    """
    client, settings = reach()
    keys = Keys(settings.shards)
    run, reader = Runner(client), EventReader(keys)
    meant = None
    if customer is not None:
        store = ForgettingStore(Scripts.load(), keys, Policy())
        meant = _Meant(typed(customer, settings.default_country), lambda names: run(store.whole(names)))
    if isinstance(since, timedelta):
        try:
            # The entries are named by the clock of the server.
            since = ServersClock(client).now() - since
        except OverflowError:
            raise click.UsageError("--since is too long ago") from None
    if since:
        reader.skip_to(since)
    elif follow:
        run(reader.skip_all())
    pause = (lambda: time.sleep(_PAUSE)) if follow else None
    with suppress(KeyboardInterrupt):
        for event in new_events(run, reader, pause=pause):
            if meant is None or meant.has(event):
                click.echo(_as_json(event) if as_json else in_words(event))


class _Meant:
    """The customer whose events a person wants to see, under every name; `whole` finds the names in one scope."""

    def __init__(self, meant: Typed, whole: Callable[[list[str]], list[str]]) -> None:
        self._meant = meant
        self._whole = whole
        self._names: dict[str, set[str]] = {}  #: scope -> conversations of the customer

    def has(self, event: EventRecord) -> bool:
        """Whether an event is about the customer."""
        scope = scope_of(event.conversation)
        if self._meant.scope not in (None, scope):
            return False
        if "merged" in event.fields or "moved" in event.fields:
            self._names.pop(scope, None)  # there may be a new name
        if scope not in self._names:
            own = [conversation_of(customer, scope) for customer in self._meant.customers]
            self._names[scope] = {*own, *self._whole(own)}
        return event.conversation in self._names[scope]


def new_events(
    run: Runner, reader: EventReader, *, pause: Callable[[], object] | None = None
) -> Iterator[EventRecord]:
    """Yield the events that are new to a reader; with a `pause` that waits between two reads, also later ones, forever."""
    while True:
        while page := run(reader.read()):
            yield from page
        if pause is None:
            return
        pause()


def in_words(event: EventRecord) -> str:
    """Return an event as a line for people."""
    who = customer_of(event.conversation) or "-"
    words = [_word(name, value) for name, value in event.fields.items() if name not in _QUIET]
    return visible(f"{from_ms(event.at):%m-%d %H:%M:%S} {who:<18} {'  '.join(words)}".rstrip())


def _word(name: str, value: str) -> str:
    if name in _LISTS:
        ids = [mask(str(id_)) for id_ in _array(value)]
        return f"{name} {len(ids)}" if len(ids) > 1 else " ".join([name, *ids])
    # Meta's ids are shown in the same short form as in the log.
    return f"{name} {mask(value) if value.startswith('wamid.') else value}".rstrip()


def _as_json(event: EventRecord) -> str:
    """Return an event with its id, and its lists as lists."""
    fields = {
        name: _array(value) if name in _ARRAYS and value[:1] == "[" else value
        for name, value in event.fields.items()
    }
    return visible_json({"id": event.id, "shard": event.shard} | fields)


def _array(value: str) -> list[Any]:
    """Return the list in a field; an unreadable value is its only entry."""
    try:
        found = json.loads(value)
    except ValueError:
        return [value]
    return found if isinstance(found, list) else [value]
