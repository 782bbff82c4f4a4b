"""Reads a send request to Twilio, and rejects what Twilio would reject. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from session.channels.twilio import PREFIX
from webhook.simulator.inbound import customer_of
from webhook.simulator.ledger import SentContent
from webhook.simulator.rejections import Rejection

_BODY_LIMIT = 1600


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSend:
    """A send request that Twilio would accept."""

    customer: str
    content: SentContent
    status_callback: str | None


def read_send(form: Mapping[str, str], *, sender: str) -> TwilioSend | Rejection:
    """Return the content and the recipient of a form posted to `Messages.json`, or why Twilio rejects it.

    `sender` is the only number that may send, as "+E164".
    """
    to, from_, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    customer = customer_of(to.removeprefix(PREFIX))
    callback = form.get("StatusCallback") or None
    rejections = (
        (not to, 21604, "A 'To' phone number is required."),
        (customer is None, 21211, "Invalid 'To' Phone Number"),
        (not from_ and not form.get("MessagingServiceSid"), 21603, "A 'From' phone number is required."),
        (
            bool(from_) and from_ != PREFIX + sender,
            63007,
            "Twilio could not find a Channel with the specified From address",
        ),
        (not to.startswith(PREFIX), 21910, "Invalid From and To pair: both must be of the same channel"),
        (
            not (body or form.get("MediaUrl") or form.get("ContentSid")),
            21619,
            "At least one of body, media or content must be given.",
        ),
        (len(body) > _BODY_LIMIT, 21617, "The concatenated message body exceeds the 1600 character limit"),
        (
            callback is not None and not callback.startswith(("http://", "https://")),
            21609,
            "The StatusCallback URL is not a valid URL.",
        ),
    )
    for applies, code, message in rejections:
        if applies:
            return Rejection(http=400, code=code, message=message)
    kind = "media" if form.get("MediaUrl") else "template" if form.get("ContentSid") else "text"
    content = SentContent(type=kind, text=body or form.get("ContentSid", ""))
    return TwilioSend(customer=customer or "", content=content, status_callback=callback)
