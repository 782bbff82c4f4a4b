"""Reads records as they stand in Redis. One that cannot be read is a value here, not an error."""

from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import ValidationError

from session.actions import BEGINS, Action
from session.messages import Delivery, Message
from session.models import Session

#: Where a record stands.
Place = Literal["session", "mailbox", "outbox", "paused"]
_Kept = TypeVar("_Kept", Session, Message, Action, Delivery)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A record that cannot be read."""

    place: Place
    raw: str  #: as it stands, its bytes escaped
    why: str  #: names what is wrong, and quotes nothing of it


def read_session(raw: str, conversation: str) -> Session | Unreadable:
    """Return the session of a conversation."""
    return _read(Session, raw, conversation, "session")


def read_entry(raw: str, conversation: str) -> Message | Action | Unreadable:
    """Return one entry of the mailbox of a conversation."""
    if raw.startswith(BEGINS):
        return _read(Action, raw, conversation, "mailbox")
    return _read(Message, raw, conversation, "mailbox")


def read_delivery(raw: str, conversation: str) -> Delivery | Unreadable:
    """Return one entry of the outbox of a conversation."""
    return _read(Delivery, raw, conversation, "outbox")


def _read(model: type[_Kept], raw: str, conversation: str, place: Place) -> _Kept | Unreadable:
    try:
        found = model.model_validate_json(raw)
    except (ValueError, OverflowError, RecursionError) as error:
        return Unreadable(place=place, raw=raw, why=why_unreadable(error))
    if found.conversation != conversation:
        return Unreadable(place=place, raw=raw, why="it belongs to another conversation")
    return found


def why_unreadable(error: Exception) -> str:
    """Return what is wrong with a record, without a word of what it holds."""
    if not isinstance(error, ValidationError):
        return type(error).__name__
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
