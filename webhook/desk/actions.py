"""What an agent may do to a conversation now, and the outcome of an action that was sent. Pure.

The worker decides again when an action takes effect; here it is decided which buttons a page shows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from session.agent_actions import AgentActionType, Declined
from session.events import ActionTaken
from session.models import Session, State
from session.records import to_ms
from session.results import ConversationSnapshot
from webhook.desk.agents import Agent
from webhook.desk.transcript import waiting_actions
from webhook.desk.transcript_notes import declined_in

#: An action without a trace is pending for this long. After that, its event may be older than the events that are read.
_PENDING_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """The allowed actions, and why an answer is not one of them."""

    actions: frozenset[AgentActionType]
    no_answer: Declined | None  #: None if an answer is allowed
    template: bool = (
        False  #: whether a message template is allowed where an answer is not, because it comes too late
    )


def rank_allows(agent: Agent, action_type: AgentActionType) -> bool:
    """Return whether an agent of this rank may do this to any conversation."""
    return action_type is not AgentActionType.FORGET or agent.supervises


def permissions(session: Session | None, *, agent: Agent, opted_out: bool, now: datetime) -> Permissions:
    """Return what this agent may do to the conversation of a session now; None: there is no session."""
    if session is None:
        return Permissions(actions=frozenset(), no_answer=Declined.GONE)
    allowed = {one for one in (AgentActionType.FORGET,) if rank_allows(agent, one)}
    no_answer = why_no_answer(session, agent=agent.name, opted_out=opted_out, now=now)
    if session.state is not State.CLOSED:
        if session.held_by != agent.name:
            allowed.add(AgentActionType.TAKE_OVER)
        if session.held_by in (None, agent.name):
            allowed.add(AgentActionType.CLOSE)
            if session.state is State.WAITING_AGENT:
                allowed.add(AgentActionType.HAND_BACK)
    if no_answer is None:
        allowed.add(AgentActionType.ANSWER)
    template = no_answer is Declined.WINDOW and (
        why_no_answer(session, agent=agent.name, opted_out=opted_out, now=now, is_template=True) is None
    )
    return Permissions(actions=frozenset(allowed), no_answer=no_answer, template=template)


def why_no_answer(
    session: Session | None, *, agent: str, opted_out: bool, now: datetime, is_template: bool = False
) -> Declined | None:
    """Return why this agent cannot answer the customer now, or None if the agent can; with a message template at any time."""
    if session is None or session.state is State.CLOSED:
        return Declined.GONE
    if opted_out:
        return Declined.OPTED_OUT
    if not is_template and not session.takes_free_form(now):
        return Declined.WINDOW
    if session.held_by not in (None, agent):
        return Declined.HELD
    # While the assistant is active, the agent must take over first, or both would write at the same time.
    return None if session.state is State.WAITING_AGENT else Declined.STATE


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAction:
    """An action that a page has sent, as the URL of the next page names it."""

    id: str
    type: AgentActionType
    at: int  #: ms since the epoch


class Progress(StrEnum):
    """How far an action has come."""

    PENDING = "pending"
    DONE = "done"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of an action."""

    sent: SentAction
    progress: Progress
    declined: Declined | None = None


def outcome_of(sent: SentAction, snapshot: ConversationSnapshot, *, now: datetime) -> Outcome | None:
    """Return the outcome of an action, or None if it was sent too long ago to know."""
    for record in snapshot.events:
        match record.event:
            case ActionTaken(action_id=sent.id) as event:
                progress = Progress.DECLINED if event.declined else Progress.DONE
                return Outcome(sent=sent, progress=progress, declined=declined_in(event))
    if not snapshot.record and sent.type is AgentActionType.FORGET:
        return Outcome(sent=sent, progress=Progress.DONE)
    waits = any(action.id == sent.id for action in waiting_actions(snapshot))
    if waits or to_ms(now) - sent.at < _PENDING_FOR / timedelta(milliseconds=1):
        return Outcome(sent=sent, progress=Progress.PENDING)
    return None
