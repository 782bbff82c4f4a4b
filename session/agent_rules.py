"""The rules of agent actions. Pure: session, action and time in, a turn result out.

action     is declined if                                          else
---------  ------------------------------------------------------  ------------------------------------------------
any        there is no session, or it is closed: GONE
TAKE_OVER  another agent has it than the page showed: HELD         the agent has it; the assistant is silent
ANSWER     another agent has it: HELD; the customer opted out:     the answer is sent; the assistant is active again,
           OPTED_OUT; the customer service window is over: WINDOW  unless the agent keeps the conversation
HAND_BACK  it does not wait: STATE; another agent has it: HELD     the assistant is active again
CLOSE      another agent has it: HELD                              the session is closed
ECHO                                                               the text is added to the history; the phone has the
                                                                   conversation unless an agent has it
TIME_OUT   it does not wait, or not for long enough: STATE         the customer is told; it returns to the assistant, or
                                                                   stays

An answer in a conversation of the assistant takes it over first, so that the agent's text is not lost; the desk offers
it only while the conversation waits for an agent (docs/desk.md). FORGET has no turn result; the worker carries it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from session import phrases
from session.agent_actions import SILENCING, AgentAction, AgentActionType, Declined
from session.dead_letters import AnyLetter
from session.event_values import Expiry, record_change, transition
from session.events import ActionTaken
from session.machine import AgentAnswered, AgentsLate, AgentTookOver, Closed, HandedBack, agents_late_at, step
from session.messages import Delivery, Reply
from session.models import HistoryEntry, Role, Session, State
from session.outgoing import TurnContext, deliveries_of
from session.policy import Policy
from session.records import from_ms
from session.turn_result import TurnResult

_CLOSED = "closed by an agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """The effects of an action."""

    session: Session
    reply: Reply | None = None  #: the text to send
    role: Role = Role.AGENT  #: who sends it
    silences: bool = False  #: unsent replies of the assistant are cancelled


def act(
    session: Session | None,
    action: AgentAction,
    context: TurnContext,
    *,
    opted_out: bool,
) -> TurnResult:
    """Return the result of an action."""
    now, policy = context.now, context.policy
    done = _do(session, action, now, policy, opted_out=opted_out)
    if isinstance(done, Declined):
        return declined(session, action, done, opted_out=opted_out)
    assert session is not None  # noqa: S101  (without one everything is declined)
    after, deliveries = done.session, list[Delivery]()
    if done.silences:
        # Unsent menus of the assistant will never be sent.
        after = after.change_context(offered=None)
    if done.reply:
        assert after.route is not None  # noqa: S101  (a reply is written only where there is a route)
        deliveries = deliveries_of(
            context,
            done.reply,
            route=after.route,
            conversation=after.conversation,
            window_until=after.window_until,
            came=action.received_at,
            by_agent=done.role is Role.AGENT,
        )
        said = HistoryEntry(
            role=done.role, content=done.reply.text, timestamp=now, message_id=deliveries[0].id
        )
        after = after.with_entry(said, policy)
    return TurnResult(
        consumed=1,
        session=after,
        deliveries=tuple(deliveries),
        opted_out=opted_out,
        event=_event(action, session, after, deliveries, policy),
        waited=session.state is State.WAITING_AGENT,
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
        event=ActionTaken(**_about(action), declined=why),
        dead=tuple(dead),
        # Without a session nothing waits; a record that has just expired may still be in the list.
        waited=session is None or session.state is State.WAITING_AGENT,
        silence=_silence_after(action),
    )


def _do(
    session: Session | None, action: AgentAction, now: datetime, policy: Policy, *, opted_out: bool
) -> _Done | Declined:
    if session is None or session.state is State.CLOSED:
        return Declined.GONE
    held_by = session.held_by
    if held_by not in (None, action.agent) and not _may_intervene(held_by, action):
        return Declined.HELD
    done: _Done | Declined = Declined.STATE
    match action.type:
        case AgentActionType.TAKE_OVER:
            done = _Done(session=_taken_over(session, action.agent, now, policy), silences=True)
        case AgentActionType.ANSWER:
            done = _answered(session, action, now, policy, opted_out=opted_out)
        case AgentActionType.HAND_BACK if session.state is State.WAITING_AGENT:
            done = _Done(session=step(session, HandedBack(), now, policy))
        case AgentActionType.CLOSE:
            done = _Done(session=step(session, Closed(reason=_CLOSED), now, policy))
        case AgentActionType.ECHO:
            done = _echoed(session, action, now, policy)
        case AgentActionType.TIME_OUT:
            done = _timed_out(session, action, now, policy, opted_out=opted_out)
    return done


def _may_intervene(held_by: str | None, action: AgentAction) -> bool:
    """Whether an action is allowed on a conversation that another agent has: it saw that agent, or no agent does it."""
    if action.type is AgentActionType.TAKE_OVER:
        return action.holder == held_by
    return action.type in (AgentActionType.ECHO, AgentActionType.TIME_OUT)


def _answered(
    session: Session, action: AgentAction, now: datetime, policy: Policy, *, opted_out: bool
) -> _Done | Declined:
    if opted_out:
        return Declined.OPTED_OUT
    if not _may_write(session, now):
        return Declined.WINDOW
    takes_over = session.state is not State.WAITING_AGENT
    if takes_over:
        session = _taken_over(session, action.agent, now, policy)
    event = AgentAnswered(agent_id=action.agent, keeps=action.keeps)
    return _Done(
        session=step(session, event, now, policy), reply=Reply(text=action.text), silences=takes_over
    )


def _echoed(session: Session, action: AgentAction, now: datetime, policy: Policy) -> _Done:
    """Add a text that the customer already has; the phone has the conversation afterwards, unless an agent does."""
    agent = session.held_by or action.agent
    session = _taken_over(session, agent, now, policy)
    session = step(session, AgentAnswered(agent_id=agent, keeps=True), now, policy)
    said = HistoryEntry(
        role=Role.AGENT, content=action.text, timestamp=from_ms(action.received_at), message_id=action.id
    )
    return _Done(session=session.with_entry(said, policy), silences=True)


def _timed_out(
    session: Session, action: AgentAction, now: datetime, policy: Policy, *, opted_out: bool
) -> _Done | Declined:
    # The process that created the action may have had a clock ahead of ours. The question is not repeated.
    late_at = agents_late_at(session, policy)
    if late_at is None or late_at > max(now, from_ms(action.received_at)):
        return Declined.STATE
    stays = policy.agent_timeout_then == "stay"
    told = _may_write(session, now) and not opted_out
    text = phrases.nobody_free(session.context.language, stays=stays)
    return _Done(
        session=step(session, AgentsLate(stays=stays), now, policy),
        reply=Reply(text=text) if told else None,
        role=Role.ASSISTANT,
    )


def _taken_over(session: Session, agent: str, now: datetime, policy: Policy) -> Session:
    return step(session, AgentTookOver(agent_id=agent), now, policy)


def _may_write(session: Session, now: datetime) -> bool:
    """Whether a free-form reply is allowed: the customer has written, and not too long ago."""
    return session.route is not None and session.takes_free_form(now)


def _silence_after(action: AgentAction) -> Literal["ends"] | None:
    return "ends" if action.type in SILENCING else None


def _about(action: AgentAction) -> dict[str, Any]:
    """Return the fields of an event about the action itself. Never its text."""
    return {
        "received": (action.id,),
        "kinds": (action.type,),
        # Only Meta reports echoes.
        "channels": ("meta" if action.type is AgentActionType.ECHO else "desk",),
        "came": (action.received_at,),
        "action": action.type,
        "action_id": action.id,
        "by": action.agent or None,
    }


def _event(
    action: AgentAction,
    before: Session,
    after: Session,
    deliveries: Sequence[Delivery],
    policy: Policy,
) -> ActionTaken:
    kept, was = record_change(Expiry.of(before, policy), after, policy)
    return ActionTaken(
        **_about(action),
        state=transition(before.state, after.state),
        closed=_CLOSED if after.state is State.CLOSED else None,
        replied=tuple(delivery.id for delivery in deliveries),
        queued=deliveries[0].queued_at if deliveries else 0,
        kept=kept,
        was=was,
    )
