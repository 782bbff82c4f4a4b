"""The state machine: events and transitions. Pure; it does not know Redis, limits or texts.

Its events are inputs; what happened is written to the stream as an event of `session.events`.

from                 event                                    to
-------------------  ---------------------------------------  --------------------
NEW, ACTIVE, IDLE    CustomerWrote, TimerRang                 ACTIVE
WAITING_AGENT        CustomerWrote (kept for the agent)       WAITING_AGENT
WAITING_AGENT        TimerRang (the same; changes nothing)    WAITING_AGENT
CLOSED               CustomerWrote, TimerRang                 a new session: ACTIVE
CLOSED               BusinessWrote, nobody having asked       a new session: NEW
any but CLOSED       BusinessWrote                            the same
ACTIVE               WentQuiet, after the idle time-out       IDLE
IDLE                 WentQuiet, after the close time-out      CLOSED
NEW, ACTIVE, IDLE    Escalated, AgentTookOver                 WAITING_AGENT
WAITING_AGENT        Escalated, AgentTookOver                 WAITING_AGENT
WAITING_AGENT        AgentAnswered, HandedBack                ACTIVE
WAITING_AGENT        CameBack, while no agent has it          ACTIVE
WAITING_AGENT        AgentAnswered and keeps it               WAITING_AGENT
WAITING_AGENT        AgentsLate                               ACTIVE, or WAITING_AGENT if it stays
any but CLOSED       Closed                                   CLOSED

Every other pair raises `IllegalTransition`.

In WAITING_AGENT, `held_by` is the agent who took the conversation over, or answered and kept it. `waiting_since` is
the time since which the customer waits for an agent's answer: it is set by the transition into the state, and by the
customer's next message after an answer. `wait` says more of it. All are removed with the state.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from session.errors import IllegalTransition
from session.models import Session, State, Waiting, new_session
from session.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerWrote:
    """A message of the customer is taken into a turn."""

    new_id: str  #: id for the session that begins if the last one is closed


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerRang:
    """What the assistant has planned, or what was decided for it. It is activity: the business speaks, and may be answered."""

    new_id: str  #: id for the session that begins if the last one is closed


@dataclass(frozen=True, slots=True, kw_only=True)
class BusinessWrote:
    """Another program of the business writes to the customer; who has the conversation still has it."""

    new_id: str  #: id for the session that begins if the last one is closed


@dataclass(frozen=True, slots=True)
class WentQuiet:
    """The sweep found that nothing has happened for long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """The assistant asks for a person."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentTookOver:
    """An agent takes the conversation over."""

    agent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAnswered:
    """An agent answered the customer."""

    agent_id: str
    keeps: bool = False  #: whether the conversation stays with the agent


@dataclass(frozen=True, slots=True)
class CameBack:
    """The customer, who waits for an agent, wants the assistant instead."""


@dataclass(frozen=True, slots=True)
class HandedBack:
    """An agent hands the conversation back to the assistant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentsLate:
    """No agent answered in time; the customer is told so."""

    stays: bool = False  #: whether the conversation keeps waiting for an agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The session is ended."""

    reason: str


#: What may happen to a session.
MachineEvent = (
    CustomerWrote
    | BusinessWrote
    | TimerRang
    | WentQuiet
    | Escalated
    | AgentTookOver
    | AgentAnswered
    | CameBack
    | HandedBack
    | AgentsLate
    | Closed
)

_ASSISTANT_TALKS = frozenset({State.NEW, State.ACTIVE, State.IDLE})


