"""The notes of a transcript: what happened between the messages, as the events tell it. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from session.agent_actions import OF_PROVIDERS, AgentActionType, Declined
from session.delivery_events import ReplyCancelled
from session.event_records import EventRecord
from session.event_values import Transition
from session.events import ActionTaken, MessagesTaken, OptOutNoted, SessionChanged
from session.merge_events import ConversationsMerged
from session.models import State
from session.spending import Whose
from session.timer_events import ChangesTimers

#: Notes of changes of state that no other field of the event explains.
_STATE_NOTES = {
    Transition(State.ACTIVE, State.IDLE): "note.idle",
    Transition(State.IDLE, State.CLOSED): "note.lapsed",
}
#: What stands in the transcript as a message.
_MESSAGES = frozenset(
    {AgentActionType.ANSWER, AgentActionType.SEND, AgentActionType.ECHO, AgentActionType.OVERHEARD}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptNote:
    """One thing that happened between the messages."""

    at: int  #: ms since the epoch
    key: str  #: of its sentence, see `words`
    by: str = ""  #: who did it
    detail: str = ""  #: a reason as an assistant or an operator wrote it, or a figure
    declined: Declined | None = None  #: why it had no effect
    pending: bool = False  #: it waits in the mailbox


def notes_of(events: Sequence[EventRecord]) -> Iterator[TranscriptNote]:
    """Yield the notes of some events, in their order."""
    for record in events:
        at, event = record.at, record.event
        match event:
            case ActionTaken():
                if note := _action_note(event, at):
                    yield note
            case MessagesTaken() | SessionChanged():
                yield from _session_notes(event, at)
            case ConversationsMerged(missing=False):
                key = "note.changed_names" if event.changed else "note.merge"
                yield TranscriptNote(at=at, key=key, detail=event.merged)
                if event.consent:
                    yield TranscriptNote(at=at, key=f"note.consent.{event.consent}")
            case ReplyCancelled():
                yield TranscriptNote(at=at, key="note.cancelled")
            case OptOutNoted():
                yield TranscriptNote(at=at, key="note.consent.out")
        if isinstance(event, ChangesTimers):
            for what in ("timers_set", "approvals_asked", "timers_gone", "timers_moved"):
                if names := getattr(event, what):
                    yield TranscriptNote(at=at, key=f"note.{what}", detail=", ".join(names))
        if isinstance(event, MessagesTaken | ActionTaken | SessionChanged) and event.state in _STATE_NOTES:
            yield TranscriptNote(at=at, key=_STATE_NOTES[event.state])


def _session_notes(event: MessagesTaken | SessionChanged, at: int) -> Iterator[TranscriptNote]:
    if event.escalated is not None:
        yield TranscriptNote(at=at, key="note.escalated", detail=event.escalated)
    if event.closed is not None:
        yield TranscriptNote(at=at, key="note.closed", detail=event.closed)
    if isinstance(event, MessagesTaken) and event.consent:
        yield TranscriptNote(at=at, key=f"note.consent.{'in' if event.consent == 'in' else 'out'}")
    if isinstance(event, MessagesTaken) and event.budget in set(Whose) and event.escalated is None:
        yield TranscriptNote(at=at, key="note.budget", detail=Whose(event.budget).reason)
    if isinstance(event, MessagesTaken) and event.limited:
        yield TranscriptNote(at=at, key="note.limited", detail=str(event.limited))
    if isinstance(event, MessagesTaken) and event.late:
        yield TranscriptNote(at=at, key="note.late", detail=str(event.late))


def _action_note(event: ActionTaken, at: int) -> TranscriptNote | None:
    action_type, by = event.action, event.by or ""
    if action_type not in set(AgentActionType) or action_type == AgentActionType.RING_TIMER:
        return None  # what rings then is told
    if action_type == AgentActionType.DECIDE and not event.declined:
        return None  # the history has it
    if event.declined:
        # The sweep asks whether it is time to tell the customer. That it was too early concerns no agent.
        if action_type == AgentActionType.TIME_OUT or action_type in OF_PROVIDERS - {AgentActionType.ECHO}:
            return None
        return TranscriptNote(at=at, key=f"tried.{action_type}", by=by, declined=declined_in(event))
    shown = action_type not in _MESSAGES
    detail = event.wish or ""
    return TranscriptNote(at=at, key=f"note.{action_type}", by=by, detail=detail) if shown else None


def declined_in(event: ActionTaken) -> Declined | None:
    """Return why an action had no effect; None if it had one, or for a reason that this release does not know."""
    known = {reason.value for reason in Declined}
    return Declined(event.declined) if event.declined in known else None
