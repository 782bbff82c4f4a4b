"""Reads one status callback of Twilio, and writes the URL that makes it name our delivery."""

from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from session.customers import conversation_from
from session.messages import DeliveryState, Status
from worker.channels.gathering import FOREIGN, Ignored
from worker.channels.reading import Unreadable

#: Twilio's words; those of the time before it left Twilio (accepted, queued, sending) tell nothing new.
_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
    "undelivered": DeliveryState.FAILED,
}


def callback_for(url: str, *, conversation: str, delivery: str) -> str:
    """Return the callback URL of one delivery; logs on the way show it, so the conversation should be an alias.

    A fragment stays at the end: Twilio reads its connection settings there ("#rc=5").
    """
    parts = urlsplit(url)
    ours = urlencode({"reply": delivery, "conversation": conversation}, errors="replace")
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, ours)))))


def status_from(
    form: Mapping[str, str],
    *,
    asked: Mapping[str, str],
    show: Callable[[str], str | None] = lambda _: None,
) -> Status | Ignored:
    """Return a form as a `Status`; `asked` are the parameters of the callback's own URL.

    `show` returns the conversation of an alias, None if it is none of ours.

    Raises `Unreadable` without a `MessageSid`.
    """
    named = (form.get("MessageStatus") or form.get("SmsStatus") or "unnamed").lower()
    state = _STATES.get(named)
    if state is None:
        return Ignored(name=f"status_{named}")
    provider_id = form.get("MessageSid") or form.get("SmsSid")
    if not provider_id:
        raise Unreadable("a status without a MessageSid")
    told = asked.get("conversation", "")
    conversation = conversation_from(told) or conversation_from(show(told))
    delivery = asked.get("reply")
    if not (conversation and delivery):
        # Every send of ours names its own callback.
        return Ignored(name=FOREIGN)
    failed = state is DeliveryState.FAILED
    return Status(
        conversation=conversation,
        delivery=delivery,
        provider_id=provider_id,
        state=state,
        at=0,
        code=(form.get("ErrorCode") or None) if failed else None,
        words=(form.get("ErrorMessage") or form.get("ChannelStatusMessage") or None) if failed else None,
    )
