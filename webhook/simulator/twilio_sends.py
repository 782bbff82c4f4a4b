"""Reads a send request to Twilio, and rejects what Twilio would reject. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from session.channels.twilio import PREFIX
from webhook.simulator.inbound import customer_of
from webhook.simulator.ledger import SentContent, SentMedia, SentPlace
from webhook.simulator.rejections import Rejection
from webhook.simulator.templates import Definition
from webhook.simulator.twilio_contents import content_from

_BODY_LIMIT = 1600

#: "geo:<latitude>,<longitude>|<label>"
_GEO = re.compile(r"geo:(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)(?:\|(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSend:
    """A send request that Twilio would accept."""

    customer: str
    content: SentContent
    status_callback: str | None


def read_send(
    form: Mapping[str, str],
    *,
    sender: str,
    sids: Mapping[str, str],
    templates: Sequence[Definition] = (),
) -> TwilioSend | Rejection:
    """Return the content and the recipient of a form posted to `Messages.json`, or why Twilio rejects it.

    `sender` is the only number that may send, as "+E164"; `sids` has the Content templates of the account by shape, `templates` its
    message templates.
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
    content = (
        content_from(form, sids, templates)
        if form.get("ContentSid")
        else _place(form, body) or _content(form, body)
    )
    if isinstance(content, Rejection):
        return content
    if content is None:
        return Rejection(http=400, code=21620, message="Invalid media URL or geo action.")
    return TwilioSend(customer=customer or "", content=content, status_callback=callback)


def _place(form: Mapping[str, str], body: str) -> SentContent | None:
    found = _GEO.fullmatch(form.get("PersistentAction", ""))
    if not found:
        return None
    place = SentPlace(latitude=float(found[1]), longitude=float(found[2]), name=body, address=found[3])
    return SentContent(type="location", text=body, location=place)


def _content(form: Mapping[str, str], body: str) -> SentContent | None:
    """Return what a form says; None if something in it cannot be used."""
    link = form.get("MediaUrl")
    if form.get("PersistentAction") or (link and not link.startswith(("http://", "https://"))):
        return None
    if link:
        return SentContent(type="media", text=body, media=SentMedia(kind="media", link=link))
    return SentContent(type="text", text=body)
