"""Returns a customer's message as the signed request that its provider would post. Pure; times and ids are arguments."""

import base64
import hashlib
import json
from dataclasses import dataclass
from urllib.parse import urlencode

from session.channels.meta import PROVIDER as META
from session.channels.meta import meta_signature
from session.channels.twilio import PROVIDER as TWILIO
from session.channels.twilio import twilio_signature
from worker.cli.replay.schedule import PlannedMessage

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The provider accounts that the requests are signed for."""

    meta_secret: str = ""
    meta_sender: str = ""
    twilio_token: str = ""
    twilio_account: str = ""
    twilio_sender: str = ""
    public_url: str = ""

    def missing(self, channel: str) -> str | None:
        """Return the names of the settings that a channel still needs; None if it has all."""
        needs = {
            "meta": {"META_APP_SECRET": self.meta_secret, "META_PHONE_NUMBER_ID": self.meta_sender},
            "twilio": {
                "TWILIO_AUTH_TOKEN": self.twilio_token,
                "TWILIO_ACCOUNT_SID": self.twilio_account,
                "TWILIO_FROM": self.twilio_sender,
                "PUBLIC_URL": self.public_url,
            },
        }[channel]
        return ", ".join(name for name, value in needs.items() if not value) or None

    def request(self, planned: PlannedMessage, *, at: float) -> SignedRequest:
        """Return the signed request of a message."""
        message = CustomerText(
            id=planned.id, customer=planned.customer, text=planned.text, at=int(at), picture=planned.picture
        )
        if planned.channel == "meta":
            return meta_request(message, secret=self.meta_secret, sender=self.meta_sender)
        return twilio_request(
            message,
            token=self.twilio_token,
            account=self.twilio_account,
            sender=self.twilio_sender,
            public_url=self.public_url,
        )


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
