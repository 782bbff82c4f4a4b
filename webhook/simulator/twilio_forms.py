"""Twilio's webhook forms: a message from a customer, a status of what was sent. Pure."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from session.channels.twilio import PREFIX, twilio_signature
from session.channels.twilio import PROVIDER as TWILIO
from session.content_parts import Kind
from webhook.simulator.inbound import MIME_TYPES, CustomerMessage
from webhook.simulator.ledger import StatusUpdate
from webhook.simulator.media.files import File
from webhook.simulator.provider import CustomerPost, SimulatedProvider, WebhookRequest
from webhook.simulator.settings import Settings

API_VERSION = "2010-04-01"

#: The kinds of message that Twilio carries from WhatsApp; it has no parameters for the others.
CARRIED = frozenset({Kind.TEXT, Kind.LOCATION, Kind.BUTTON, Kind.CHOICE, *MIME_TYPES})


def message_form(
    message: CustomerMessage,
    *,
    customer: str,
    message_id: str,
    account: str,
    sender: str,
    media: tuple[str, File] | None = None,
) -> dict[str, str]:
    """Return the form that reports one customer message of a kind in `CARRIED`.

    `customer` is "+" and digits or a business-scoped user id; `sender` is the business' number as "+E164"; `media` what is
    attached, and its URL.
    """
    is_phone = customer.startswith("+")
    form = {
        "SmsMessageSid": message_id,
        "NumMedia": "0",
        "ProfileName": message.name,
        "MessageType": str(message.kind),
        "SmsSid": message_id,
        "SmsStatus": "received",
        "Body": message.text,
        "To": PREFIX + sender,
        "NumSegments": "1",
        "MessageSid": message_id,
        "AccountSid": account,
        "From": PREFIX + customer,
        "ApiVersion": API_VERSION,
        **({"WaId": customer.removeprefix("+")} if is_phone else {"ExternalUserId": customer}),
    }
    form |= _content(message, media)
    if message.reply_to:
        form |= {
            "OriginalRepliedMessageSid": message.reply_to,
            "OriginalRepliedMessageSender": PREFIX + sender,
        }
    return form


def status_form(update: StatusUpdate, *, account: str, sender: str) -> dict[str, str]:
    """Return the form that reports the status of one message."""
    received = update.received
    why = {} if update.code is None else {"ErrorCode": str(update.code), "ErrorMessage": "Set as a fault."}
    return {
        "SmsSid": received.id,
        "SmsStatus": update.status,
        "MessageSid": received.id,
        "MessageStatus": update.status,
        "AccountSid": account,
        "ChannelPrefix": "whatsapp",
        "ChannelToAddress": received.customer,
        "To": PREFIX + received.customer,
        "From": PREFIX + sender,
        "ApiVersion": API_VERSION,
        **why,
    }


def _content(message: CustomerMessage, media: tuple[str, File] | None) -> dict[str, str]:
    if media:
        url, file = media
        return {"NumMedia": "1", "MediaContentType0": file.mime_type, "MediaUrl0": url}
    if message.location:
        place = message.location
        names = {"Label": place.name, "Address": place.address}
        return {
            "Latitude": str(place.latitude),
            "Longitude": str(place.longitude),
            **{name: value for name, value in names.items() if value},
        }
    if message.button:
        tapped = message.button
        return {"Body": tapped.title, "ButtonText": tapped.title, "ButtonPayload": tapped.id}
    if message.row:
        chosen = message.row
        return {"Body": chosen.title, "ListId": chosen.id, "ListTitle": chosen.title}
    return {}


def media_sid(message_sid: str) -> str:
    """Return the id of the only medium of a message: ME and 32 hexadecimal digits."""
    return "ME" + hashlib.blake2b(message_sid.encode(), digest_size=16).hexdigest()


def message_sid(new_id: Callable[[], str]) -> str:
    """Return a new id in Twilio's format: SM and 32 hexadecimal digits."""
    return "SM" + hashlib.blake2b(new_id().encode(), digest_size=16).hexdigest()


def _signed(form: Mapping[str, str], settings: Settings, url: str) -> WebhookRequest:
    public = url.partition("#")[0]
    signature = twilio_signature(settings.secret("twilio_auth_token"), public.encode(), form.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return WebhookRequest(url=public, headers=headers, body=urlencode(form).encode())


def _message_request(post: CustomerPost, settings: Settings) -> WebhookRequest:
    account, file = settings.twilio_account_sid, post.file
    path = f"/{API_VERSION}/Accounts/{account}/Messages/{post.message_id}/Media/"
    form = message_form(
        post.message,
        customer=post.customer,
        message_id=post.message_id,
        account=account,
        sender=settings.twilio_from,
        media=(settings.twilio_api_url + path + file.id, file) if file else None,
    )
    return _signed(form, settings, settings.public_url + TWILIO.path)


def _status_request(updates: Sequence[StatusUpdate], settings: Settings, _at: datetime) -> WebhookRequest:
    (update,) = updates
    form = status_form(update, account=settings.twilio_account_sid, sender=settings.twilio_from)
    return _signed(form, settings, update.received.status_callback or "")


_REAL_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
#: A real account is 32 random digits; the simulated one is nearly all zeros.
_RANDOM = 6


def _why_real(settings: Settings) -> str | None:
    account = settings.twilio_account_sid
    real = _REAL_ACCOUNT.fullmatch(account) and len(set(account)) > _RANDOM
    return "TWILIO_ACCOUNT_SID is an account at Twilio" if real else None


PROVIDER = SimulatedProvider(
    name=TWILIO.name,
    message_id=lambda new_id, _customer: message_sid(new_id),
    carries=CARRIED,
    message=_message_request,
    file_id=media_sid,
    number=lambda settings: settings.twilio_from,
    statuses=_status_request,
    is_reported=lambda received: received.status_callback is not None,
    failure_code=63016,  # the customer service window is closed
    why_real=_why_real,
)
