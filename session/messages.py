"""Messages from customers, statuses from providers, deliveries of replies.

Pure; `worker/channels` knows the formats of the providers.
"""

from enum import StrEnum
from typing import Any, Final, Literal

from pydantic import Field, computed_field

from session.content_parts import Kind, Location, Media, Quoted
from session.contents import (
    Attachment,
    Contacts,
    Content,
    Edit,
    Form,
    Place,
    Said,
    Tap,
    Text,
    Timer,
    Welcome,
    is_plain,
)
from session.conversations import conversation_of
from session.prices import Price, Priced
from session.records import Kept, Ms, Record, left_out
from session.replies import Reply

#: Kinds that only change an earlier message.
CHANGES = frozenset({Kind.REACTION, Kind.EDIT, Kind.REVOKE})
#: Kinds that need no answer: they are consumed without calling the assistant.
SILENT = CHANGES | {Kind.SYSTEM}

#: Whether a message was forwarded, or forwarded many times.
Forwarded = Literal["once", "often"]


#: Kinds that are heard: the words in them are what the customer says.
SPOKEN = frozenset({Kind.AUDIO, Kind.VOICE})


class Route(Record):
    """The two ends of a conversation in the provider's own terms; a reply uses the route of its message."""

    channel: str  #: "meta", "twilio" or "telegram"
    #: The business' end: Meta phone_number_id, Twilio number as "+E164", id of the Telegram bot. JSON has its former
    #: name, for other releases.
    sender: str = Field(alias="line")
    address: str  #: the customer's end in the form that the provider needs for sending: digits, "US.x", "whatsapp:+E164"


def with_words(content: Attachment | Contacts, media: tuple[Media, ...]) -> Attachment | Contacts:
    """Return a content with other media. The words of a voice note are its text."""
    words = [one.words for one in media if one.words and content.kind in SPOKEN]
    return content.model_copy(update={"media": media, "text": content.text or "\n".join(words)})


class Referral(Record):
    """The ad, or the post, from which a customer came."""

    headline: str | None = None
    body: str | None = None
    source_url: str | None = None
    source_id: str | None = None
    source_type: str | None = None  #: "ad" or "post"
    ctwa_clid: str | None = None  #: the id of the click, for reports to the provider
    media_url: str | None = None  #: of its picture or video


class Message(Kept):
    """One message from a customer, from any provider."""

    id: str  #: the provider's id (wamid, MessageSid), by which a redelivery is recognised
    customer: str  #: "+" and digits, or the business-scoped user id
    also: tuple[str, ...] = left_out(
        ()
    )  #: other names of the customer that its body shows, see `session.identities`
    formerly: tuple[str, ...] = left_out(
        ()
    )  #: names that the customer had before: it says that they have changed
    scope: str = ""  #: of the sender through which it came, where several businesses share a deployment
    route: Route
    content: Content
    sent_at: int  #: ms since the epoch, by the provider's clock (whole seconds)
    received_at: Ms  #: ms since the epoch, when the webhook stored it
    name: str | None = None  #: the customer's profile name
    reply_to: str | None = None  #: id of the message that is quoted, reacted to, edited or revoked
    #: the message that is quoted, as the history knows it; filled in when it takes its turn, and never stored
    quoted: Quoted | None = Field(None, exclude=True)
    referral: Referral | None = None  #: the ad that brought the customer
    forwarded: Forwarded | None = None
    standby: bool = False  #: another app has the conversation and answers it
    group: str | None = None  #: id of the group in which it was written; group messages are not answered
    details: dict[str, Any] = Field(default_factory=dict)  #: other data of this kind, as the provider sent it
    cut: bool = False  #: it contained more than a WhatsApp message can; the rest is not kept
    format: int | None = None  #: format of the record, see `records.FORMAT`; None is the first

    @computed_field  # type: ignore[prop-decorator]  # earlier releases read it in the record
    @property
    def kind(self) -> Kind:
        """The kind of its content."""
        return self.content.kind

    @computed_field  # type: ignore[prop-decorator]  # earlier releases read it in the record
    @property
    def text(self) -> str:
        """The readable text: body, caption, title of a button, new text of an edit."""
        return self.content.text

    @property
    def payload(self) -> str | None:
        """The id of the tapped button or chosen row, or the response of a form."""
        return self.content.payload if isinstance(self.content, Tap | Form | Welcome) else None

    @property
    def media(self) -> tuple[Media, ...]:
        """Its attachments; those of the new content if it is an edit."""
        said = self.content.new if isinstance(self.content, Edit) else self.content
        return said.media if isinstance(said, Attachment | Contacts) else ()

    @property
    def location(self) -> Location | None:
        """The place that it shares."""
        return self.content.location if isinstance(self.content, Place) else None

    @property
    def edited(self) -> Said | None:
        """The new content of the message that it edits."""
        return self.content.new if isinstance(self.content, Edit) else None

    def edit_of(self, former: Content) -> Said:
        """Return what a message says after this edit of it. A new caption may come without the file, or with the same one."""
        new = self.edited or Text(text=self.text)
        if not (isinstance(new, Attachment) and isinstance(former, Attachment) and new.kind == former.kind):
            return new
        known = {one.id or one.url: one for one in former.media if one.stored or one.why_not}
        media = tuple(one if one.stored else known.get(one.id or one.url, one) for one in new.media)
        return new.model_copy(update={"media": media or former.media})

    @property
    def needs_format(self) -> int:
        """The first format that has everything that is in it."""
        if self.is_timer:
            return 3
        return 1 if is_plain(self.content) and self.referral is None and not self.standby else 2

    @property
    def is_timer(self) -> bool:
        """Whether no customer wrote it: what the assistant has planned is due."""
        return isinstance(self.content, Timer)

    @property
    def conversation(self) -> str:
        """The conversation of the message."""
        return conversation_of(self.customer, self.scope)

    @property
    def is_silent(self) -> bool:
        """Whether it is consumed without calling the assistant."""
        return self.content.kind in SILENT or self.group is not None

    @property
    def counted_as(self) -> str:
        """Its name in logs, events and metrics: its kind, or "group"."""
        return "group" if self.group is not None else self.content.kind


