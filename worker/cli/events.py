"""`inturn events`: what happens, as it happens."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from session.clock import SystemClock
from session.conversations import customer_of, scope_of
from session.customers import Typed, typed
from session.events import EventRecord
from session.keys import Keys
from session.masking import mask
from session.records import from_ms, moment_of
from session.store import EventReader, Scripts
from session.visible import visible, visible_json
from worker.cli.reach import reach

#: Seconds between two looks.
_PAUSE = 0.3
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+)([smhd])")
#: What is in a line already, or says nothing to a person.
_QUIET = {"conversation", "at", "kinds", "channels", "channel", "came", "queued", "kept", "was"}
#: Lists of ids, of which a line says how many there are where it does not say which.
_LISTS = {"received", "replied", "cancelled"}
#: What is written as a JSON array.
_ARRAYS = _LISTS | {"kinds", "channels", "came", "queued"}


def _moment(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """Return the moment that a person means: a duration before now, or a moment."""
    if value is None:
        return None
    if found := _DURATION.fullmatch(value):
        try:
            return SystemClock().now() - timedelta(**{_UNITS[found[2]]: int(found[1])})
        except OverflowError:
            raise click.BadParameter(f"{value} is too long ago") from None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(f"{value} is neither like 10m, 2h, 1d nor like 2026-01-31T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.option("--follow", "-f", is_flag=True, help="Go on as more happens; Ctrl-C ends it.")
@click.option("--customer", help="Only this one: a number in any spelling, or a business-scoped id.")
@click.option(
    "--since", metavar="TIME", callback=_moment, help="From there on: 10m, 2h, 1d, or 2026-01-31T12:00 (UTC)."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def events(*, follow: bool, customer: str | None, since: datetime | None, as_json: bool) -> None:
    """Print the event stream: what is kept of it, or with --follow what is new."""
    client, settings = reach()
    meant = typed(customer, settings.default_country) if customer is not None else None
    reader = EventReader(Scripts(client), Keys(settings.shards))
    if since:
        reader.skip_to(since)
    elif follow:
        reader.skip_all()
    found = following(reader, pause=lambda: time.sleep(_PAUSE)) if follow else reader.read()
    with suppress(KeyboardInterrupt):
        for event in found:
            if meant is None or _is_about(meant, event.fields.get("conversation", "")):
                click.echo(_as_json(event) if as_json else in_words(event))


def _is_about(meant: Typed, conversation: str) -> bool:
    return customer_of(conversation) in meant.customers and meant.scope in (None, scope_of(conversation))


def following(reader: EventReader, *, pause: Callable[[], object]) -> Iterator[EventRecord]:
    """Yield what happens, for ever; `pause` waits between two looks."""
    while True:
        yield from reader.read()
        pause()


def in_words(event: EventRecord) -> str:
    """Return an event as a line for people."""
    fields = event.fields
    at = from_ms(moment_of(event.id, fields.get("at", "")))
    who = customer_of(fields.get("conversation", "")) or "-"
    words = [_word(name, value) for name, value in fields.items() if name not in _QUIET]
    return visible(f"{at:%m-%d %H:%M:%S} {who:<18} {'  '.join(words)}".rstrip())


def _word(name: str, value: str) -> str:
    if name in _LISTS:
        ids = [mask(str(id_)) for id_ in _array(value)]
        return f"{name} {len(ids)}" if len(ids) > 1 else " ".join([name, *ids])
    # Meta's ids are shown as the log has them: shorter, and to be looked for there.
    return f"{name} {mask(value) if value.startswith('wamid.') else value}".rstrip()


def _as_json(event: EventRecord) -> str:
    """Return an event with its id; its lists are lists."""
    fields = {
        name: _array(value) if name in _ARRAYS and value[:1] == "[" else value
        for name, value in event.fields.items()
    }
    return visible_json({"id": event.id, "shard": event.shard} | fields)


def _array(value: str) -> list[Any]:
    """Return the list that a field holds; as its only entry what cannot be read."""
    try:
        found = json.loads(value)
    except ValueError:
        return [value]
    return found if isinstance(found, list) else [value]
