"""Meta's webhook bodies: a message from a customer, a status of what was sent. Pure."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from session.channels.meta import PROVIDER as META
from session.channels.meta import meta_signature
from session.content_parts import Kind
from session.records import Record
from webhook.simulator.inbound import MIME_TYPES, CustomerMessage
from webhook.simulator.ledger import StatusUpdate
from webhook.simulator.media.files import File, number_of
from webhook.simulator.provider import CustomerPost, SimulatedProvider, WebhookRequest
from webhook.simulator.settings import Settings

#: The business' number as a person would read it, and its account; both invented.
DISPLAY_NUMBER = "15550001111"
ACCOUNT = "100000000000001"


def message_envelope(
    message: CustomerMessage,
    *,
    customer: str,
    message_id: str,
    at: datetime,
    sender: str,
    file: File | None = None,
) -> dict[str, Any]:
    """Return the body that reports one customer message.

    `customer` is "+" and digits or a business-scoped user id; `sender` is the phone_number_id that it was sent to; `file` what is
    attached.
    """
    phone = customer.removeprefix("+") if customer.startswith("+") else None
    user_id = message.user_id if phone else customer
    told: dict[str, Any] = {
        **({"from": phone} if phone else {}),
        **({"from_user_id": user_id} if user_id else {}),
        "id": message_id,
        "timestamp": seconds_of(at),
        **_content(message, file),
    }
    if message.group_id:
        told["group_id"] = message.group_id
    if message.referral:
        told["referral"] = message.referral
    if message.reply_to and message.kind not in (Kind.REACTION, Kind.EDIT, Kind.REVOKE):
        told["context"] = {"from": DISPLAY_NUMBER, "id": message.reply_to}
    value: dict[str, Any] = {"messages": [told]}
    if message.kind is not Kind.SYSTEM:
        value["contacts"] = [{"profile": {"name": message.name}, **_ids(phone, user_id)}]
    return envelope(value, sender, field="standby" if message.standby else "messages")


def status_envelope(updates: Iterable[StatusUpdate], *, at: datetime, sender: str) -> dict[str, Any]:
    """Return the body that reports the statuses of some messages."""
    return envelope({"statuses": [_status(one, at) for one in updates]}, sender)


def _status(update: StatusUpdate, at: datetime) -> dict[str, Any]:
    received = update.received
    phone = received.customer.removeprefix("+") if received.customer.startswith("+") else None
    told: dict[str, Any] = {
        "id": received.id,
        "status": update.status,
        "timestamp": seconds_of(at),
        **({"recipient_id": phone} if phone else {"recipient_user_id": received.customer}),
    }
    if received.opaque is not None:
        told["biz_opaque_callback_data"] = received.opaque
    if update.code is None:
        category = received.category or "service"
        told["pricing"] = {"billable": True, "pricing_model": "PMP", "category": category, "type": "regular"}
    else:
        title, details = "Message undeliverable", {"details": "Set as a fault."}
        told["errors"] = [{"code": update.code, "title": title, "message": title, "error_data": details}]
    return told


def envelope(value: dict[str, Any], sender: str, *, field: str = "messages") -> dict[str, Any]:
    """Return the body whose only change has this value and field; `sender` is a phone_number_id."""
    metadata = {"display_phone_number": DISPLAY_NUMBER, "phone_number_id": sender}
    # A handover names the number of the business as its recipient.
    name = "recipient" if field == "messaging_handovers" else "metadata"
    change = {"value": {"messaging_product": "whatsapp", name: metadata, **value}, "field": field}
    return {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]}


def _ids(phone: str | None, user_id: str | None) -> dict[str, str]:
    return {**({"wa_id": phone} if phone else {}), **({"user_id": user_id} if user_id else {})}


def seconds_of(at: datetime) -> str:
    """Return an instant as Meta writes it."""
    return str(int(at.timestamp()))


def _content(message: CustomerMessage, file: File | None) -> dict[str, Any]:
    if file:
        return _media(message, file)
    return CONTENTS[message.kind](message)


def _typed(name: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"type": name, name: content}


def _interactive(name: str, content: dict[str, Any]) -> dict[str, Any]:
    return _typed("interactive", _typed(name, content))


def _dump(value: Record | None) -> dict[str, Any]:
    return value.model_dump(exclude_none=True) if value else {}


def _media(message: CustomerMessage, file: File) -> dict[str, Any]:
    name = "audio" if message.kind is Kind.VOICE else str(message.kind)
    media: dict[str, Any] = {
        "mime_type": file.mime_type,
        "sha256": base64.b64encode(file.digest).decode(),
        "id": file.id,
    }
    if name == "audio":
        media["voice"] = message.kind is Kind.VOICE
    if message.kind is Kind.DOCUMENT:
        media["filename"] = file.filename
    if message.text and name not in {"audio", "sticker"}:
        media["caption"] = message.text
    return _typed(name, media)


def _form(message: CustomerMessage) -> dict[str, Any]:
    response = json.dumps(message.details)
    return _interactive("nfm_reply", {"name": "flow", "body": "Sent", "response_json": response})


def _reaction(message: CustomerMessage) -> dict[str, Any]:
    # A removed reaction has no emoji.
    emoji = {"emoji": message.text} if message.text else {}
    return _typed("reaction", {"message_id": message.reply_to, **emoji})


def _edit(message: CustomerMessage) -> dict[str, Any]:
    new = _typed("text", {"body": message.text})
    return _typed("edit", {"original_message_id": message.reply_to, "message": new})


def _unsupported(_: CustomerMessage) -> dict[str, Any]:
    title = "Message type unknown"
    details = {"details": "Message type is currently not supported."}
    error = {"code": 131051, "title": title, "message": title, "error_data": details}
    return {"type": "unsupported", "errors": [error]}


#: How Meta writes each kind of message other than attachments.
CONTENTS: dict[Kind, Callable[[CustomerMessage], dict[str, Any]]] = {
    Kind.TEXT: lambda message: _typed("text", {"body": message.text}),
    Kind.LOCATION: lambda message: _typed("location", _dump(message.location)),
    Kind.BUTTON: lambda message: _interactive("button_reply", _dump(message.button)),
    Kind.CHOICE: lambda message: _interactive("list_reply", _dump(message.row)),
    Kind.FORM: _form,
    Kind.CONTACTS: lambda message: {"type": "contacts", "contacts": [message.details]},
    Kind.ORDER: lambda message: _typed("order", message.details),
    Kind.SYSTEM: lambda message: _typed("system", message.details),
    Kind.REACTION: _reaction,
    Kind.EDIT: _edit,
    Kind.REVOKE: lambda message: _typed("revoke", {"original_message_id": message.reply_to}),
    Kind.WELCOME: lambda _: {"type": "request_welcome"},
    Kind.UNSUPPORTED: _unsupported,
}


def signed(body: dict[str, Any], settings: Settings) -> WebhookRequest:
    """Return the request that posts a body."""
    # Meta escapes what is not ASCII, and signs the escaped bytes.
    raw = json.dumps(body, separators=(",", ":")).encode()
    signature = meta_signature(settings.secret("meta_app_secret"), raw)
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
    return WebhookRequest(url=settings.public_url + META.path, headers=headers, body=raw)


def _message_request(post: CustomerPost, settings: Settings) -> WebhookRequest:
    body = message_envelope(
        post.message,
        customer=post.customer,
        message_id=post.message_id,
        at=post.at,
        sender=settings.meta_phone_number_id,
        file=post.file,
    )
    return signed(body, settings)


def _status_request(updates: Sequence[StatusUpdate], settings: Settings, at: datetime) -> WebhookRequest:
    return signed(status_envelope(updates, at=at, sender=settings.meta_phone_number_id), settings)


#: A real token begins so.
_REAL_TOKEN = re.compile(r"EA[A-Za-z0-9]{30,}")


def _why_real(settings: Settings) -> str | None:
    return (
        "META_ACCESS_TOKEN is a token of Meta's"
        if _REAL_TOKEN.match(settings.secret("meta_access_token"))
        else None
    )


PROVIDER = SimulatedProvider(
    name=META.name,
    message_id=lambda new_id, _customer: f"wamid.{new_id()}",
    carries=frozenset({*CONTENTS, *MIME_TYPES}),
    message=_message_request,
    file_id=number_of,
    number=lambda _: f"+{DISPLAY_NUMBER}",
    statuses=_status_request,
    batches=True,
    pauses=(0.2, 1.0),
    failure_code=131026,  # undeliverable
    why_real=_why_real,
)
