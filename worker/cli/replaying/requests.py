"""Writes a customer's message as the request that its provider would post, signed. Pure; times and ids come in."""

import base64
import hashlib
import json
from dataclasses import dataclass
from urllib.parse import urlencode

from session.channels.meta import PROVIDER as META
from session.channels.meta import meta_signature
from session.channels.twilio import PROVIDER as TWILIO
from session.channels.twilio import twilio_signature

_NAME = "Replayed Customer"
_MIME = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a customer wrote, with the id that the provider gave it."""

    id: str
    customer: str  #: "+" and digits
    text: str
    at: int  #: seconds since the epoch
    picture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One request to the webhook."""

    path: str
    headers: dict[str, str]
    body: bytes


def meta_post(written: Written, *, secret: str, sender: str) -> Post:
    """Return the request by which Meta tells of a message to the sender (its phone_number_id)."""
    digits = written.customer.removeprefix("+")
    picture = {
        "mime_type": _MIME,
        "sha256": base64.b64encode(hashlib.sha256(written.id.encode()).digest()).decode(),
        "id": f"media-{written.id[-12:]}",
        "caption": written.text,
    }
    content = {"type": "image", "image": picture} if written.picture else _text(written.text)
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": sender},
        "contacts": [{"profile": {"name": _NAME}, "wa_id": digits}],
        "messages": [{"from": digits, "id": written.id, "timestamp": str(written.at), **content}],
    }
    entry = {"id": "100000000000001", "changes": [{"value": value, "field": "messages"}]}
    envelope = {"object": "whatsapp_business_account", "entry": [entry]}
    # Meta escapes what is not ASCII, and signs the escaped bytes.
    body = json.dumps(envelope, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": meta_signature(secret, body)}
    return Post(path=META.path, headers=headers, body=body)


def twilio_post(written: Written, *, token: str, account: str, sender: str, public_url: str) -> Post:
    """Return the request by which Twilio tells of a message to the sender ("+E164"); it signs the public URL."""
    form = {
        "SmsMessageSid": written.id,
        "NumMedia": "1" if written.picture else "0",
        "ProfileName": _NAME,
        "MessageType": "image" if written.picture else "text",
        "SmsSid": written.id,
        "WaId": written.customer.removeprefix("+"),
        "SmsStatus": "received",
        "Body": written.text,
        "To": f"whatsapp:{sender}",
        "NumSegments": "1",
        "MessageSid": written.id,
        "AccountSid": account,
        "From": f"whatsapp:{written.customer}",
        "ApiVersion": "2010-04-01",
    }
    if written.picture:
        media = f"https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{written.id}/Media/ME0"
        form |= {"MediaContentType0": _MIME, "MediaUrl0": media}
    signature = twilio_signature(token, f"{public_url}{TWILIO.path}".encode(), form.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return Post(path=TWILIO.path, headers=headers, body=urlencode(form).encode())


def _text(text: str) -> dict[str, object]:
    return {"type": "text", "text": {"body": text}}
