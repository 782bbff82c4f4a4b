"""Timers of a conversation: what an assistant has planned for later. Pure.

A timer waits by its name in a hash of the conversation. When it is due, the sweep puts its message into the mailbox and marks
it as rung (`ring_timers.lua`); it stays in the hash until that message has had its turn. So one that is cancelled or replaced
in between is not answered: its message finds that it is gone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerChanges:
    """What a turn does to the timers of its conversation."""

    written: Mapping[str, str] = field(default_factory=dict)  #: name -> the record; "": it is removed
    added: tuple[str, ...] = ()  #: names of those that were set
    asked: tuple[str, ...] = ()  #: of approvals that were asked for
    gone: tuple[str, ...] = ()  #: of those that were cancelled
    moved: tuple[str, ...] = ()  #: of those that had rung, and were put off

    def for_event(self) -> dict[str, Any]:
        """Return the fields of an event."""
        return {
            "timers_set": self.added,
            "approvals_asked": self.asked,
            "timers_gone": self.gone,
            "timers_moved": self.moved,
        }


UNCHANGED: Final = TimerChanges()


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
        window_until=to_ms(session.window_until) if session.window_until else 0,
        language=session.context.language,
        message=in_its_format(message),
    )


def in_its_format(message: Message) -> Message:
    """Return a message that says its format, as it does when it is written by itself."""
    return Message.model_validate_json(message.to_json())


def had_turn(known: Mapping[str, TimerRecord], messages: Sequence[Message]) -> dict[str, str]:
    """Return what is written when these messages have had their turn: their timers are over."""
    ids = {message.id for message in messages if message.is_timer}
    return {name: "" for name, record in known.items() if record.message.id in ids}


def planned(
    known: Mapping[str, TimerRecord],
    messages: Sequence[Message],
    plans: Mapping[str, Planned | None],
    session: Session | None,
    *,
    turn: str,
    now: datetime,
) -> TimerChanges:
    """Return what a turn does with the plans of its assistant; None cancels a timer."""
    written = had_turn(known, messages)
    gone = [name for name, plan in plans.items() if plan is None and name in known and name not in written]
    written |= dict.fromkeys(gone, "")
    set_ = [plan for plan in plans.values() if plan]
    for number, plan in enumerate(set_):
        assert session is not None  # noqa: S101  (an assistant has planned, so there is one)
        written[plan.name] = record_of(plan, session, id=f"timer:{turn}.{number}", now=now).to_json()
    return TimerChanges(
        written=written,
        added=tuple(plan.name for plan in set_ if not plan.asks),
        asked=tuple(plan.name for plan in set_ if plan.asks),
        gone=tuple(gone),
    )


def ended(
    known: Mapping[str, TimerRecord],
    *,
    message: str = "",
    closes: bool = False,
    takes_over: bool = False,
) -> list[str]:
    """Return the names of the timers that an action cancels: that of this message, all, or those that a takeover cancels."""
    return [
        name
        for name, timer in known.items()
        if closes or timer.message.id == message or (takes_over and timer.until_takeover)
    ]


def cancelled(
    known: Mapping[str, TimerRecord], names: Iterable[str], messages: Sequence[Message] = ()
) -> TimerChanges:
    """Return that these timers are cancelled, and that messages have had their turn."""
    gone = tuple(sorted(name for name in names if name in known))
    return TimerChanges(written=had_turn(known, messages) | dict.fromkeys(gone, ""), gone=gone)


def hastened(known: Mapping[str, TimerRecord], message: str, now: datetime) -> TimerChanges:
    """Return that the timer with this message rings now; nothing if there is none, or if it has rung already."""
    found = {name: timer for name, timer in known.items() if timer.message.id == message and not timer.rang}
    written = {name: timer.model_copy(update={"at": to_ms(now)}).to_json() for name, timer in found.items()}
    return TimerChanges(written=written, moved=tuple(written))


def taken_in(
    known: Mapping[str, TimerRecord], came: Mapping[str, TimerRecord], belongs: Callable[[Message], Message]
) -> TimerChanges:
    """Return that a conversation takes in the timers of another one of its customer; of one name the one that was set later.

    `belongs` returns the message of a timer as one of this conversation. One that has rung there without a turn rings again.
    """
    written = {
        name: record.model_copy(update={"message": belongs(record.message)}).to_json()
        for name, record in came.items()
        if name not in known or known[name].set_at < record.set_at
    }
    return TimerChanges(written=written)


def put_off(known: Mapping[str, TimerRecord], message: Message, to: datetime) -> TimerChanges:
    """Return that the timer of a message rings later."""
    assert isinstance(message.content, Timer)  # noqa: S101  (only such a message is put off)
    name = message.content.name
    again = known[name].model_copy(update={"at": to_ms(to)})
    return TimerChanges(written={name: again.to_json()}, moved=(name,))
