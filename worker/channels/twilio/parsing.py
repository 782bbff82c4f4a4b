"""Reads one form body of Twilio: one message, or one status, a request."""

from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl

from worker.channels.gathering import Found, attempt
from worker.channels.reading import wellformed
from worker.channels.twilio.messages import message_from
from worker.channels.twilio.statuses import status_from

#: What `source` says of the status webhook, before its query.
_STATUS_SOURCE = "twilio-status"

#: What a status never carries.
_INBOUND_ONLY = frozenset({"Body", "NumMedia", "ProfileName", "WaId", "Latitude", "ButtonText", "ListId"})


def read(
    body: bytes,
    *,
    source: str,
    received_at: int,
    sender: str,
    show: Callable[[str], str | None] = lambda _: None,
) -> Iterator[Found]:
    """Yield the one thing that a body holds; never raises.

    `sender` takes a message that names no `To`; `show` returns the conversation of an alias. Values are kept as
    they came: blank ones too, none is trimmed.
    """
    form = _form(body.decode("utf-8", "replace"))
    place, _, query = source.partition("?")

    def found() -> Found:
        if place == _STATUS_SOURCE or _is_status(form):
            return status_from(form, asked=_form(query), show=show)
        return message_from(form, received_at=received_at, sender=sender)

    yield attempt(found, raw=lambda: body.decode("utf-8", "surrogateescape"))


def _form(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace")
    return {wellformed(name): wellformed(value) for name, value in pairs}


def _is_status(form: dict[str, str]) -> bool:
    """Whether a status came in by the webhook for messages, because that one was configured for both."""
    state = form.get("MessageStatus") or form.get("SmsStatus") or "received"
    return state != "received" and not _INBOUND_ONLY & form.keys()
