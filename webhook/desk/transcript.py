"""What was said and done in a conversation, as a person reads it. Pure: history, deliveries and events become entries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from session.agent_actions import AgentAction, AgentActionType
from session.event_records import EventRecord
from session.events import ActionTaken, MessagesTaken, ReplyFailed, StatusNoted
from session.messages import Delivery, DeliveryState, Message
from session.models import Role, Session
from session.reading import parse_entry
from session.records import to_ms
from session.snapshots import ConversationSnapshot
from webhook.desk.notes import Note, note_of, notes_of

#: How far a reply came that went out as several messages: as far as the one that is furthest behind.
_ORDER = (
    DeliveryState.FAILED,
    DeliveryState.CANCELLED,
    DeliveryState.QUEUED,
    DeliveryState.UNKNOWN,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One thing that was said."""

    at: int  #: ms since the epoch
    role: Role
    text: str
    by: str = ""  #: the agent's name, where it is known
    state: DeliveryState | None = None  #: of what goes out; None where nothing is known any more
    why: str = ""  #: of what failed, in the provider's words
    pending: bool = False  #: it waits in the mailbox
    cut: bool = False  #: more was sent than is kept


Entry = Bubble | Note


def transcript(session: Session, snapshot: ConversationSnapshot) -> list[Entry]:
    """Return what was said and what happened in this session, oldest first, then what waits to be taken."""
    began = to_ms(session.created_at)
    events = [event for event in snapshot.events if event.at >= began]
    by, parts = _agents(events), _parts(session, events)
    states, whys = _states(snapshot), _reasons(events)
    entries: list[Entry] = []
    for said in session.context.message_history:
        ids = parts.get(said.message_id, [said.message_id])
        out = said.role is not Role.USER
        entries.append(
            Bubble(
                at=to_ms(said.timestamp),
                role=said.role,
                text=said.content,
                by=by.get(said.message_id, ""),
                state=_worst([states[id_] for id_ in ids if id_ in states]) if out else None,
                why=next((whys[id_] for id_ in ids if id_ in whys), ""),
                cut=bool(said.cut),
            )
        )
    # What is older than the history that is kept would stand above it without its context.
    first = entries[0].at if entries else began
    entries += [note for note in notes_of(events) if note.at >= first]
    # A note and a text of the same turn have the same time: the text comes first.
    entries.sort(key=lambda entry: (entry.at, isinstance(entry, Note)))
    return entries + list(_pending(snapshot.mailbox))


def waiting_actions(snapshot: ConversationSnapshot) -> list[AgentAction]:
    """Return the actions that lie in the mailbox."""
    return [found for found in map(parse_entry, snapshot.mailbox) if isinstance(found, AgentAction)]


def _pending(mailbox: Sequence[str]) -> Iterator[Entry]:
    for found in map(parse_entry, mailbox):
        match found:
            case Message():
                yield Bubble(
                    at=found.received_at, role=Role.USER, text=found.text, pending=True, cut=found.cut
                )
            case AgentAction(type=AgentActionType.ANSWER):
                yield Bubble(
                    at=found.received_at, role=Role.AGENT, text=found.text, by=found.agent, pending=True
                )
            case AgentAction():
                yield note_of(found)


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


def _worst(states: Sequence[DeliveryState]) -> DeliveryState | None:
    return min(states, key=_ORDER.index, default=None)


def _agents(events: Sequence[EventRecord]) -> dict[str, str]:
    """Return who said what: delivery, or action, -> agent."""
    found: dict[str, str] = {}
    for record in events:
        match record.event:
            case ActionTaken(by=str(name), replied=replied, action_id=action):
                found |= dict.fromkeys([*replied, action], name)
    return found


def _parts(session: Session, events: Sequence[EventRecord]) -> dict[str, list[str]]:
    """Return the messages that a reply went out as: those after its own id, until the next reply begins."""
    begins = {said.message_id for said in session.context.message_history}
    found: dict[str, list[str]] = {}
    for record in events:
        if not isinstance(record.event, MessagesTaken | ActionTaken):
            continue
        current = ""
        for id_ in record.event.replied:
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
