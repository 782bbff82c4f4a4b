"""What is sent to a hook for each event. Pure.

A body is {"id", "type", "timestamp", "data"}. What customers and agents wrote is in no event; the words of a provider, of the
assistant and of an agent are sent only to a hook that asks for texts.
"""

from collections.abc import Callable
from typing import Any, Final

from session.conversations import customer_of, scope_of
from session.delivery_events import ReplyCancelled, ReplyFailed, ReplySent, SendInDoubt, StatusNoted
from session.event_records import EventRecord
from session.event_values import Transition
from session.events import (
    ActionTaken,
    CustomerForgotten,
    MessagesTaken,
    OptOutNoted,
    RepliesQueuedEarly,
    SessionChanged,
    TroubleNoted,
)
from session.merge_events import ConversationMoved, ConversationsMerged
from session.prices import Cost, Price
from session.records import from_ms
from session.template_events import TemplateChanged
from session.timer_events import TimersRang
from worker.hooks.data import (
    ActionData,
    CancelledData,
    ConsentData,
    Data,
    HookBody,
    MergeData,
    MessagesData,
    NoData,
    ReceivedMessage,
    RepliesData,
    ReplyData,
    SessionData,
    StatusData,
    TemplateData,
    TimersData,
    TroubleData,
)


def _coded(failed: str) -> dict[str, str | None]:
    code, colon, words = failed.partition(": ")
    return {"code": code, "why": words} if colon else {"code": None, "why": failed}


def _stepped(event: MessagesTaken | ActionTaken | SessionChanged) -> dict[str, Any]:
    step: Transition | None = event.state
    return {
        "state_before": step.before if step else None,
        "state": step.after if step else None,
        "closed": event.closed is not None,
        "why": event.closed,
    }


def _changed(event: MessagesTaken | SessionChanged) -> dict[str, Any]:
    return _stepped(event) | {
        "session_created": event.created is not None,
        "escalated": event.escalated is not None,
        "why": event.escalated or event.closed,
    }


def _of_messages(event: MessagesTaken) -> Data:
    messages = zip(event.received, event.kinds, event.channels, strict=False)
    return MessagesData(
        messages=tuple(
            ReceivedMessage(id=id_, kind=kind, channel=channel) for id_, kind, channel in messages
        ),
        replies=event.replied,
        consent=event.consent,
        answers=event.answers,
        approvals_asked=event.approvals_asked,
        **_changed(event),
    )


def _of_action(event: ActionTaken) -> Data:
    return ActionData(
        action=event.action,
        id=event.action_id,
        by=event.by,
        declined=event.declined,
        approval=event.approval,
        approved=event.approved == "yes" if event.approved else None,
        approvals_asked=event.approvals_asked,
        replies=event.replied,
        **_stepped(event),
    ).model_copy(update={"escalated": event.escalated is not None, "why": event.escalated or event.closed})


def _of_sent(event: ReplySent) -> Data:
    return ReplyData(
        reply=event.delivery,
        channel=event.channel,
        template=event.template,
        provider_id=event.sent or None,
    )


def _of_failed(event: ReplyFailed) -> Data:
    return ReplyData(
        reply=event.delivery, channel=event.channel, template=event.template, **_coded(event.failed)
    )


def _of_status(event: StatusNoted) -> Data:
    price, cost = Price.read(event.price or event.billed or ""), Cost.read(event.cost or "")
    return StatusData(
        reply=event.delivery,
        state=event.status,
        code=event.code,
        why=event.words,
        sent_again=event.again,
        category=price.category if price else None,
        billable=price.billable if price else None,
        price_type=price.type if price else None,
        counted=event.billed is not None,
        cost_micros=cost.micros if cost else None,
        currency=cost.currency if cost else None,
        country=event.country,
        sender=event.sender,
    )


def _of_template(event: TemplateChanged) -> Data:
    return TemplateData(
        template=event.template,
        language=event.language,
        account=event.about,
        what=event.what,
        before=event.before,
        after=event.after,
        by=event.by,
        why=event.words,
    )


def _of_trouble(event: TroubleNoted) -> Data:
    return TroubleData(
        trouble=event.trouble, about=event.about, code=event.code, over=event.over, why=event.words
    )


#: The class of an event -> the kind that a hook names, and what makes its data. What is not here is of interest to operators
#: only, and is in the metrics.
_KINDS: Final[dict[type, tuple[str, Callable[[Any], Data]]]] = {
    MessagesTaken: ("messages.taken", _of_messages),
    RepliesQueuedEarly: ("replies.queued", lambda event: RepliesData(replies=event.early)),
    ReplySent: ("reply.sent", _of_sent),
    ReplyFailed: ("reply.failed", _of_failed),
    ReplyCancelled: (
        "replies.cancelled",
        lambda event: CancelledData(
            replies=(event.delivery,) if event.delivery else event.cancelled, channel=event.channel
        ),
    ),
    SendInDoubt: ("reply.in_doubt", lambda event: ReplyData(reply=event.delivery)),
    StatusNoted: ("reply.status", _of_status),
    ActionTaken: ("action.taken", _of_action),
    SessionChanged: ("session.changed", lambda event: SessionData(**_changed(event))),
    OptOutNoted: ("consent.changed", lambda event: ConsentData(consent=event.consent)),
    TimersRang: ("timers.rang", lambda event: TimersData(timers=event.rang)),
    ConversationMoved: ("customer.moved", lambda event: MergeData(other=event.moved)),
    ConversationsMerged: ("customer.merged", lambda event: MergeData(other=event.merged)),
    CustomerForgotten: ("customer.forgotten", lambda _: NoData()),
    TemplateChanged: ("template.changed", _of_template),
    TroubleNoted: ("account.trouble", _of_trouble),
}
#: What a hook may name.
KINDS: Final = frozenset(kind for kind, _ in _KINDS.values())
#: The kind of the body of `inturn hooks test`; it is sent to whoever is tested.
TEST: Final = "hook.test"


def kind_of(record: EventRecord) -> str | None:
    """Return the kind of an event; None for one that no hook gets."""
    found = _KINDS.get(type(record.event))
    return found[0] if found else None


def event_id(record: EventRecord) -> str:
    """Return the id of an event, as receivers know it; it has no dot, which separates what is signed."""
    return f"evt_{record.shard}_{record.id}"


def body_of(record: EventRecord, *, texts: bool) -> HookBody:
    """Return what is sent for an event, without the texts unless they are wanted. Raises `KeyError` for one that no hook gets."""
    kind, make = _KINDS[type(record.event)]
    data = make(record.event)
    about: dict[str, Any] = {} if texts or "why" not in type(data).model_fields else {"why": None}
    if conversation := record.conversation:
        about |= {
            "conversation": conversation,
            "customer": customer_of(conversation),
            "scope": scope_of(conversation) or None,
        }
    return _body(event_id(record), kind, record.at, data.model_copy(update=about))


def body_of_test(id_: str, at: int) -> HookBody:
    """Return what `inturn hooks test` sends; `at` is in ms."""
    return _body(id_, TEST, at, NoData())


def _body(id_: str, kind: str, at: int, data: Data) -> HookBody:
    timestamp = from_ms(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    found = data.model_dump(mode="json", exclude_none=True)
    return HookBody(id=id_, type=kind, timestamp=timestamp, data=found)
