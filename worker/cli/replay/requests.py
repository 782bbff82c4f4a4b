"""Returns a customer's message as the signed request that its provider would post. Pure; times and ids are arguments."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from pydantic import SecretStr

from session.channels import ChannelSettings
from session.channels.meta import PROVIDER as META
from session.channels.meta import meta_signature
from session.channels.twilio import PROVIDER as TWILIO
from session.channels.twilio import bare, twilio_signature

_NAME = "Replayed Customer"
_MIME = "image/jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerText:
    """A message of a customer, with the id that the provider gave it."""

    id: str
    customer: str  #: "+" and digits
    text: str
    at: int  #: seconds since the epoch
    picture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request to the webhook."""

    path: str
    headers: dict[str, str]
    body: bytes


def meta_request(message: CustomerText, *, secret: str, sender: str) -> SignedRequest:
    """Return Meta's request for a message to the sender (a phone_number_id)."""
    digits = message.customer.removeprefix("+")
    picture = {
        "mime_type": _MIME,
        "sha256": base64.b64encode(hashlib.sha256(message.id.encode()).digest()).decode(),
        "id": f"media-{message.id[-12:]}",
        "caption": message.text,
    }
    content = {"type": "image", "image": picture} if message.picture else _text(message.text)
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": sender},
        "contacts": [{"profile": {"name": _NAME}, "wa_id": digits}],
        "messages": [{"from": digits, "id": message.id, "timestamp": str(message.at), **content}],
    }
    entry = {"id": "100000000000001", "changes": [{"value": value, "field": "messages"}]}
    envelope = {"object": "whatsapp_business_account", "entry": [entry]}
    # Meta escapes what is not ASCII, and signs the escaped bytes.
    body = json.dumps(envelope, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": meta_signature(secret, body)}
    return SignedRequest(path=META.path, headers=headers, body=body)


def twilio_request(
    message: CustomerText, *, token: str, account: str, sender: str, public_url: str
) -> SignedRequest:
    """Return Twilio's request for a message to the sender ("+E164"); the public URL is signed too."""
    form = {
        "SmsMessageSid": message.id,
        "NumMedia": "1" if message.picture else "0",
        "ProfileName": _NAME,
        "MessageType": "image" if message.picture else "text",
        "SmsSid": message.id,
        "WaId": message.customer.removeprefix("+"),
        "SmsStatus": "received",
        "Body": message.text,
        "To": f"whatsapp:{sender}",
        "NumSegments": "1",
        "MessageSid": message.id,
        "AccountSid": account,
        "From": f"whatsapp:{message.customer}",
        "ApiVersion": "2010-04-01",
    }
    if message.picture:
        media = f"https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{message.id}/Media/ME0"
        form |= {"MediaContentType0": _MIME, "MediaUrl0": media}
    signature = twilio_signature(token, f"{public_url}{TWILIO.path}".encode(), form.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return SignedRequest(path=TWILIO.path, headers=headers, body=urlencode(form).encode())


def _text(text: str) -> dict[str, object]:
    return {"type": "text", "text": {"body": text}}


def _of_meta(message: CustomerText, settings: ChannelSettings, _public_url: str) -> SignedRequest:
    secret = _text_of(settings, "meta_app_secret")
    return meta_request(message, secret=secret, sender=settings.meta_phone_number_id)


def _of_twilio(message: CustomerText, settings: ChannelSettings, public_url: str) -> SignedRequest:
    return twilio_request(
        message,
        token=_text_of(settings, "twilio_auth_token"),
        account=settings.twilio_account_sid,
        sender=bare(settings.twilio_from),
        public_url=public_url,
    )


def _text_of(settings: ChannelSettings, secret: str) -> str:
    value: SecretStr | None = getattr(settings, secret)
    return value.get_secret_value() if value else ""


def _hex(text: str) -> str:
    return text.encode().hex()[-32:].rjust(32, "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedChannel:
    """A provider whose requests can be replayed."""

    needs: tuple[str, ...]  #: settings without which nothing can be signed
    message_id: Callable[[str], str]  #: returns an id in the provider's form
    #: returns the signed request of a message; the public URL is the one that the deployment has
    request: Callable[[CustomerText, ChannelSettings, str], SignedRequest]


CHANNELS: Mapping[str, ReplayedChannel] = {
    META.name: ReplayedChannel(
        needs=("meta_app_secret", "meta_phone_number_id"),
        message_id=lambda ref: f"wamid.replay.{ref}",
        request=_of_meta,
    ),
    TWILIO.name: ReplayedChannel(
        needs=TWILIO.needs, message_id=lambda ref: f"SM{_hex(ref)}", request=_of_twilio
    ),
}
