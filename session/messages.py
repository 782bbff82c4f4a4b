"""Messages from customers, statuses from providers, replies and their deliveries.

Pure; `worker/channels` knows the formats of the providers.
"""

from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from session.conversations import conversation_of
from session.records import Kept, Ms, Record


class Kind(StrEnum):
    """What a customer sent."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    AUDIO = "audio"
    VOICE = "voice"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACTS = "contacts"
    BUTTON = "button"  # a tapped button, interactive or of a template
    CHOICE = "choice"  # a row chosen from a list
    FORM = "form"  # a completed flow
    ORDER = "order"
    REACTION = "reaction"
    SYSTEM = "system"  # the number or the identity of the customer changed
    EDIT = "edit"
    REVOKE = "revoke"
    WELCOME = "welcome"  # the chat was opened for the first time, nothing was written
    UNSUPPORTED = "unsupported"


#: Kinds that need no answer: they are consumed without calling the assistant.
SILENT = frozenset({Kind.REACTION, Kind.SYSTEM, Kind.REVOKE})


class Route(Record):
    """The two ends of a conversation in the provider's own terms; a reply uses the route of its message."""

    channel: str  #: "meta", "twilio" or "telegram"
    #: The business' end: Meta phone_number_id, Twilio number as "+E164", id of the Telegram bot. JSON has its former
    #: name, for other releases.
    sender: str = Field(alias="line")
    address: str  #: the customer's end in the form that the provider needs for sending: digits, "US.x", "whatsapp:+E164"


class Media(Record):
    """One attachment; its bytes stay at the provider."""

    mime_type: str = ""
    id: str | None = None  #: Meta's media id
    url: str | None = None
    filename: str | None = None
    sha256: str | None = None


class Location(Record):
    """A place that the customer shared."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class Message(Kept):
    """One message from a customer, from any provider."""

    id: str  #: the provider's id (wamid, MessageSid), by which a redelivery is recognised
    customer: str  #: "+" and digits, or the business-scoped user id
    scope: str = ""  #: of the sender through which it came, where several businesses share a deployment
    route: Route
    kind: Kind
    text: str = ""  #: the readable text: body, caption, title of a button, new text of an edit
    sent_at: int  #: ms since the epoch, by the provider's clock (whole seconds)
    received_at: Ms  #: ms since the epoch, when the webhook stored it
    name: str | None = None  #: the customer's profile name
    reply_to: str | None = None  #: id of the message that is quoted, reacted to, edited or revoked
    payload: str | None = None  #: id of the tapped button or chosen row, response of a form
    media: tuple[Media, ...] = ()
    location: Location | None = None
    group: str | None = None  #: id of the group in which it was written; group messages are not answered
    details: dict[str, Any] = Field(default_factory=dict)  #: other data of this kind, as the provider sent it
    cut: bool = False  #: it contained more than a WhatsApp message can; the rest is not kept
    format: int | None = None  #: format of the record, see `records.FORMAT`; None is the first

    @property
    def conversation(self) -> str:
        """The conversation of the message."""
        return conversation_of(self.customer, self.scope)

    @property
    def is_silent(self) -> bool:
        """Whether it is consumed without calling the assistant, and leaves nothing in the session."""
        return self.kind in SILENT or self.group is not None

    @property
    def counted_as(self) -> str:
        """Its name in logs, events and metrics: its kind, or "group"."""
        return "group" if self.group is not None else self.kind


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


class Button(Record):
    """A button under a reply."""

    id: str
    title: str


class Row(Record):
    """A row of a menu."""

    id: str
    title: str
    description: str | None = None


class Menu(Record):
    """A list that opens from a button; the customer selects one row."""

    button: str  #: the label that opens the list
    rows: tuple[Row, ...]


class Reply(Record):
    """A reply to the customer, before a channel renders it. It has either buttons or a menu."""

    text: str
    buttons: tuple[Button, ...] = ()
    menu: Menu | None = None
    reply_to: str | None = None  #: id of the customer's message to quote
    #: Where options are shown as numbered text, the number of the first one. The second menu of a turn continues.
    first_number: int = Field(1, exclude=True)


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
