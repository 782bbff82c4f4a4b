"""The transcript of a conversation. Pure: history, deliveries and events become messages, and notes between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from session.agent_actions import AgentAction, AgentActionType, Declined
from session.event_records import EventRecord
from session.event_values import Transition
from session.events import (
    ActionTaken,
    MessagesTaken,
    OptOutNoted,
    RepliesQueuedEarly,
    ReplyCancelled,
    ReplyFailed,
    SessionChanged,
    StatusNoted,
)
from session.messages import Delivery, DeliveryState, Message
from session.models import Role, Session, State
from session.reading import parse_entry
from session.records import to_ms
from session.results import ConversationSnapshot

#: The progress of a reply that was sent as several messages is that of the message that is furthest behind.
_ORDER = (
    DeliveryState.FAILED,
    DeliveryState.CANCELLED,
    DeliveryState.QUEUED,
    DeliveryState.IN_DOUBT,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)
#: Notes of changes of state that no other field of the event explains.
_STATE_NOTES = {
    Transition(State.ACTIVE, State.IDLE): "note.idle",
    Transition(State.IDLE, State.CLOSED): "note.lapsed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptMessage:
    """One message, of anybody."""

    at: int  #: ms since the epoch
    role: Role
    text: str
    by: str = ""  #: the agent's name, "" if it is not known
    state: DeliveryState | None = None  #: of a message to the customer; None if it is not known any more
    why: str = ""  #: why it failed, as the provider says it
    pending: bool = False  #: it waits in the mailbox
    cut: bool = False  #: the text was longer than what is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptNote:
    """One thing that happened between the messages."""

    at: int  #: ms since the epoch
    key: str  #: of its sentence, see `words`
    by: str = ""  #: who did it
    detail: str = ""  #: a reason as an assistant or an operator wrote it, or a figure
    declined: Declined | None = None  #: why it had no effect
    pending: bool = False  #: it waits in the mailbox


TranscriptEntry = TranscriptMessage | TranscriptNote


def transcript(session: Session, snapshot: ConversationSnapshot) -> list[TranscriptEntry]:
    """Return the messages and notes of this session, oldest first, then what waits in the mailbox."""
    began = to_ms(session.created_at)
    events = [record for record in snapshot.events if record.at >= began]
    agents, parts = _agents(events), _parts(session, events)
    states, reasons = _states(snapshot), _reasons(events)
    entries: list[TranscriptEntry] = []
    for kept in session.context.message_history:
        ids = parts.get(kept.message_id, [kept.message_id])
        out = kept.role is not Role.USER
        entries.append(
            TranscriptMessage(
                at=to_ms(kept.timestamp),
                role=kept.role,
                text=kept.content,
                by=agents.get(kept.message_id, ""),
                state=_furthest_behind([states[id_] for id_ in ids if id_ in states]) if out else None,
                why=next((reasons[id_] for id_ in ids if id_ in reasons), ""),
                cut=bool(kept.cut),
            )
        )
    # Notes that are older than the stored messages would stand above them without context.
    first = entries[0].at if entries else began
    entries += [note for note in _notes(events) if note.at >= first]
    # A note and a message of the same turn have the same time: the message comes first.
    entries.sort(key=lambda entry: (entry.at, isinstance(entry, TranscriptNote)))
    return entries + list(_pending(snapshot.mailbox))


def waiting_actions(snapshot: ConversationSnapshot) -> list[AgentAction]:
    """Return the actions in the mailbox."""
    return [found for found in map(parse_entry, snapshot.mailbox) if isinstance(found, AgentAction)]


def declined_in(event: ActionTaken) -> Declined | None:
    """Return why an action had no effect; None if it had one, or for a reason that this release does not know."""
    known = {reason.value for reason in Declined}
    return Declined(event.declined) if event.declined in known else None


def _pending(mailbox: Sequence[str]) -> Iterator[TranscriptEntry]:
    for found in map(parse_entry, mailbox):
        match found:
            case Message():
                yield TranscriptMessage(
                    at=found.received_at, role=Role.USER, text=found.text, pending=True, cut=found.cut
                )
            case AgentAction(type=AgentActionType.ANSWER):
                yield TranscriptMessage(
                    at=found.received_at, role=Role.AGENT, text=found.text, by=found.agent, pending=True
                )
            case AgentAction():
                key = f"tried.{found.type}"
                yield TranscriptNote(at=found.received_at, key=key, by=found.agent, pending=True)


def _notes(events: Sequence[EventRecord]) -> Iterator[TranscriptNote]:
    for record in events:
        at, event = record.at, record.event
        match event:
            case ActionTaken():
                if note := _action_note(event, at):
                    yield note
            case MessagesTaken() | SessionChanged():
                yield from _session_notes(event, at)
            case ReplyCancelled():
                yield TranscriptNote(at=at, key="note.cancelled")
            case OptOutNoted():
                yield TranscriptNote(at=at, key="note.consent.out")
        if isinstance(event, MessagesTaken | ActionTaken | SessionChanged) and event.state in _STATE_NOTES:
            yield TranscriptNote(at=at, key=_STATE_NOTES[event.state])


def _session_notes(event: MessagesTaken | SessionChanged, at: int) -> Iterator[TranscriptNote]:
    if event.escalated is not None:
        yield TranscriptNote(at=at, key="note.escalated", detail=event.escalated)
    if event.closed is not None:
        yield TranscriptNote(at=at, key="note.closed", detail=event.closed)
    if isinstance(event, MessagesTaken) and event.consent:
        yield TranscriptNote(at=at, key=f"note.consent.{'in' if event.consent == 'in' else 'out'}")
    if isinstance(event, MessagesTaken) and event.limited:
        yield TranscriptNote(at=at, key="note.limited", detail=str(event.limited))


def _action_note(event: ActionTaken, at: int) -> TranscriptNote | None:
    action_type, by = event.action, event.by or ""
    if action_type not in set(AgentActionType):
        return None
    if event.declined:
        # The sweep asks whether it is time to tell the customer. That it was too early concerns no agent.
        if action_type == AgentActionType.TIME_OUT:
            return None
        return TranscriptNote(at=at, key=f"tried.{action_type}", by=by, declined=declined_in(event))
    # An answer and an echo are messages of the transcript already.
    shown = action_type not in (AgentActionType.ANSWER, AgentActionType.ECHO)
    return TranscriptNote(at=at, key=f"note.{action_type}", by=by) if shown else None


def _states(snapshot: ConversationSnapshot) -> dict[str, DeliveryState]:
    states: dict[str, DeliveryState] = {}
    for entry in snapshot.outbox:
        try:
            states[Delivery.model_validate_json(entry).id] = DeliveryState.QUEUED
        except ValueError:
            continue
    known = {state.value for state in DeliveryState}
    return states | {
        id_: DeliveryState(state) for id_, state in snapshot.deliveries.items() if state in known
    }


def _furthest_behind(states: Sequence[DeliveryState]) -> DeliveryState | None:
    return min(states, key=_ORDER.index, default=None)


def _agents(events: Sequence[EventRecord]) -> dict[str, str]:
    """Return who wrote what: delivery, or action, -> agent."""
    found: dict[str, str] = {}
    for record in events:
        match record.event:
            case ActionTaken(by=str(name), replied=replied, action_id=action):
                found |= dict.fromkeys([*replied, action], name)
    return found


def _parts(session: Session, events: Sequence[EventRecord]) -> dict[str, list[str]]:
    """Return the messages as which a reply was sent: those after its own id, until the next reply begins."""
    begins = {kept.message_id for kept in session.context.message_history}
    found: dict[str, list[str]] = {}
    for record in events:
        ids: Sequence[str] = ()
        match record.event:
            case MessagesTaken(replied=ids) | ActionTaken(replied=ids) | RepliesQueuedEarly(early=ids):
                pass
        if ids:
            current = ""
            for id_ in ids:
                current = id_ if id_ in begins else current
                found.setdefault(current or id_, []).append(id_)
    return found


def _reasons(events: Sequence[EventRecord]) -> dict[str, str]:
    """Return why deliveries failed, by their ids."""
    found: dict[str, str] = {}
    for record in events:
        match record.event:
            case ReplyFailed(delivery=delivery, failed=why):
                found[delivery] = why
            case StatusNoted(delivery=delivery, status=DeliveryState.FAILED, code=code, words=words):
                found[delivery] = " ".join(filter(None, (code, words)))
    return found
