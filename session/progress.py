"""What became of what an API client did: of a message that it sent, and of an action, as far as it is known. Pure."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from session.agent_actions import AgentAction
from session.business_contents import TemplateMessage
from session.delivery_events import ReplyFailed, StatusNoted
from session.delivery_states import furthest_behind, states_in
from session.event_records import EventRecord
from session.events import NO_MARKETING, OPTED_OUT, ActionTaken
from session.messages import Delivery, DeliveryState
from session.models import Session
from session.outgoing import said_in
from session.reading import parse_entry
from session.replies import Reply


class Stage(StrEnum):
    """How far a message has come."""

    ACCEPTED = "accepted"  # it is stored, and its turn will come
    DECLINED = "declined"  # its turn has come, and it is not sent
    QUEUED = "queued"
    IN_DOUBT = "in_doubt"  # the connection broke during the send
    SENT = "sent"  # accepted by the provider
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    CANCELLED = "cancelled"  # a STOP, a wish for no marketing, or a takeover that the client minds, came before the send
    DONE = "done"  # of an action that sends nothing
    UNKNOWN = "unknown"  # it had its turn, so long ago that nothing else is known


#: Stages of which events may tell the reason.
WITH_REASON = frozenset({Stage.DECLINED, Stage.FAILED, Stage.CANCELLED, Stage.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSnapshot:
    """What is stored about one message of a client, and about its conversation."""

    record: str  #: the session as JSON, "" if there is none
    opted_out: bool
    known: bool  #: whether the message has left the intake
    unread: int  #: bodies in its intake
    mailbox: tuple[str, ...]  #: the oldest entries, as JSON
    outbox: tuple[str, ...]  #: the oldest deliveries, as JSON
    waiting: int  #: entries of mailbox and outbox together
    deliveries: Mapping[str, str]  #: delivery id -> its progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a message has come, and why not further."""

    stage: Stage
    why: str = ""  #: the provider's code and words, a `Declined`, or "" if that is not known


def progress_of(id_: str, found: SendSnapshot, events: Iterable[EventRecord] = ()) -> Progress | None:
    """Return what is known of the message with an id; `events` may tell why. None if nothing is known of it."""
    states = states_in(found.deliveries) | dict.fromkeys(
        (one.id for one in _deliveries(found) if one.id not in found.deliveries), DeliveryState.QUEUED
    )
    own = [state for delivery, state in states.items() if delivery.rpartition(".")[0] == id_]
    if (state := furthest_behind(own)) is not None:
        return _sent(id_, state, events)
    if any(action.id == id_ for action in _actions(found)):
        return Progress(stage=Stage.ACCEPTED)
    if found.known:
        why = next((one.declined for one in _taken(id_, events) if one.declined), "")
        return Progress(stage=Stage.DECLINED if why else Stage.UNKNOWN, why=why)
    return Progress(stage=Stage.ACCEPTED) if found.unread else None


def outcome_of(id_: str, found: SendSnapshot, events: Iterable[EventRecord]) -> Progress | None:
    """Return what an action has come to that sends nothing; None if nothing is known of it."""
    for event in _taken(id_, events):
        return Progress(stage=Stage.DECLINED if event.declined else Stage.DONE, why=event.declined or "")
    return progress_of(id_, found)


def differs(id_: str, reply: Reply, found: SendSnapshot, session: Session | None) -> bool:
    """Whether a message with this id is known that says something else than a reply."""
    waiting = [action.reply for action in _actions(found) if action.id == id_]
    if waiting:
        return waiting[0] != reply
    history = session.context.message_history if session else ()
    said = next((one for one in history if one.message_id == f"{id_}.0"), None)
    if said is None or said.cut:
        return False
    if isinstance(content := said.content, TemplateMessage):
        # A template takes the place of what comes too late; what it says in the end depends on its definition.
        named = reply.template and (reply.template.name, reply.template.language)
        return named is not None and named != (content.name, content.language)
    return content != said_in(reply)


def _sent(id_: str, state: DeliveryState, events: Iterable[EventRecord]) -> Progress:
    why = ""
    for record in events:
        match record.event:
            case ReplyFailed(delivery=delivery, failed=told) if delivery.rpartition(".")[0] == id_:
                why = told
            case StatusNoted(delivery=delivery, status=DeliveryState.FAILED, code=code, words=words) if (
                delivery.rpartition(".")[0] == id_
            ):
                why = ": ".join(filter(None, (code, words)))
    if state is DeliveryState.FAILED and why in (OPTED_OUT, NO_MARKETING):
        return Progress(stage=Stage.CANCELLED, why=why)
    failed = state in (DeliveryState.FAILED, DeliveryState.CANCELLED)
    stage = Stage.IN_DOUBT if state is DeliveryState.IN_DOUBT else Stage(state.value)
    return Progress(stage=stage, why=why if failed else "")


def _taken(id_: str, events: Iterable[EventRecord]) -> list[ActionTaken]:
    return [one.event for one in events if isinstance(one.event, ActionTaken) and one.event.action_id == id_]


def _actions(found: SendSnapshot) -> list[AgentAction]:
    return [one for one in map(parse_entry, found.mailbox) if isinstance(one, AgentAction)]


def _deliveries(found: SendSnapshot) -> list[Delivery]:
    deliveries: list[Delivery] = []
    for raw in found.outbox:
        with suppress(ValueError):
            deliveries.append(Delivery.model_validate_json(raw))
    return deliveries