class DeliveryState(StrEnum):
    """The progress of a delivery. It only moves forward, in the order of `_ORDER`."""

    QUEUED = "queued"
    IN_DOUBT = "unknown"  # the connection broke during the send
    SENT = "sent"  # accepted by the provider
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    CANCELLED = "cancelled"  # a takeover came before the send


#: The order of progress. `failed` may follow `sent`, and `delivered` may follow `failed`: a reply that failed, or was
#: cancelled in doubt, may have arrived after all.
_ORDER: Final = (
    DeliveryState.QUEUED,
    DeliveryState.IN_DOUBT,
    DeliveryState.CANCELLED,
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)
#: The states that each state may follow.
BEHIND: Final = {state: _ORDER[:n] for n, state in enumerate(_ORDER)}


class Status(Record):
    """A provider's report about one of our deliveries."""

    conversation: str  #: from the data that we sent along, else from the recipient
    delivery: str | None = None  #: our own id, if the provider returned it
    provider_id: str
    state: DeliveryState
    at: int  #: ms since the epoch, by the provider's clock; 0 if unknown
    code: str | None = None
    words: str | None = None
    price: Price | None = None  #: the class of its price, if the provider names it
    priced: Priced | None = None  #: the same, with what it costs
    sender: str = ""  #: "<channel>:<name>", if the provider names it


class Delivery(Kept):
    """A committed reply on its way: one entry of an outbox, one message at the provider."""

    id: str  #: "<turn>.<n>"; sent along, so that a status can name it
    conversation: str
    route: Route
    reply: Reply
    queued_at: Ms  #: ms since the epoch
    by_agent: bool = False  #: written by an agent, not by the assistant
    fence: int = 0  #: fence of the turn; a takeover cancels the assistant's replies of earlier turns
    received_at: Ms = 0  #: ms since the epoch, when the oldest message that it answers was stored; 0: none
    window_until: Ms = (
        0  #: end of the customer service window, in ms; no free-form reply is sent after it; 0: none
    )
    failed_as: tuple[
        str, ...
    ] = ()  #: the provider's ids of sends that it accepted and later reported as failed
    format: int | None = None  #: format of the record, see `records.FORMAT`; None is the first

    @property
    def needs_format(self) -> int:
        """The first format that has everything that is in it."""
        if self.reply.template:
            return 3
        return 1 if self.reply.is_plain else 2
