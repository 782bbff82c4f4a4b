"""Twilio's webhook forms: a message from a customer, a status of what was sent, and their signature. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from session.messages import Kind
from webhook.simulator.inbound import MIME_TYPES, CustomerMessage
from webhook.simulator.ledger import StatusUpdate

API_VERSION = "2010-04-01"
PREFIX = "whatsapp:"

#: The kinds of message that Twilio carries from WhatsApp; it has no parameters for the others.
CARRIED = frozenset({Kind.TEXT, Kind.LOCATION, Kind.BUTTON, Kind.CHOICE, *MIME_TYPES})


def message_form(
    message: CustomerMessage, *, customer: str, message_id: str, account: str, sender: str
) -> dict[str, str]:
    """Return the form that reports one customer message of a kind in `CARRIED`.

    `customer` is "+" and digits or a business-scoped user id; `sender` is the business' number as "+E164".
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
    form |= _content(message, message_id, account)
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


def twilio_signature(token: str, url: str, form: Mapping[str, str]) -> str:
    """Return the value of `X-Twilio-Signature` for a form posted to a public URL (query included, no fragment)."""
    text = url + "".join(name + form[name] for name in sorted(form))
    # SHA-1 is what Twilio signs with.
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _content(message: CustomerMessage, message_id: str, account: str) -> dict[str, str]:
    if message.kind in MIME_TYPES:
        media = f"https://api.twilio.com/{API_VERSION}/Accounts/{account}/Messages/{message_id}/Media/ME0"
        return {"NumMedia": "1", "MediaContentType0": MIME_TYPES[message.kind], "MediaUrl0": media}
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
