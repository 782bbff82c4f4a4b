"""The turn of a timer that has rung: nobody wrote, so it counts for no limit and opens no window. Pure.

A timer that was cancelled or replaced meanwhile changes nothing. One that rings outside the hours of its sender is put off: they
may have changed, or the sweep was late. While an agent has the conversation, the agent sees it, and it rings again when none has;
if the agent never gives it back, when the session has expired. Who only waits for a person is answered: nobody is talked over.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NotRequired, TypedDict, Unpack

from session.admission import NO_IDS, Admission, admit
from session.content_parts import Kind
from session.contents import Timer
from session.conversations import namespace_of
from session.effects import Effects
from session.event_values import Expiry
from session.history import heard
from session.hours import Hours, next_allowed
from session.limits import Usages
from session.machine import TimerRang, step
from session.messages import Message
from session.models import Session, State, new_session
from session.outgoing import TurnContext
from session.policy import Policy
from session.records import from_ms
from session.timer_changes import TimerChanges, cancelled, ended, had_turn, planned, put_off, without_agent
from session.timers import TimerRecord, is_current
from session.waiting import ONLY_WAITS, WhileWaiting


class Same(TypedDict):
    """What is told of a turn, whoever speaks in it."""

    now: datetime
    new_id: str  #: of a session that begins
    policy: Policy
    opted_out: NotRequired[bool]


def admit_turn(
    session: Session | None,
    messages: Sequence[Message],
    known: Mapping[str, TimerRecord],
    usages: Usages,
    *,
    hours: Hours,
    wants_human: Callable[[str], bool],
    ids: Mapping[str, str] = NO_IDS,
    meanwhile: WhileWaiting = ONLY_WAITS,
    **same: Unpack[Same],
) -> Admission:
    """Add the messages of a turn to the session: those of the customer (see `admit`), or that of a timer (see `admit_timer`)."""
    if messages[0].is_timer:
        return admit_timer(session, messages[0], known, hours=hours, **same)
    return admit(session, messages, usages, wants_human=wants_human, ids=ids, meanwhile=meanwhile, **same)


def admit_timer(
    session: Session | None,
    message: Message,
    known: Mapping[str, TimerRecord],
    *,
    now: datetime,
    new_id: str,
    policy: Policy,
    hours: Hours,
    opted_out: bool = False,
) -> Admission:
    """Add the message of a timer to the session, for the assistant to answer. `known` are the timers of the conversation.

    A session that has ended by itself, or whose record has expired, begins anew with it. It has the customer service window
    that was known when the timer was set, if no later one is.
    """
    said = message.content
    assert isinstance(said, Timer)  # noqa: S101  (only such a message is passed)
    nothing = nothing_admitted(session, policy, opted_out=opted_out)
    if not is_current(known, message):
        return replace(nothing, void=1)
    record = None if said.by_hand else known[said.name]
    if record and (later := next_allowed(now, hours)) > now:
        return replace(nothing, put_off_to=later)
    admission = with_message(nothing, message, record, now=now, new_id=new_id, policy=policy)
    assert admission.session is not None  # noqa: S101  (it has the message)
    waits, with_agent = admission.session.state is State.WAITING_AGENT, admission.session.held_by is not None
    # An approval for which nobody had time does not stay open, and is told to nobody who waits for a person.
    asks = said.kind is Kind.APPROVAL
    stays = with_agent and record and not asks
    return replace(
        admission,
        answer=() if with_agent or opted_out or (waits and asks) else (message,),
        waiting=waits,
        put_off_to=admission.session.expires_at(policy) if stays else None,
    )


def nothing_admitted(session: Session | None, policy: Policy, *, opted_out: bool) -> Admission:
    """Return that a turn takes nothing into the session."""
    return Admission(
        before=session.state if session else None,
        was=Expiry.of(session, policy) if session else None,
        session=session,
        opted_out=opted_out,
    )


def with_message(
    nothing: Admission,
    message: Message,
    record: TimerRecord | None,
    *,
    now: datetime,
    new_id: str,
    policy: Policy,
) -> Admission:
    """Return that a turn takes the message of a timer into the session; `record` is what is stored of the timer."""
    found = nothing.session or _new_session(message, record, now, new_id, policy)
    after = step(found, TimerRang(new_id=new_id), now, policy).change(
        route=found.route or message.route,
        profile_name=found.profile_name or message.name,
        window_until=_window_until(found, record, now),
    )
    # An agent who had the conversation when it was due has seen it already.
    kept = tuple(one for one in after.context.message_history if one.message_id != message.id)
    began = nothing.before in (None, State.CLOSED)
    after = after.change_context(message_history=kept).with_entry(heard(message), policy)
    return replace(nothing, session=after, began=began)


def timers_after(
    admission: Admission,
    effects: Effects,
    messages: Sequence[Message],
    context: TurnContext,
    *,
    interrupted: bool,
) -> TimerChanges:
    """Return what a turn does to the timers of its conversation.

    A timer whose turn was `interrupted` by an agent rings when none has the conversation any more.
    """
    known, session, plans = context.timers, admission.session, dict(effects.planned)
    if admission.opted_out:
        return cancelled(known, known.keys() - had_turn(known, messages), messages)
    with_agent = session is not None and session.held_by is not None
    to = admission.put_off_to
    if interrupted and session and admission.answer and is_current(known, admission.answer[0]):
        to, with_agent = session.expires_at(context.policy), True
    if to:
        return put_off(known, messages[0], to, after_agent=with_agent)
    if effects.closing is not None:
        ends = sorted(ended(known, closes=True))
        plans = dict.fromkeys(ends) | {
            name: plan for name, plan in plans.items() if plan is None or plan.outlives_close
        }
    changes = planned(known, messages, plans, session, turn=context.turn, now=context.now)
    return changes if with_agent else without_agent(known, changes, context.now)


def _new_session(
    message: Message, record: TimerRecord | None, now: datetime, new_id: str, policy: Policy
) -> Session:
    fresh = new_session(message.conversation, id=new_id, now=now, agent_id=policy.agent_id)
    return fresh.change_context(language=record.language if record else None)


def _window_until(session: Session, record: TimerRecord | None, now: datetime) -> datetime | None:
    """Return the end of the customer service window; if none is known where there is one, it is over."""
    if namespace_of(session.customer_id).window is None:
        return None
    known = [session.window_until] if session.window_until else []
    known += [from_ms(record.window_until)] if record and record.window_until else []
    return max(known, default=now)
