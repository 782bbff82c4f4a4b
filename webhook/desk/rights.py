"""What an agent may do to a conversation as it stands. Pure.

The worker decides again when the action takes effect; here it is decided which buttons there are.
"""

from dataclasses import dataclass
from datetime import datetime

from session.agent_actions import AgentActionType, Declined
from session.models import Session, State
from webhook.desk.agents import Agent, Rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The legal actions, and why an answer is not one of them."""

    deeds: frozenset[AgentActionType]
    no_answer: Declined | None  #: why nothing can be said to the customer; None: it can


def may_ever(agent: Agent, deed: AgentActionType) -> bool:
    """Whether an agent of this rank may do such a thing at all."""
    return deed is not AgentActionType.FORGET or agent.rank is Rank.SUPERVISOR


def rights(session: Session | None, *, agent: Agent, opted_out: bool, now: datetime) -> Rights:
    """Return what this agent may do now."""
    if session is None:
        return Rights(deeds=frozenset(), no_answer=Declined.GONE)
    deeds = {deed for deed in (AgentActionType.FORGET,) if may_ever(agent, deed)}
    no_answer = why_no_answer(session, agent=agent.name, opted_out=opted_out, now=now)
    if session.state is not State.CLOSED:
        if session.held_by != agent.name:
            deeds.add(AgentActionType.TAKE_OVER)
        if session.held_by in (None, agent.name):
            deeds.add(AgentActionType.CLOSE)
            if session.state is State.WAITING_AGENT:
                deeds.add(AgentActionType.HAND_BACK)
    if no_answer is None:
        deeds.add(AgentActionType.ANSWER)
    return Rights(deeds=frozenset(deeds), no_answer=no_answer)


def why_no_answer(session: Session | None, *, agent: str, opted_out: bool, now: datetime) -> Declined | None:
    """Return why this agent cannot say anything to the customer now, or None."""
    if session is None or session.state is State.CLOSED:
        return Declined.GONE
    if opted_out:
        return Declined.OPTED_OUT
    if not session.takes_free_form(now):
        return Declined.WINDOW
    if session.held_by not in (None, agent):
        return Declined.HELD
    # While the assistant talks, two would talk at once: taking over comes first.
    return None if session.state is State.WAITING_AGENT else Declined.STATE
