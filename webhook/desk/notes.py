"""The lines between the bubbles: who took over, why something came to nothing. Pure; words are chosen elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from session.agent_actions import AgentAction, AgentActionType, Declined

#: What the change of a state is called, where no other field of its event says more.
_STATES = {"ACTIVE>IDLE": "note.idle", "IDLE>CLOSED": "note.lapsed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that happened."""

    at: int  #: ms since the epoch
    word: str  #: key in the catalogue of words
    by: str = ""  #: who did it
    detail: str = ""  #: a reason in an assistant's or an operator's own words, or a figure
    declined: Declined | None = None  #: why it came to nothing
    pending: bool = False  #: it waits in the mailbox


def notes_of(events: Sequence[Mapping[str, str]]) -> Iterator[Note]:
    """Yield what is worth a line, in the order of the events."""
    for event in events:
        at = int(event.get("at", 0))
        deed, by = event.get("action", ""), event.get("by", "")
        if deed and (note := _of_deed(deed, by, event.get("declined", ""), at)):
            yield note
        if "escalated" in event:
            yield Note(at=at, word="note.escalated", detail=event["escalated"])
        if "closed" in event and not deed:
            yield Note(at=at, word="note.closed", detail=event["closed"])
        if consent := event.get("consent"):
            yield Note(at=at, word=f"note.consent.{'in' if consent == 'in' else 'out'}")
        if "limited" in event:
            yield Note(at=at, word="note.limited", detail=event["limited"])
        if "cancelled" in event:
            yield Note(at=at, word="note.cancelled")
        if word := _STATES.get(event.get("state", "")):
            yield Note(at=at, word=word)


def note_of(action: AgentAction) -> Note:
    """Return an action that waits as a line."""
    return Note(at=action.received_at, word=f"tried.{action.type}", by=action.agent, pending=True)


def declined_of(event: Mapping[str, str]) -> Declined | None:
    """Return why the action of an event came to nothing; None if it took effect."""
    try:
        return Declined(event.get("declined", ""))
    except ValueError:
        return None


def _of_deed(deed: str, by: str, declined: str, at: int) -> Note | None:
    if deed not in set(AgentActionType):
        return None
    if declined:
        # The house asks itself whether it is time; that it was not is nobody's business.
        known = declined_of({"declined": declined})
        return (
            None
            if deed == AgentActionType.TIME_OUT
            else Note(at=at, word=f"tried.{deed}", by=by, declined=known)
        )
    # An answer stands there as what was said, and an echo too.
    return (
        None
        if deed in (AgentActionType.ANSWER, AgentActionType.ECHO)
        else Note(at=at, word=f"note.{deed}", by=by)
    )
