"""How an assistant plans for later. Pure: a timer is data until the commit of the turn."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from session.bounds import LONGEST_TEXT
from session.content_parts import Kind
from session.contents import Timer
from session.hours import ALWAYS, Hours, next_allowed
from session.timers import FARTHEST, LONGEST_NAME, MOST, MOST_PAYLOAD, NO_TIMERS, Planned, TimerRecord

if TYPE_CHECKING:
    from session.messages import Message
    from session.turn import Effects


class PlansAhead:
    """A turn that can set timers of its conversation."""

    messages: "tuple[Message, ...]"
    now: datetime
    effects: "Effects"
    hours: Hours = ALWAYS  #: when timers of this sender may ring
    #: whether what is said after the customer service window is sent: there is none, or a template takes its place
    reaches_late: bool = True
    known_timers: Mapping[str, TimerRecord] = NO_TIMERS  #: as they were when the turn was taken

    @property
    def timer(self) -> Timer | None:
        """The timer that has rung, if this is its turn: then nobody wrote, and it is the only message."""
        content = self.messages[0].content
        return content if isinstance(content, Timer) and content.kind is Kind.TIMER else None

    @property
    def timers(self) -> dict[str, Planned]:
        """The timers that wait, by their names, with what this turn has changed; the one that rings first comes first."""
        return self.plans(asks=False)

    def plans(self, *, asks: bool) -> dict[str, Planned]:
        """Return the timers, or the open approvals, by their names, with what this turn has changed; the earliest comes first."""
        content = self.messages[0].content
        over = {content.name} if isinstance(content, Timer) else set()
        found: dict[str, Planned | None] = {
            name: Planned.of(record) for name, record in self.known_timers.items() if name not in over
        }
        waiting = [plan for plan in (found | self.effects.planned).values() if plan and plan.asks is asks]
        return {plan.name: plan for plan in sorted(waiting, key=lambda plan: (plan.at, plan.name))}

    @property
    def time_zone(self) -> ZoneInfo:
        """The time zone of the business, for what a customer calls ten o'clock."""
        return self.hours.zone

    def later(
        self,
        name: str,
        *,
        at: datetime | None = None,
        in_: timedelta | None = None,
        text: str = "",
        payload: Any = None,
        until_takeover: bool = False,
        outlives_close: bool = False,
    ) -> datetime:
        """Set a timer of this conversation: at a time, or after one, the assistant has a turn with it. Returns when that is.

        It replaces the timer of the same name. In its turn `turn.timer` has the name, the text and the payload (JSON). It
        rings in the hours in which the sender may write first; a time that has passed is now. While an agent has the conversation it
        waits. `turn.cancel_later`, the end of the session unless it `outlives_close`, an opt-out and forgetting cancel it, and a
        takeover if `until_takeover` says so.

        Raises `ValueError`: not one of both times, a time without a time zone, more than a year ahead; an empty or too long name
        (200 characters) or that of an approval, a too long text (4,096), a payload that is no JSON or too long (32,768
        characters); or the 51st timer.
        """
        meant = _moment(self.now, at, in_)
        if len(text) > LONGEST_TEXT or not is_sound(text):
            raise ValueError(f"the text of a timer has at most {LONGEST_TEXT} characters")
        plan = Planned(
            name=name,
            at=next_allowed(meant, self.hours),
            meant=meant,
            text=text,
            data=encoded(payload, MOST_PAYLOAD, "the payload of a timer"),
            until_takeover=until_takeover,
            outlives_close=outlives_close,
        )
        self.plan(plan, most=MOST)
        return plan.at

    def plan(self, plan: Planned, *, most: int) -> None:
        """Set a timer, or ask for an approval; `most` may wait at once.

        Raises `ValueError`: an empty or too long name, or one of the other kind; one too many.
        """
        what = "approval" if plan.asks else "timer"
        waiting = self.plans(asks=plan.asks)
        if not 0 < len(plan.name) <= LONGEST_NAME or not is_sound(plan.name):
            raise ValueError(f"the name of a timer or an approval has 1 to {LONGEST_NAME} characters")
        if plan.name in self.plans(asks=not plan.asks):
            raise ValueError("a timer and an approval of one conversation do not have the same name")
        if plan.name not in waiting and len(waiting) >= most:
            raise ValueError(f"a conversation has at most {most} {what}s")
        # A plan that was changed comes last.
        self.effects.planned.pop(plan.name, None)
        self.effects.planned[plan.name] = plan

    def cancel_later(self, name: str) -> bool:
        """Cancel a timer of this conversation, or withdraw an approval; returns whether it waited."""
        waited = name in self.timers or name in self.plans(asks=True)
        if name in self.known_timers:
            self.effects.planned[name] = None
        else:
            self.effects.planned.pop(name, None)
        return waited


def _moment(now: datetime, at: datetime | None, in_: timedelta | None) -> datetime:
    if (at is None) == (in_ is None):
        raise ValueError("a timer has one of both: at, or in_")
    if at is not None and at.utcoffset() is None:
        raise ValueError("the time of a timer needs a time zone: datetime(..., tzinfo=turn.time_zone)")
    wait = at - now if at is not None else in_ or timedelta()
    if wait > FARTHEST:
        raise ValueError("a timer rings within a year")
    return now + max(wait, timedelta())


def encoded(payload: Any, most: int, what: str) -> str:
    """Return a value as JSON of at most `most` characters; None is "". Raises `ValueError` that begins with `what`."""
    if payload is None:
        return ""
    try:
        data = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{what} must be JSON: {error}") from None
    if len(data) > most or not is_sound(data):
        raise ValueError(f"{what} has at most {most} characters of JSON")
    return data


def is_sound(text: str) -> bool:
    """Whether a text can be stored: half of a surrogate pair cannot."""
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)
