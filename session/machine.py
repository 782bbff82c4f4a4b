"""The state machine: which event leads where. Pure; it knows nothing of Redis, limits or texts.

from                 event                                    to
-------------------  ---------------------------------------  --------------------
NEW, ACTIVE, IDLE    CustomerWrote                            ACTIVE
WAITING_AGENT        CustomerWrote (kept for the agent)       WAITING_AGENT
CLOSED               CustomerWrote                            a new session: ACTIVE
ACTIVE               WentQuiet, after the idle timeout        IDLE
IDLE                 WentQuiet, after the close timeout       CLOSED
NEW, ACTIVE, IDLE    Escalated, AgentTookOver                 WAITING_AGENT
WAITING_AGENT        Escalated, AgentTookOver                 WAITING_AGENT
WAITING_AGENT        AgentAnswered, HandedBack                ACTIVE
WAITING_AGENT        AgentAnswered and keeps it               WAITING_AGENT
any but CLOSED       Closed                                   CLOSED

Every other pair raises `IllegalTransition`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from session.errors import IllegalTransition
from session.models import Session, State, new_session
from session.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote:
    """A message of the customer is taken into a turn."""

    new_id: str  #: id for the session that begins if the last one is closed


@dataclass(frozen=True, slots=True)
class WentQuiet:
    """The sweep looked, and nothing had happened for long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """The assistant asks for a person."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTookOver:
    """A person takes the conversation."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAnswered:
    """A person answered the customer."""

    agent_id: str
    keeps: bool = False  #: whether the conversation stays with the person


@dataclass(frozen=True, slots=True)
class HandedBack:
    """A person gives the conversation back to the assistant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Somebody ends the session."""

    reason: str


Event = CustomerWrote | WentQuiet | Escalated | AgentTookOver | AgentAnswered | HandedBack | Closed

_ASSISTANT_TALKS = frozenset({State.NEW, State.ACTIVE, State.IDLE})


def step(session: Session, event: Event, now: datetime, policy: Policy) -> Session:
    """Return the session after an event; whatever is an activity moves `last_activity`.

    Raises:
        IllegalTransition: the present state knows no such event, or the sweep came too early.

    """
    state = session.state
    match event:
        case CustomerWrote(new_id=new_id):
            if state is State.CLOSED:
                session = _begun_anew(session, new_id, now)
            if state is not State.WAITING_AGENT:
                session = session.change(state=State.ACTIVE)
            return session.change(last_activity=now)
        case WentQuiet():
            next_state = {State.ACTIVE: State.IDLE, State.IDLE: State.CLOSED}.get(state)
            at = lapses_at(session, policy)
            if next_state is not None and at is not None and at <= now:
                return session.change(state=next_state)
        case Escalated(reason=reason):
            if state in _ASSISTANT_TALKS or state is State.WAITING_AGENT:
                return session.change(state=State.WAITING_AGENT, escalation=reason, last_activity=now)
        case AgentTookOver(agent_id=agent_id):
            if state in _ASSISTANT_TALKS or state is State.WAITING_AGENT:
                return session.change(state=State.WAITING_AGENT, agent_id=agent_id, last_activity=now)
        case AgentAnswered(agent_id=agent_id, keeps=keeps):
            if state is State.WAITING_AGENT:
                after = session.change(agent_id=agent_id, last_activity=now)
                return after if keeps else after.change(state=State.ACTIVE, escalation=None)
        case HandedBack():
            if state is State.WAITING_AGENT:
                return session.change(state=State.ACTIVE, escalation=None, last_activity=now)
        case Closed():
            if state is not State.CLOSED:
                return session.change(state=State.CLOSED, escalation=None, last_activity=now)
        case _:
            assert_never(event)
    raise IllegalTransition(state, type(event).__name__)


def lapses_at(session: Session, policy: Policy) -> datetime | None:
    """Return when a quiet session changes its state by itself, or None if it never does.

    A session that waits for an agent does not: it is the agent who is late, not the customer.
    """
    if session.state is State.ACTIVE:
        return session.last_activity + policy.idle_after
    if session.state is State.IDLE:
        return session.last_activity + max(policy.close_after, policy.idle_after)
    return None


def _begun_anew(closed: Session, new_id: str, now: datetime) -> Session:
    """Return a fresh session for the same customer: who it is stays known, what was said does not."""
    fresh = new_session(closed.conversation, id=new_id, now=now, agent_id=closed.agent_id)
    return fresh.change(
        member=closed.member,
        route=closed.route,
        profile_name=closed.profile_name,
        notices=closed.notices,
    ).change_context(language=closed.context.language)
