"""The transcript of a conversation. Pure: history, deliveries and events become messages, and notes between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from session.agent_actions import OF_MERGES, AgentAction, AgentActionType
from session.bounds import bounded
from session.content_parts import Kind
from session.contents import (
    Attachment,
    Contacts,
    Content,
    Edit,
    Reaction,
    Revoke,
    Said,
    System,
    Timer,
)
from session.delivery_events import ReplyFailed, StatusNoted
from session.delivery_states import furthest_behind, parts_of, states_in
from session.event_records import EventRecord
from session.events import ActionTaken
from session.history import HistoryEntry, Quoted, Reacted, Role, quoted_in
from session.media_work import MediumRecord, read_records, with_known, with_media
from session.messages import Delivery, DeliveryState, Forwarded, Message
from session.models import Session
from session.outgoing import said_in
from session.reading import parse_entry
from session.records import to_ms
from session.replies import Reply
from session.results import ConversationSnapshot
from session.timers import TimerRecord, read_timers
from webhook.desk.transcript_notes import TranscriptNote, notes_of

#: The notes of timers that have rung, and of decisions.
_TIMERS = frozenset({"note.timer", *(f"note.approval.{what}" for what in ("yes", "no", "nobody", "outcome"))})
#: What says nothing by itself.
_CHANGES = (Edit, Reaction, Revoke, System)


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptMessage:
    """One message, of anybody."""

    at: int  #: ms since the epoch
    role: Role
    content: Said
    #: the provider's id of a received message, the delivery id of a sent one; "" if it has none yet
    id: str = ""
    by: str = ""  #: the agent's name, "" if it is not known
    state: DeliveryState | None = None  #: of a message to the customer; None if it is not known any more
    why: str = ""  #: why it failed, as the provider says it
    pending: bool = False  #: it waits in the mailbox
    cut: bool = False  #: the text was longer than what is stored
    quoted: Quoted | None = None
    quotes: str = ""  #: the id of the quoted message, if it is in the transcript
    forwarded: Forwarded | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    reactions: tuple[Reacted, ...] = ()


TranscriptEntry = TranscriptMessage | TranscriptNote


def transcript(session: Session, snapshot: ConversationSnapshot) -> list[TranscriptEntry]:
    """Return the messages and notes of this session, oldest first, then what waits in the mailbox."""
    began = to_ms(session.created_at)
    events = [record for record in snapshot.events if record.at >= began]
    agents, states, reasons = _agents(events), _states(snapshot), _reasons(events)
    said = (kept.message_id for kept in session.context.message_history if kept.role is not Role.USER)
    parts = parts_of(said, {*states, *reasons})
    entries: list[TranscriptEntry] = []
    history, media = session.context.message_history, read_records(chain(*snapshot.media.items()))
    for kept in history:
        if kept.role is Role.TIMER:
            entries += _timer_notes(to_ms(kept.timestamp), kept.content)
            continue
        ids = parts.get(kept.message_id, [kept.message_id])
        out = kept.role is not Role.USER
        entries.append(
            TranscriptMessage(
                at=to_ms(kept.timestamp),
                role=kept.role,
                content=_with_media(kept.content, kept.message_id, media),
                id=kept.message_id,
                by=kept.agent or agents.get(kept.message_id, ""),
                state=furthest_behind([states[id_] for id_ in ids if id_ in states]) if out else None,
                why=next((reasons[id_] for id_ in ids if id_ in reasons), ""),
                cut=bool(kept.cut),
                quoted=kept.quoted,
                quotes=_place_of(kept.quoted, history),
                forwarded=kept.forwarded,
                edited_at=kept.edited_at,
                deleted_at=kept.deleted_at,
                reactions=kept.reactions or (),
            )
        )
    # Notes that are older than the stored messages would stand above them without context.
    first = entries[0].at if entries else began
    entries += [note for note in notes_of(events) if note.at >= first]
    # A note and a message of the same turn have the same time: the message comes first, but for what was planned.
    entries.sort(key=lambda entry: (entry.at, isinstance(entry, TranscriptNote) and entry.key not in _TIMERS))
    return entries + list(_pending(snapshot.mailbox, history, media))


def places_of(entries: Sequence[TranscriptEntry]) -> dict[str, str]:
    """Return the names on the page of the messages that are quoted, by their ids. The ids contain phone numbers."""
    said = [entry for entry in entries if isinstance(entry, TranscriptMessage)]
    quoted = {entry.quotes for entry in said if entry.quotes}
    return {entry.id: f"said-{number}" for number, entry in enumerate(said) if entry.id in quoted}


def timers_of(snapshot: ConversationSnapshot, kind: Kind = Kind.TIMER) -> list[TimerRecord]:
    """Return the timers of a conversation that have not rung, or its open approvals; the one that rings first is first."""
    pairs = [part for pair in snapshot.timers.items() for part in pair]
    waiting = [one for one in read_timers(pairs).values() if not one.rang and one.content.kind is kind]
    return sorted(waiting, key=lambda timer: (timer.at, timer.content.name))


def waiting_actions(snapshot: ConversationSnapshot) -> list[AgentAction]:
    """Return the actions in the mailbox."""
    return [found for found in map(parse_entry, snapshot.mailbox) if isinstance(found, AgentAction)]


def _place_of(quoted: Quoted | None, history: Sequence[HistoryEntry]) -> str:
    """Return the id of a quoted message in the transcript, "" if it is not there."""
    if quoted is None:
        return ""
    wanted = (quoted.entry, quoted.id)
    return next((one.message_id for one in history if one.message_id in wanted), "")


def _with_media(content: Said, id_: str, found: Mapping[str, MediumRecord]) -> Said:
    """Return a content with media that came after its message had its turn."""
    return with_known(content, id_, found) if isinstance(content, Attachment | Contacts) else content


def _pending(
    mailbox: Sequence[str], history: Sequence[HistoryEntry], media: Mapping[str, MediumRecord]
) -> Iterator[TranscriptEntry]:
    for found in map(parse_entry, mailbox):
        match found:
            case Message():
                yield _waiting(with_media(found, media), history)
            case AgentAction(type=AgentActionType.ANSWER | AgentActionType.SEND):
                content = said_in(found.reply or Reply(text=found.text, media=found.media))
                yield TranscriptMessage(
                    at=found.received_at, role=Role.AGENT, content=content, by=found.agent, pending=True
                )
            case AgentAction() if found.type not in OF_MERGES:
                key = f"tried.{found.type}"
                yield TranscriptNote(at=found.received_at, key=key, by=found.agent, pending=True)


def _waiting(message: Message, history: Sequence[HistoryEntry]) -> TranscriptEntry:
    content = message.content
    if isinstance(content, Timer):
        return _timer_notes(message.received_at, content, pending=True)[0]
    if isinstance(content, _CHANGES):
        key = f"change.{content.kind}"
        return TranscriptNote(at=message.received_at, key=key, detail=bounded(content.text), pending=True)
    quoted = quoted_in(history, message.reply_to, {}) if message.reply_to else None
    return TranscriptMessage(
        at=message.received_at,
        role=Role.USER,
        content=content,
        id=message.id,
        pending=True,
        cut=message.cut,
        quoted=quoted,
        quotes=_place_of(quoted, history),
        forwarded=message.forwarded,
    )


def _timer_notes(at: int, content: Content, *, pending: bool = False) -> list[TranscriptNote]:
    """Return what had been planned for now, or what was decided and what the assistant has told about it: nobody said it."""
    name = content.name if isinstance(content, Timer) else ""
    if not isinstance(content, Timer) or content.kind is Kind.TIMER:
        return [TranscriptNote(at=at, key="note.timer", detail=content.text or name, pending=pending)]
    decided = ("yes" if content.approved else "no") if content.by else "nobody"
    detail = ": ".join(filter(None, (content.text, content.note)))
    notes = [
        TranscriptNote(at=at, key=f"note.approval.{decided}", by=content.by, detail=detail, pending=pending)
    ]
    if content.outcome:
        notes.append(TranscriptNote(at=at, key="note.approval.outcome", detail=content.outcome))
    return notes


def _states(snapshot: ConversationSnapshot) -> dict[str, DeliveryState]:
    states: dict[str, DeliveryState] = {}
    for entry in snapshot.outbox:
        try:
            states[Delivery.model_validate_json(entry).id] = DeliveryState.QUEUED
        except ValueError:
            continue
    return states | states_in(snapshot.deliveries)


def _agents(events: Sequence[EventRecord]) -> dict[str, str]:
    """Return who wrote what: delivery, or action, -> agent."""
    found: dict[str, str] = {}
    for record in events:
        match record.event:
            case ActionTaken(by=str(name), replied=replied, action_id=action):
                found |= dict.fromkeys([*replied, action], name)
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
