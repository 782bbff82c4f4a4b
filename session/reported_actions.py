"""The rules of what providers report about a conversation besides messages. Pure: session, action and time in, effects out.

action          is declined if                              else
--------------  ------------------------------------------  ------------------------------------------------------------
ECHO            there is no session                         the text is added to the history; the phone has the
                                                            conversation unless an agent has it
CONTROL_TAKEN   there is no session                         another app has the conversation unless an agent has it
OVERHEARD       there is no session                         the same, and the text is added to the history
CONTROL_PASSED  the other app does not have it: STATE       the assistant is active again
PAST                                                        older messages are added to the history, in the order of time;
                                                            without a session one is created, which nobody has begun
PREFERENCE      a newer wish is known: STATE                the wish is kept, with or without a session

`agent_rules` declines what needs a session that there is not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from session.agent_actions import APP, AgentAction, Declined
from session.contents import Text
from session.history import HistoryEntry, Role, entry
from session.machine import AgentAnswered, AgentTookOver, HandedBack, step
from session.marketing import Marketing
from session.messages import Route
from session.models import Session, State, new_session
from session.policy import Policy
from session.records import from_ms
from session.replies import Reply
from session.templates import Template

#: An older message whose attachment another body will describe.
MEDIUM = "[media]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The effects of an action."""

    session: Session | None
    reply: Reply | None = None  #: what is sent
    route: Route | None = None  #: on which way; None: that of the session
    role: Role = Role.AGENT  #: who sends it
    silences: bool = False  #: unsent replies of the assistant are cancelled
    marketing: Marketing | None = None  #: what the customer wishes from now on


def may_write(session: Session, now: datetime, template: Template | None = None) -> bool:
    """Whether a reply is allowed: the customer has written, and not too long ago unless it is a template."""
    return session.route is not None and (template is not None or session.takes_free_form(now))


def written_elsewhere(session: Session, action: AgentAction, now: datetime, policy: Policy) -> Done:
    """Add a text that the customer already has; who wrote it has the conversation afterwards, unless an agent does."""
    session = has_it(session, action.agent, now, policy)
    content, at = action.content or Text(text=action.text), from_ms(action.received_at)
    said = entry(Role.AGENT, content, at=at, id=action.id, agent=action.agent)
    return Done(session=session.with_entry(said, policy), silences=True)


def control_taken(session: Session, action: AgentAction, now: datetime, policy: Policy) -> Done:
    """Let another app have the conversation."""
    return Done(session=has_it(session, action.agent, now, policy), silences=True)


def control_passed(session: Session, now: datetime, policy: Policy) -> Done | Declined:
    """Let the assistant have the conversation again that another app had; an agent keeps it."""
    if session.held_by != APP or session.state is not State.WAITING_AGENT:
        return Declined.STATE
    return Done(session=step(session, HandedBack(), now, policy))


def has_it(session: Session, who: str, now: datetime, policy: Policy) -> Session:
    """Return the session with the phone or another app having it, unless an agent does; nobody waits for an answer."""
    who = session.held_by or who
    session = step(session, AgentTookOver(agent_id=who), now, policy)
    return step(session, AgentAnswered(agent_id=who, keeps=True), now, policy)


def remembered(
    session: Session | None, action: AgentAction, now: datetime, policy: Policy, *, fresh_id: str
) -> Done:
    """Add older messages to the history. The session does not begin by it, and no window opens."""
    session = session or new_session(action.conversation, id=fresh_id, now=now, agent_id=policy.agent_id)
    history = interleaved(session.context.message_history, action.past)
    return Done(session=session.change_context(message_history=history[-policy.message_history :]))


def interleaved(history: tuple[HistoryEntry, ...], past: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Return a history with further entries, each before the first one that is newer; known ids are not added again.

    The entries of the history keep their order, whatever their times.
    """
    known = {said.message_id for said in history}
    newer = {said.message_id: said for said in past}
    merged = [
        newer[said.message_id] if said.text == MEDIUM and said.message_id in newer else said
        for said in history
    ]
    place = 0
    for said in sorted(past, key=lambda one: one.timestamp):
        if said.message_id in known:
            continue
        known.add(said.message_id)
        while place < len(merged) and merged[place].timestamp <= said.timestamp:
            place += 1
        merged.insert(place, said)
        place += 1
    return tuple(merged)


def preferred(session: Session | None, action: AgentAction, known: Marketing | None) -> Done | Declined:
    """Keep what the customer wishes, unless a newer wish is known."""
    wish = action.marketing
    if wish is None or (known and known.at > wish.at):
        return Declined.STATE
    return Done(session=session, marketing=wish)
