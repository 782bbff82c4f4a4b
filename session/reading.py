"""Reads records in the form stored in Redis. Pure: an unreadable record is a value, not an error."""

import json
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import ValidationError

from session import records
from session.agent_actions import BEGINS, AgentAction
from session.first_format import with_content
from session.marketing import Marketing
from session.messages import Delivery, Message
from session.models import Session

#: The place of a record.
Place = Literal["session", "mailbox", "outbox", "media", "paused"]
#: The largest format that is accepted as one.
_FORMATS = 10_000
_Kept = TypeVar("_Kept", Session, Message, AgentAction, Delivery)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A record that cannot be read."""

    place: Place
    raw: str  #: in the form stored in Redis, its bytes escaped
    why: str  #: the problem, without quoting the record


@dataclass(frozen=True, slots=True)
class Newer:
    """A record that a newer release wrote: it is left to a worker that can read it."""

    place: Place


def read_session(raw: str, conversation: str) -> Session | Unreadable | Newer:
    """Return the session in a record of a conversation."""
    return _read(Session, raw, conversation, "session")


def read_entry(raw: str, conversation: str) -> Message | AgentAction | Unreadable | Newer:
    """Return one entry of the mailbox of a conversation."""
    if is_action(raw):
        return _read(AgentAction, raw, conversation, "mailbox")
    return _read(Message, raw, conversation, "mailbox", with_content_in(raw))


def parse_entry(raw: str) -> Message | AgentAction | None:
    """Return an entry of a mailbox, written by any release; None if it is unreadable."""
    try:
        return (
            AgentAction.model_validate_json(raw)
            if is_action(raw)
            else Message.model_validate_json(with_content_in(raw))
        )
    except (ValueError, RecursionError):
        return None


def read_marketing(raw: str) -> Marketing | None:
    """Return what a customer wishes about marketing messages; None if nothing is stored, or nothing readable."""
    try:
        return Marketing.model_validate_json(raw) if raw else None
    except ValueError:
        return None


def with_content_in(raw: str) -> str:
    """Return the record of a message with a content, also if an earlier release wrote it: then its fields stand side by side."""
    if '"content":{' in raw:
        return raw
    try:
        values = json.loads(raw)
        return json.dumps(with_content(values)) if isinstance(values, dict) else raw
    except (ValueError, RecursionError):
        return raw


def is_action(raw: str) -> bool:
    """Whether an entry of a mailbox is an agent action; every other one is a message."""
    return raw.startswith(BEGINS)


def read_delivery(raw: str, conversation: str) -> Delivery | Unreadable | Newer:
    """Return one entry of the outbox of a conversation."""
    return _read(Delivery, raw, conversation, "outbox")


def _read(
    model: type[_Kept], raw: str, conversation: str, place: Place, text: str = ""
) -> _Kept | Unreadable | Newer:
    # An unreadable record is found again by its bytes, so they stay what they were when `text` brings its fields up to date.
    try:
        found = model.model_validate_json(text or raw)
    except (ValueError, OverflowError, RecursionError) as error:
        if _format_of(raw) > records.FORMAT:
            return Newer(place)
        return Unreadable(place=place, raw=raw, why=why_unreadable(error))
    if (found.format or 1) > records.FORMAT:
        return Newer(place)
    if found.conversation != conversation:
        return Unreadable(place=place, raw=raw, why="it belongs to another conversation")
    # The format is that of the record, and not of what is in it.
    return found if found.format is None else found.model_copy(update={"format": None})


def _format_of(raw: str) -> int:
    """Return the format in a record, readable or not; 1 without one."""
    try:
        named = json.loads(raw)["format"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return 1
    return named if isinstance(named, int) and 0 < named < _FORMATS else 1


def why_unreadable(error: Exception) -> str:
    """Return the problem of a record, without quoting it."""
    if not isinstance(error, ValidationError):
        return type(error).__name__
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
