"""What travels: a message from a customer, a status from a provider, a reply and its delivery.

Values only. How a provider spells them is the business of `worker/channels`.
"""

from enum import StrEnum
from typing import Any, Final

from pydantic import Field

from session.keys import conversation_of
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


#: Kinds that tell something but ask for no answer: they are consumed without a turn of the assistant.
SILENT = frozenset({Kind.REACTION, Kind.SYSTEM, Kind.REVOKE})


class Route(Record):
    """The two ends of a conversation as its provider names them; a reply goes back along the same route."""

    channel: str  #: "meta" or "twilio"
    #: The business' end: Meta phone_number_id, Twilio number as "+E164". JSON has its former name, for other releases.
    sender: str = Field(alias="line")
    address: (
        str  #: the customer's end as the provider wants it when sending: digits, "US.x", "whatsapp:+E164"
    )


class Media(Record):
    """One attachment; the bytes stay with the provider."""

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
    """One message from a customer, whichever provider carried it."""

    id: str  #: the provider's id (wamid, MessageSid): what a redelivery is known by
    customer: str  #: "+" and digits, or the business-scoped user id
    scope: str = ""  #: of the sender through which it came, where several businesses share a deployment
    route: Route
    kind: Kind
    text: str = ""  #: what a person would read: body, caption, title of a button, new text of an edit
    sent_at: int  #: ms since the epoch, by the provider's clock (whole seconds)
    received_at: Ms  #: ms since the epoch, when the webhook stored it
    name: str | None = None  #: the customer's profile name
    reply_to: str | None = None  #: id of the message that is quoted, reacted to, edited or revoked
    payload: str | None = None  #: id of the tapped button or chosen row, response of a form
    media: tuple[Media, ...] = ()
    location: Location | None = None
    group: str | None = None  #: id of the group into which it was written; nobody is answered there
    details: dict[str, Any] = Field(default_factory=dict)  #: the rest of this kind, as the provider sent it
    cut: bool = False  #: it held more than a message of WhatsApp can hold; what was beyond is not kept
    format: int | None = None  #: of the record, see `records.FORMAT`; None is the first

    @property
    def conversation(self) -> str:
        """The conversation that it belongs to."""
        return conversation_of(self.customer, self.scope)

    @property
    def is_silent(self) -> bool:
        """Whether it is consumed without asking the assistant, and leaves nothing in the session."""
        return self.kind in SILENT or self.group is not None

    @property
    def counted_as(self) -> str:
        """What logs, events and metrics call it: its kind, or "group"."""
        return "group" if self.group is not None else self.kind


class DeliveryState(StrEnum):
    """How far a delivery has come. Only ever forward, except that `failed` may follow `sent`."""

    QUEUED = "queued"
    UNKNOWN = "unknown"  # the connection died in the middle of the send
    SENT = "sent"  # accepted by the provider
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    CANCELLED = "cancelled"  # a person took over before it was sent


#: How far a delivery can come. What failed, or was cancelled in doubt, may have arrived after all.
_ORDER: Final = (
    DeliveryState.QUEUED,
    DeliveryState.UNKNOWN,
    DeliveryState.CANCELLED,
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)
#: The states that each state may follow.
BEHIND: Final = {state: _ORDER[:n] for n, state in enumerate(_ORDER)}


class Status(Record):
    """What a provider tells about one of our deliveries."""

    conversation: str  #: from what we sent along, else from the recipient
    delivery: str | None = None  #: our own id, if the provider echoed it
    provider_id: str
    state: DeliveryState
    at: int  #: ms since the epoch, by the provider's clock; 0 where it tells none
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
    """A list that opens from a button; the customer chooses one row."""

    button: str  #: the label that opens the list
    rows: tuple[Row, ...]


class Reply(Record):
    """What is said to the customer, before a channel renders it. Buttons and a menu exclude each other."""

    text: str
    buttons: tuple[Button, ...] = ()
    menu: Menu | None = None
    reply_to: str | None = None  #: id of the customer's message to quote
    #: Where options are written as numbered lines, the number of the first. A turn's second menu counts on.
    first_number: int = Field(1, exclude=True)


class Delivery(Kept):
    """A committed reply on its way: one entry of an outbox, one message at the provider."""

    id: str  #: "<turn>.<n>"; sent along, so that a status callback can name it
    conversation: str
    route: Route
    reply: Reply
    queued_at: Ms  #: ms since the epoch
    by_agent: bool = False  #: a person says it, not the assistant
    fence: int = 0  #: of the turn; a takeover cancels the assistant's replies of the turns before it
    received_at: Ms = 0  #: ms since the epoch, when the oldest message that it answers came in; 0: none
    window_until: Ms = (
        0  #: end of the customer service window, in ms; nothing free-form goes out after it; 0: none
    )
    failed_as: tuple[str, ...] = ()  #: the provider's ids of sends that it accepted, and gave up later
    format: int | None = None  #: of the record, see `records.FORMAT`; None is the first
