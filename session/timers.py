"""Timers of a conversation: what an assistant has planned for later. Pure.

A timer waits by its name in a hash of the conversation. When it is due, the sweep puts its message into the mailbox and marks
it as rung (`ring_timers.lua`); it stays in the hash until that message has had its turn. So one that is cancelled or replaced
in between is not answered: its message finds that it is gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import Field, ValidationError

from session.content_parts import Kind
from session.contents import Timer
from session.messages import Message
from session.models import Session
from session.records import MS, Ms, Record, from_ms, left_out, to_ms

#: Timers of one conversation.
MOST: Final = 50
#: Characters of a name, and of a payload as JSON.
LONGEST_NAME: Final = 200
MOST_PAYLOAD: Final = 32_768
#: No timer waits for longer.
FARTHEST: Final = timedelta(days=366)
#: Milliseconds for which a timer is kept after it was due: its message may wait that long for its turn.
KEPT_FOR: Final = timedelta(days=30) // MS


class TimerRecord(Record):
    """A timer as it is stored. The script that rings it puts `rang` before its first field."""

    rang: Ms = Field(0, exclude=True)  #: when it has rung, 0: not yet; one that is written again rings again
    at: Ms  #: when it rings, in ms since the epoch; scripts read it at the beginning of the record
    set_at: Ms
    until_takeover: bool = left_out(default=False)  #: whether a takeover cancels it
    outlives_close: bool = left_out(
        default=False
    )  #: whether the end of the session does not; a script reads it
    after_agent: bool = left_out(
        default=False
    )  #: it was due, and rings when no agent has the conversation any more
    window_until: Ms = left_out(0)  #: end of the customer service window when it was set, 0: none
    language: str | None = None  #: of the customer
    message: Message  #: what the mailbox gets, but for the time when it has rung; the last field

    @property
    def content(self) -> Timer:
        """What its message says."""
        assert isinstance(self.message.content, Timer)  # noqa: S101  (see `_readable`)
        return self.message.content


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A timer as an assistant sees it."""

    name: str
    at: datetime  #: when it rings
    meant: datetime  #: when it was meant to; `at` is later if the hours of the sender have put it off
    text: str = ""
    data: str = ""  #: its payload as JSON
    until_takeover: bool = False  #: whether a takeover cancels it
    asks: bool = False  #: whether it is an approval: it rings if nobody has decided by then
    outlives_close: bool = False  #: whether the end of the session does not

    @classmethod
    def of(cls, record: TimerRecord) -> "Planned":
        """Return a stored timer."""
        said = record.content
        return cls(
            name=said.name,
            at=from_ms(record.at),
            meant=from_ms(said.at),
            text=said.text,
            data=said.data,
            until_takeover=record.until_takeover,
            asks=said.kind is Kind.APPROVAL,
            outlives_close=record.outlives_close,
        )

    @property
    def payload(self) -> Any:
        """What was passed with it; None if nothing was."""
        return self.content.payload

    @property
    def content(self) -> Timer:
        """What its message says."""
        kind = Kind.APPROVAL if self.asks else Kind.TIMER
        return Timer(kind=kind, name=self.name, at=to_ms(self.meant), text=self.text, data=self.data)


NO_TIMERS: Final[Mapping[str, TimerRecord]] = {}


def read_timers(pairs: Sequence[str]) -> dict[str, TimerRecord]:
    """Return the timers in an answer of a script: name, record, name, record, ... Unreadable ones are left out."""
    found = {name: _readable(raw) for name, raw in zip(pairs[::2], pairs[1::2], strict=True)}
    return {name: record for name, record in found.items() if record}


def _readable(raw: str) -> TimerRecord | None:
    try:
        record = TimerRecord.model_validate_json(raw)
    except (ValidationError, ValueError, RecursionError):
        return None
    return record if record.message.is_timer else None


def is_current(known: Mapping[str, TimerRecord], message: Message) -> bool:
    """Whether the timer of a message is neither cancelled nor replaced."""
    said = message.content
    if not isinstance(said, Timer):
        return False
    record = known.get(said.name)
    return said.by_hand or (record is not None and record.message.id == message.id)


def record_of(plan: Planned, session: Session, *, id: str, now: datetime) -> TimerRecord:  # noqa: A002
    """Return a timer as it is stored. The session has a route: its customer has written."""
    assert session.route is not None  # noqa: S101  (see above)
    message = Message(
        id=id,
        customer=session.customer_id,
        scope=session.scope,
        route=session.route,
        content=plan.content,
        sent_at=to_ms(plan.meant),
        received_at=0,
        name=session.profile_name,
    )
    return TimerRecord(
        at=to_ms(plan.at),
        set_at=to_ms(now),
        until_takeover=plan.until_takeover,
        outlives_close=plan.outlives_close,
        window_until=to_ms(session.window_until) if session.window_until else 0,
        language=session.context.language,
        message=in_its_format(message),
    )


def in_its_format(message: Message) -> Message:
    """Return a message that says its format, as it does when it is written by itself."""
    return Message.model_validate_json(message.to_json())
