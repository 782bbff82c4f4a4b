"""What a turn does to the timers of its conversation: it sets, cancels and moves them, and those that had their turn are over. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from session.contents import Timer
from session.messages import Message
from session.models import Session
from session.records import to_ms
from session.timers import Planned, TimerRecord, record_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerChanges:
    """What a turn does to the timers of its conversation."""

    written: Mapping[str, str] = field(default_factory=dict)  #: name -> the record; "": it is removed
    added: tuple[str, ...] = ()  #: names of those that were set
    asked: tuple[str, ...] = ()  #: of approvals that were asked for
    gone: tuple[str, ...] = ()  #: of those that were cancelled
    moved: tuple[str, ...] = ()  #: of those that ring at another time

    def for_event(self) -> dict[str, Any]:
        """Return the fields of an event."""
        return {
            "timers_set": self.added,
            "approvals_asked": self.asked,
            "timers_gone": self.gone,
            "timers_moved": self.moved,
        }


UNCHANGED: Final = TimerChanges()


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
    """Return the names of the timers that are cancelled: that of this message, by the end of the session, by a takeover."""
    return [
        name
        for name, timer in known.items()
        if timer.message.id == message
        or (closes and not timer.outlives_close)
        or (takes_over and timer.until_takeover)
    ]


def cancelled(
    known: Mapping[str, TimerRecord], names: Iterable[str], messages: Sequence[Message] = ()
) -> TimerChanges:
    """Return that these timers are cancelled, and that messages have had their turn."""
    gone = tuple(sorted(name for name in names if name in known))
    return TimerChanges(written=had_turn(known, messages) | dict.fromkeys(gone, ""), gone=gone)


def hastened(
    known: Mapping[str, TimerRecord], message: str, to: datetime, *, after_agent: bool
) -> TimerChanges:
    """Return that the timer with this message rings at a time, if that is earlier; nothing if there is none, or if it has rung.

    `after_agent` says that it rings before that if the agent who has the conversation has it no more.
    """
    found = {name: timer for name, timer in known.items() if timer.message.id == message and not timer.rang}
    return _moved({name: min(timer.at, to_ms(to)) for name, timer in found.items()}, known, after_agent)


def put_off(
    known: Mapping[str, TimerRecord], message: Message, to: datetime, *, after_agent: bool
) -> TimerChanges:
    """Return that the timer of a message rings later."""
    assert isinstance(message.content, Timer)  # noqa: S101  (only such a message is put off)
    return _moved({message.content.name: to_ms(to)}, known, after_agent)


def without_agent(known: Mapping[str, TimerRecord], changes: TimerChanges, now: datetime) -> TimerChanges:
    """Return the changes of a turn after which no agent has the conversation: what has waited for that rings now."""
    waited = {name: to_ms(now) for name, timer in known.items() if timer.after_agent and not timer.rang}
    ringing = _moved(waited, known, after_agent=False).written
    return replace(changes, written={**ringing, **changes.written})


def _moved(times: Mapping[str, int], known: Mapping[str, TimerRecord], after_agent: bool) -> TimerChanges:  # noqa: FBT001
    """Return that timers ring at these times, in ms."""
    again = {
        name: known[name].model_copy(update={"at": at, "after_agent": after_agent}).to_json()
        for name, at in times.items()
    }
    return TimerChanges(written=again, moved=tuple(again))
