"""The lines between the bubbles: who took over, why something came to nothing. Pure; words are chosen elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from session.agent_actions import AgentAction, AgentActionType, Declined
from session.event_records import EventRecord
from session.event_values import Transition
from session.events import ActionTaken, MessagesTaken, ReplyCancelled, SessionChanged
from session.models import State

#: What the change of a state is called, where no other field of its event says more.
_STATES = {
    Transition(State.ACTIVE, State.IDLE): "note.idle",
    Transition(State.IDLE, State.CLOSED): "note.lapsed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that happened."""

    at: int  #: ms since the epoch
    word: str  #: key in the catalogue of words
    by: str = ""  #: who did it
    detail: str = ""  #: a reason in an assistant's or an operator's own words, or a figure
    declined: Declined | None = None  #: why it came to nothing
    pending: bool = False  #: it waits in the mailbox


def notes_of(events: Sequence[EventRecord]) -> Iterator[Note]:
    """Yield what is worth a line, in the order of the events."""
    for record in events:
        at, event = record.at, record.event
        match event:
            case ActionTaken():
                if note := _of_action(event, at):
                    yield note
            case MessagesTaken() | SessionChanged():
                yield from _of_session(event, at)
            case ReplyCancelled():
                yield Note(at=at, word="note.cancelled")
        if isinstance(event, MessagesTaken | ActionTaken | SessionChanged) and event.state in _STATES:
            yield Note(at=at, word=_STATES[event.state])


def _of_session(event: MessagesTaken | SessionChanged, at: int) -> Iterator[Note]:
    if event.escalated is not None:
        yield Note(at=at, word="note.escalated", detail=event.escalated)
    if event.closed is not None:
        yield Note(at=at, word="note.closed", detail=event.closed)
    if isinstance(event, SessionChanged):
        return
    if event.consent:
        yield Note(at=at, word=f"note.consent.{'in' if event.consent == 'in' else 'out'}")
    if event.limited:
        yield Note(at=at, word="note.limited", detail=str(event.limited))


def note_of(action: AgentAction) -> Note:
    """Return an action that waits as a line."""
    return Note(at=action.received_at, word=f"tried.{action.type}", by=action.agent, pending=True)


def declined_of(event: ActionTaken) -> Declined | None:
    """Return why an action was declined; None if it took effect, or for a reason that this release does not know."""
    known = {reason.value for reason in Declined}
    return Declined(event.declined) if event.declined in known else None


def _of_action(event: ActionTaken, at: int) -> Note | None:
    action, by = event.action, event.by or ""
    if action not in set(AgentActionType):
        return None
    if event.declined:
        # The system itself asks whether it is time for a time-out; that it is not yet is not worth a line.
        if action == AgentActionType.TIME_OUT:
            return None
        return Note(at=at, word=f"tried.{action}", by=by, declined=declined_of(event))
    # The transcript shows an answer, and an echo, as a text.
    if action in (AgentActionType.ANSWER, AgentActionType.ECHO):
        return None
    return Note(at=at, word=f"note.{action}", by=by)
