"""The rules of agent actions. Pure: session, action and time in, a turn result out.

action     is declined if                                          else
---------  ------------------------------------------------------  ------------------------------------------------
any        there is no session, or it is closed: GONE
TAKE_OVER  another agent has it than the page showed: HELD         the agent has it; the assistant is silent
ANSWER     another agent has it: HELD; the customer opted out:     the answer is sent; the assistant is active again,
           OPTED_OUT; the customer service window is over: WINDOW  unless the agent keeps the conversation
HAND_BACK  it does not wait: STATE; another agent has it: HELD     the assistant is active again
CLOSE      another agent has it: HELD                              the session is closed
TIME_OUT   it does not wait, or not for long enough: STATE         the customer is told; it returns to the assistant, or
                                                                   stays, also while a budget is used up (`time_outs`)
CANCEL_    there is no such timer: GONE; a session is not needed   the timer is cancelled
TIMER
DECIDE     there is no such approval: GONE; a session is not       the assistant is called with it (`deciding`)
           needed, and it does not matter who has the conversation
RING_      there is no such timer, or it has rung: GONE            the timer rings now, or when no agent has the
TIMER                                                              conversation any more

A takeover, by whatever action, cancels the timers that say so, and CLOSE all that do not outlive it. What was due while an agent
had the conversation rings as soon as none has.

An answer in a conversation of the assistant takes it over first, so that the agent's text is not lost; the desk offers
it only while the conversation waits for an agent (docs/desk.md). FORGET has no turn result; the worker carries it out.
The rules of what providers report are in `reported_actions`, those of what API clients do in `client_rules`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from session.action_events import about, event_of
from session.agent_actions import (
    APP,
    OF_AGENTS,
    SILENCING,
    AgentAction,
    AgentActionType,
    Declined,
)
from session.choosing import MOST, numbered
from session.client_rules import amended, sent
from session.dead_letters import AnyLetter
from session.events import ActionTaken
from session.history import Role, entry
from session.machine import AgentAnswered, AgentTookOver, Closed, HandedBack, step
from session.messages import Delivery
from session.models import Session, State
from session.outgoing import TurnContext, deliveries_of, said_in
from session.policy import Policy
from session.reported_actions import (
    Done,
    control_passed,
    control_taken,
    may_write,
    preferred,
    remembered,
    written_elsewhere,
)
from session.time_outs import timed_out, waited_for
from session.timer_changes import TimerChanges, cancelled, ended, hastened, without_agent
from session.turn_result import TurnResult

_CLOSED = "closed by an agent"


def act(
    session: Session | None,
    action: AgentAction,
    context: TurnContext,
    *,
    opted_out: bool,
) -> TurnResult:
    """Return the result of an action."""
    now, policy = context.now, context.policy
    done = _do(session, action, context, opted_out=opted_out)
    if isinstance(done, Declined):
        return declined(session, action, done, opted_out=opted_out)
    after, deliveries = done.session, list[Delivery]()
    closes = action.type is AgentActionType.CLOSE
    if action.type is AgentActionType.RING_TIMER:
        timers = _rings(session, action, context)
    else:
        gone = ended(context.timers, message=action.timer, closes=closes, takes_over=done.silences)
        timers = cancelled(context.timers, gone)
    if after is None or after.held_by is None:
        timers = without_agent(context.timers, timers, now)
    if after is None:
        event = ActionTaken(**about(action), **timers.for_event())
        return TurnResult(
            consumed=1, opted_out=opted_out, marketing=done.marketing, event=event, timers=timers, waited=True
        )
    if done.silences:
        # Unsent menus of the assistant will never be sent.
        after = after.change_context(offered=None)
    if done.reply:
        route = done.route or after.route
        assert route is not None  # noqa: S101  (a reply is written only where there is a route)
        is_send = action.type is AgentActionType.SEND
        deliveries = deliveries_of(
            # What became of a send is found by its id, which its deliveries have.
            replace(context, turn=action.id) if is_send else context,
            done.reply,
            route=route,
            conversation=after.conversation,
            window_until=after.window_until,
            came=action.received_at,
            # What is not said while a person has the conversation is not said after a takeover either.
            by_agent=done.role is Role.AGENT and not action.unless_agent,
        )
        said = entry(
            done.role, said_in(done.reply), at=now, id=deliveries[0].id, agent=_agent(done.role, action)
        )
        after = after.with_entry(said, policy)
        if options := numbered(done.reply, [part.reply for part in deliveries]):
            after = after.change_context(offered=options[:MOST])
    return TurnResult(
        consumed=1,
        session=after,
        deliveries=tuple(deliveries),
        opted_out=opted_out,
        marketing=done.marketing,
        timers=timers,
        event=event_of(
            action, session, after, deliveries, policy, closed=_why_closed(session, after), timers=timers
        ).model_copy(update={"waited": waited_for(session, action, now)}),
        waited=session is None or session.state is State.WAITING_AGENT,
        silence="begins" if done.silences else _silence_after(action),
    )


def declined(
    session: Session | None,
    action: AgentAction,
    why: Declined,
    *,
    opted_out: bool,
    dead: Sequence[AnyLetter] = (),
) -> TurnResult:
    """Return a result without any effect; the event stream says why."""
    return TurnResult(
        consumed=1,
        session=session,
        opted_out=opted_out,
        event=ActionTaken(**about(action), declined=why),
        dead=tuple(dead),
        # Without a session nothing waits; a record that has just expired may still be in the list.
        waited=session is None or session.state is State.WAITING_AGENT,
        silence=_silence_after(action),
    )


def _do(
    session: Session | None, action: AgentAction, context: TurnContext, *, opted_out: bool
) -> Done | Declined:
    now, policy = context.now, context.policy
    if action.type is AgentActionType.PREFERENCE:
        return preferred(session, action, context.marketing)
    if action.type is AgentActionType.PAST:
        return remembered(session, action, now, policy, fresh_id=context.turn)
    if action.type is AgentActionType.SEND:
        return sent(session, action, context, opted_out=opted_out)
    if action.timer:
        return _with_timer(session, action, context)
    if session is None or session.state is State.CLOSED:
        return Declined.GONE
    held_by = session.held_by
    if held_by not in (None, action.agent) and not _may_intervene(held_by, action):
        return Declined.HELD
    done: Done | Declined = Declined.STATE
    match action.type:
        case AgentActionType.TAKE_OVER:
            done = Done(session=_taken_over(session, action.agent, now, policy), silences=True)
        case AgentActionType.ANSWER:
            done = _answered(session, action, now, policy, opted_out=opted_out)
        case AgentActionType.HAND_BACK if session.state is State.WAITING_AGENT:
            done = Done(session=step(session, HandedBack(), now, policy))
        case AgentActionType.CLOSE:
            done = Done(session=step(session, Closed(reason=_CLOSED), now, policy))
        case AgentActionType.ECHO | AgentActionType.OVERHEARD:
            done = written_elsewhere(session, action, now, policy)
        case AgentActionType.CONTROL_TAKEN:
            done = control_taken(session, action, now, policy)
        case AgentActionType.CONTROL_PASSED:
            done = control_passed(session, now, policy)
        case AgentActionType.AMEND:
            done = amended(session, action)
        case AgentActionType.TIME_OUT if session.held_by != APP:
            done = timed_out(session, action, context, opted_out=opted_out)
    return done


def _with_timer(session: Session | None, action: AgentAction, context: TurnContext) -> Done | Declined:
    if action.type is AgentActionType.CANCEL_TIMER:
        # It says nothing to the customer, so it does not matter who has the conversation.
        return Done(session=session) if ended(context.timers, message=action.timer) else Declined.GONE
    if action.type is AgentActionType.DECIDE:
        return Declined.GONE  # one that is open is taken by `deciding`
    return Done(session=session) if _rings(session, action, context).written else Declined.GONE


def _rings(session: Session | None, action: AgentAction, context: TurnContext) -> TimerChanges:
    """Return what a RING_TIMER does to its timer: it rings now, or when the agent who has the conversation has it no more."""
    to = session.expires_at(context.policy) if session and session.held_by else context.now
    return hastened(context.timers, action.timer, to, after_agent=to > context.now)


def _may_intervene(held_by: str | None, action: AgentAction) -> bool:
    """Whether an action is allowed on a conversation that another agent has: it saw that agent, or no agent does it."""
    if action.type is AgentActionType.TAKE_OVER:
        return action.holder == held_by
    return action.type not in OF_AGENTS


def _answered(
    session: Session, action: AgentAction, now: datetime, policy: Policy, *, opted_out: bool
) -> Done | Declined:
    if opted_out:
        return Declined.OPTED_OUT
    if not may_write(session, now, action.says.template):
        return Declined.WINDOW
    takes_over = session.state is not State.WAITING_AGENT
    if takes_over:
        session = _taken_over(session, action.agent, now, policy)
    event = AgentAnswered(agent_id=action.agent, keeps=action.keeps)
    return Done(
        session=step(session, event, now, policy),
        reply=action.says,
        silences=takes_over,
    )


def _agent(role: Role, action: AgentAction) -> str | None:
    return action.agent or None if role is Role.AGENT else None


def _taken_over(session: Session, agent: str, now: datetime, policy: Policy) -> Session:
    return step(session, AgentTookOver(agent_id=agent), now, policy)


def _silence_after(action: AgentAction) -> Literal["ends"] | None:
    return "ends" if action.type in SILENCING else None


def _why_closed(before: Session | None, after: Session) -> str | None:
    was_closed = before is not None and before.state is State.CLOSED
    return _CLOSED if after.state is State.CLOSED and not was_closed else None
