"""Reads records in the form stored in Redis. Pure: an unreadable record is a value, not an error."""

import json
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import ValidationError

from session import records
from session.agent_actions import BEGINS, AgentAction
from session.messages import Delivery, Message
from session.models import Session

#: The place of a record.
Place = Literal["session", "mailbox", "outbox", "paused"]
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
    return _read(Message, raw, conversation, "mailbox")


def parse_entry(raw: str) -> Message | AgentAction | None:
    """Return an entry of a mailbox, written by any release; None if it is unreadable."""
    try:
        return AgentAction.model_validate_json(raw) if is_action(raw) else Message.model_validate_json(raw)
    except ValueError:
        return None


def is_action(raw: str) -> bool:
    """Whether an entry of a mailbox is an agent action; every other one is a message."""
    return raw.startswith(BEGINS)


def read_delivery(raw: str, conversation: str) -> Delivery | Unreadable | Newer:
    """Return one entry of the outbox of a conversation."""
    return _read(Delivery, raw, conversation, "outbox")


def _read(model: type[_Kept], raw: str, conversation: str, place: Place) -> _Kept | Unreadable | Newer:
    try:
        found = model.model_validate_json(raw)
    except (ValueError, OverflowError, RecursionError) as error:
        if _format_of(raw) > records.FORMAT:
            return Newer(place)
        return Unreadable(place=place, raw=raw, why=why_unreadable(error))
    if (found.format or 1) > records.FORMAT:
        return Newer(place)
    if found.conversation != conversation:
        return Unreadable(place=place, raw=raw, why="it belongs to another conversation")
    return found


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
