"""The values that contents are made of. Pure; `contents` says which content has which."""

from collections.abc import Iterator
from enum import StrEnum

from session.records import Record


class Kind(StrEnum):
    """What a message is."""

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
    OPTIONS = "options"  # buttons or a list, from the business
    LINK = "link"  # a button that opens an address, from the business
    LOCATION_REQUEST = "location_request"  # a button by which a place is sent, from the business
    FLOW = "flow"  # a button that opens a form, from the business
    TEMPLATE = "template"  # a message template, from the business
    TIMER = "timer"  # nobody wrote: what the assistant has planned is due
    APPROVAL = (
        "approval"  # the same: what it has asked a person for is decided, or nobody has decided in time
    )


class ContentBase(Record):
    """What all contents have in common. As a string it is what a history without pictures shows of it."""

    kind: Kind
    text: str = ""

    def __str__(self) -> str:
        return "\n".join(filter(None, (self.text, *self.lines()))) or f"[{self.kind}]"

    def lines(self) -> Iterator[str]:
        """Yield what it says beside its text."""
        yield from ()


class Role(StrEnum):
    """The author of an entry of the history."""

    USER = "user"
    ASSISTANT = "assistant"
    AGENT = "agent"
    TIMER = "timer"  # nobody: a timer of the conversation has rung


class Quoted(Record):
    """An earlier message that is quoted."""

    id: str  #: as the provider names it
    role: Role | None = None  #: who said it; None if it is not in the history any more
    text: str = ""  #: its beginning
    entry: str | None = None  #: the `message_id` of its entry in the history


class Media(Record):
    """One attachment. Its bytes are in the media store if it has been kept there, and else at the provider."""

    mime_type: str = ""
    id: str | None = None  #: Meta's media id
    url: str | None = None
    filename: str | None = None
    sha256: str | None = None
    size: int | None = None  #: bytes
    stored: str | None = None  #: its key in the media store
    why_not: str | None = None  #: why it is not there
    words: str | None = None  #: what was heard or seen in it


class Location(Record):
    """A place."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


class Card(Record):
    """The card of a contact."""

    name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organisation: str | None = None


class OrderItem(Record):
    """One line of an order."""

    product: str  #: the id of the shop (`product_retailer_id`)
    quantity: float = 1
    price: float | None = None  #: of one
    currency: str | None = None  #: ISO 4217

    def __str__(self) -> str:
        price = f", {self.price:,.15g} {self.currency or ''}".rstrip() if self.price is not None else ""
        return f"{self.quantity:.15g} × {self.product or '?'}{price}"


class Product(Record):
    """A product of a catalogue at Meta."""

    id: str  #: the id of the shop (`product_retailer_id`)
    catalog: str | None = None


class Option(Record):
    """Something that a customer could tap."""

    id: str
    title: str
    description: str | None = None
