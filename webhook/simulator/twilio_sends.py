"""Reads what the business asks Twilio to send, and refuses what Twilio would refuse. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from webhook.simulator.forms import PREFIX
from webhook.simulator.inbound import customer_of
from webhook.simulator.ledger import Content
from webhook.simulator.refusals import Refusal

_BODY_LIMIT = 1600


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A request that Twilio would accept."""

    customer: str
    content: Content
    status_callback: str | None


def read_send(form: Mapping[str, str], *, sender: str) -> Send | Refusal:
    """Return what a form posted to `Messages.json` sends and to whom, or why Twilio refuses it.

    `sender` is the only number that may send, as "+E164".
    """
    to, from_, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    customer = customer_of(to.removeprefix(PREFIX))
    callback = form.get("StatusCallback") or None
    refusals = (
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
    for applies, code, words in refusals:
        if applies:
            return Refusal(http=400, code=code, words=words)
    kind = "media" if form.get("MediaUrl") else "template" if form.get("ContentSid") else "text"
    content = Content(type=kind, text=body or form.get("ContentSid", ""))
    return Send(customer=customer or "", content=content, status_callback=callback)
