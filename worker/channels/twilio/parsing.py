"""Reads one form body of Twilio, a message or a status; writes the callback URL by which a status names our delivery."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from session.channels.twilio import PROVIDER, bare
from session.conversations import conversation_from
from session.messages import DeliveryState, Status
from worker.channels.gathering import FOREIGN, Found, Ignored, attempt
from worker.channels.reading import Malformed, text_of, wellformed
from worker.channels.twilio.messages import message_from

#: The source of bodies of the status webhook, without the query.
_STATUS_SOURCE = "twilio-status"

#: Parameters that a status never has.
_INBOUND_ONLY = frozenset({"Body", "NumMedia", "ProfileName", "WaId", "Latitude", "ButtonText", "ListId"})

#: Twilio's states; those before Twilio has sent the message (accepted, queued, sending) are ignored.
_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
    "undelivered": DeliveryState.FAILED,
}


def read(
    body: bytes,
    *,
    source: str,
    received_at: int,
    sender: str,
    decode: Callable[[str], str | None] = lambda _: None,
) -> Iterator[Found]:
    """Yield the one message or status of a body; never raises.

    `sender` is used for a message without a `To`; `decode` returns the conversation of a pseudonym. Values are kept as
    they came: blank ones too, none is trimmed.
    """
    form = _form(body.decode("utf-8", "replace"))
    place, _, query = source.partition("?")

    def found() -> Found:
        if place == _STATUS_SOURCE or _is_status(form):
            return status_from(form, query=_form(query), decode=decode)
        return message_from(form, received_at=received_at, sender=sender)

    yield attempt(found, raw=partial(text_of, body))


def _form(text: str) -> dict[str, str]:
    return dict(parse_qsl(wellformed(text), keep_blank_values=True, encoding="utf-8", errors="replace"))


def _is_status(form: dict[str, str]) -> bool:
    """Whether this is a status, posted to the webhook for messages because that one was configured for both."""
    state = form.get("MessageStatus") or form.get("SmsStatus") or "received"
    return state != "received" and not _INBOUND_ONLY & form.keys()


def callback_for(url: str, *, conversation: str, delivery: str) -> str:
    """Return the callback URL of one delivery; logs may contain it, so the conversation should be a pseudonym.

    A fragment stays at the end: Twilio reads its connection settings there ("#rc=5").
    """
    parts = urlsplit(url)
    ours = urlencode({"reply": delivery, "conversation": conversation}, errors="replace")
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, ours)))))


def status_from(
    form: Mapping[str, str],
    *,
    query: Mapping[str, str],
    decode: Callable[[str], str | None] = lambda _: None,
) -> Status | Ignored:
    """Return a form as a `Status`; `query` has the parameters of the callback's own URL.

    `decode` returns the conversation of a pseudonym, None for any other text.

    Raises `Malformed` without a `MessageSid`.
    """
    named = (form.get("MessageStatus") or form.get("SmsStatus") or "unnamed").lower()
    state = _STATES.get(named)
    if state is None:
        return Ignored(name=f"status_{named}")
    provider_id = form.get("MessageSid") or form.get("SmsSid")
    if not provider_id:
        raise Malformed("a status without a MessageSid")
    told = query.get("conversation", "")
    conversation = conversation_from(told) or conversation_from(decode(told))
    delivery = query.get("reply")
    if not (conversation and delivery):
        # Each of our sends names its own callback.
        return Ignored(name=FOREIGN)
    failed = state is DeliveryState.FAILED
    return Status(
        conversation=conversation,
        delivery=delivery,
        provider_id=provider_id,
        state=state,
        at=0,
        sender=f"{PROVIDER.name}:{bare(form.get('From', ''))}",
        code=(form.get("ErrorCode") or None) if failed else None,
        words=(form.get("ErrorMessage") or form.get("ChannelStatusMessage") or None) if failed else None,
    )
