"""Reads one status of Meta's webhook: the progress of a delivery."""

from typing import Any

from session.channels.meta import PROVIDER
from session.conversations import conversation_from
from session.messages import DeliveryState, Status
from session.prices import Price
from worker.channels.gathering import FOREIGN, Ignored
from worker.channels.meta.errors import first_error
from worker.channels.reading import Malformed, instant_at, object_at, text_at, word_at

#: Meta's states; others ("deleted", "warning", states of a call) are ignored.
_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "played": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
}

#: Meta returns up to 512 characters of `biz_opaque_callback_data`; ours is the conversation, a blank, the delivery.
ECHO_LIMIT = 512


def echo_of(conversation: str, delivery: str) -> str | None:
    """Return the data of a send that its statuses contain; None if it is too long."""
    echo = f"{conversation} {delivery}"
    return echo if len(echo) <= ECHO_LIMIT else None


def status_from(status: dict[str, Any], *, sender: str) -> Status | Ignored:
    """Return a cleaned status object of a sender as a `Status`; a status of another message is `Ignored` by name.

    Raises `Malformed` if it has no id.
    """
    state = _STATES.get(text_at(status, "status"))
    if state is None:
        return Ignored(name=f"status_{text_at(status, 'status').lower() or 'unnamed'}")
    provider_id = word_at(status, "id")
    if provider_id is None:
        raise Malformed("a status without an id")
    conversation, delivery = _echoed(status)
    if conversation is None:
        # Each of our sends carries this data.
        return Ignored(name=FOREIGN)
    failed = state is DeliveryState.FAILED
    errors = status.get("errors")
    code, words = first_error(errors) if failed and isinstance(errors, list) else (None, None)
    return Status(
        conversation=conversation,
        delivery=delivery,
        provider_id=provider_id,
        state=state,
        at=instant_at(status, "timestamp") or 0,
        code=code,
        words=words,
        price=_price(object_at(status, "pricing")),
        sender=f"{PROVIDER.name}:{sender}" if sender else "",
    )


def _price(pricing: dict[str, Any]) -> Price | None:
    """Read the class of the price. Meta charges when a message is delivered, and says this with `sent` and with a later status."""
    if not pricing:
        return None
    return Price.of(
        category=text_at(pricing, "category"),
        billable=pricing.get("billable") is True,
        model=text_at(pricing, "pricing_model"),
        type=text_at(pricing, "type"),
    )


def _echoed(status: dict[str, Any]) -> tuple[str | None, str | None]:
    conversation, _, delivery = text_at(status, "biz_opaque_callback_data").partition(" ")
    ours = conversation_from(conversation) if delivery and not any(map(str.isspace, delivery)) else None
    return (ours, delivery) if ours else (None, None)
