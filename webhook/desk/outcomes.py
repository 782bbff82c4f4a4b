"""What became of an action that an agent has posted, as far as Redis tells. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from session.agent_actions import AgentActionType, Declined
from session.events import ActionTaken
from session.records import to_ms
from session.snapshots import ConversationSnapshot
from webhook.desk.notes import declined_of
from webhook.desk.transcript import waiting_actions

#: An action that nobody has seen after this time is older than the events that are looked at.
_PENDING_FOR = timedelta(minutes=10)


class Fate(StrEnum):
    """How far an action has come."""

    PENDING = "pending"
    DONE = "done"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An action as the address of a page names it."""

    id: str
    type: AgentActionType
    at: int  #: ms since the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it."""

    posted: Posted
    fate: Fate
    declined: Declined | None = None


def outcome_of(posted: Posted, snapshot: ConversationSnapshot, *, now: datetime) -> Outcome | None:
    """Return what became of an action, or None if it was too long ago to tell."""
    for record in snapshot.events:
        match record.event:
            case ActionTaken(action_id=posted.id) as event:
                fate = Fate.DECLINED if event.declined else Fate.DONE
                return Outcome(posted=posted, fate=fate, declined=declined_of(event))
    if not snapshot.record and posted.type is AgentActionType.FORGET:
        return Outcome(posted=posted, fate=Fate.DONE)
    waits = any(action.id == posted.id for action in waiting_actions(snapshot))
    if waits or to_ms(now) - posted.at < _PENDING_FOR / timedelta(milliseconds=1):
        return Outcome(posted=posted, fate=Fate.PENDING)
    return None