def step(session: Session, event: MachineEvent, now: datetime, policy: Policy) -> Session:
    """Return the session after an event; an event that counts as activity updates `last_activity`.

    Raises:
        IllegalTransition: the current state does not allow the event, or the sweep came too early.

    """
    state = session.state
    after: Session | None = None
    match event:
        case CustomerWrote(new_id=new_id) | TimerRang(new_id=new_id):
            if state is State.WAITING_AGENT:
                # The customer does not wait for what only the assistant has planned.
                return _waiting(session, now) if isinstance(event, CustomerWrote) else session
            if state is State.CLOSED:
                session = _begun_anew(session, new_id, now)
            return session.change(state=State.ACTIVE, last_activity=now)
        case BusinessWrote(new_id=new_id):
            if state is State.CLOSED:
                window = session.window_until
                session = _begun_anew(session, new_id, now).change(window_until=window)
            return session.change(last_activity=now)
        case WentQuiet():
            next_state = {State.ACTIVE: State.IDLE, State.IDLE: State.CLOSED}.get(state)
            at = idle_timeout_at(session, policy)
            if next_state is not None and at is not None and at <= now:
                after = session.change(state=next_state)
        case Closed():
            if state is not State.CLOSED:
                after = _without_agents(session, State.CLOSED, now).change(decide_by=None)
        case Escalated() | AgentTookOver():
            if state in _ASSISTANT_TALKS or state is State.WAITING_AGENT:
                after = _to_agents(_waiting(session, now), event)
        case AgentAnswered() | HandedBack() | AgentsLate() | CameBack():
            held = session.held_by is not None and isinstance(event, CameBack)
            if state is State.WAITING_AGENT and not held:
                after = _from_agents(session, event, now)
        case _:
            assert_never(event)
    if after is None:
        raise IllegalTransition(state, type(event).__name__)
    return after


def idle_timeout_at(session: Session, policy: Policy) -> datetime | None:
    """Return when the sweep must look at a session again if nothing more happens, or None if it need not.

    A quiet session changes its state then. A session that waits for an agent does not go idle, because the agent is late,
    not the customer; when its record expires, it must leave the waiting list.
    """
    if session.state is State.WAITING_AGENT:
        expires_at = session.expires_at(policy)
        late_at = agents_late_at(session, policy)
        return min(late_at, expires_at) if late_at else expires_at
    if session.state is State.ACTIVE:
        return session.last_activity + policy.idle_after
    if session.state is State.IDLE:
        return session.last_activity + max(policy.close_after, policy.idle_after)
    return None


def agents_late_at(session: Session, policy: Policy) -> datetime | None:
    """Return when a customer will have waited too long for an agent, or None without a wait or a limit."""
    if session.waiting_since is None or not policy.agent_timeout:
        return None
    return session.waiting_since + policy.agent_timeout


def waits_since(session: Session) -> datetime | None:
    """Return since when a conversation waits for an agent, or is with one; None if neither."""
    if session.state is not State.WAITING_AGENT:
        return None
    return session.waiting_since or session.last_activity


def _to_agents(session: Session, event: Escalated | AgentTookOver) -> Session:
    if isinstance(event, Escalated):
        wait = (session.wait or Waiting()).model_copy(update={"handed_over": True})
        return session.change(escalation=event.reason, wait=wait)
    return session.change(agent_id=event.agent_id, held_by=event.agent_id)


def _from_agents(
    session: Session, event: AgentAnswered | HandedBack | AgentsLate | CameBack, now: datetime
) -> Session:
    """Return the session after an agent's answer or time-out; it stays with the agents if the event says so."""
    match event:
        case AgentAnswered(agent_id=agent_id, keeps=True):
            return session.change(
                agent_id=agent_id, held_by=agent_id, waiting_since=None, wait=None, last_activity=now
            )
        case AgentAnswered(agent_id=agent_id):
            session = session.change(agent_id=agent_id)
        case AgentsLate(stays=True):
            # A new wait begins with the next message; what nobody has answered is still open.
            wait = Waiting(open=session.wait.open) if session.wait else None
            return session.change(waiting_since=None, wait=wait, last_activity=now)
    return _without_agents(session, State.ACTIVE, now)


def _waiting(session: Session, now: datetime) -> Session:
    since = session.waiting_since or now
    return session.change(state=State.WAITING_AGENT, waiting_since=since, last_activity=now)


def _without_agents(session: Session, state: State, now: datetime) -> Session:
    return session.change(
        state=state, escalation=None, held_by=None, waiting_since=None, wait=None, last_activity=now
    )


def _begun_anew(closed: Session, new_id: str, now: datetime) -> Session:
    """Return a new session for the same customer: the identity is kept, the history is not."""
    fresh = new_session(closed.conversation, id=new_id, now=now, agent_id=closed.agent_id)
    return fresh.change(
        member=closed.member,
        route=closed.route,
        profile_name=closed.profile_name,
        notices=closed.notices,
        campaign=closed.campaign,
    ).change_context(language=closed.context.language)
