"""What a message says: one model for all kinds, from customers and to them. Pure; the readers of providers create them.

`Content` is a union of the classes below, told apart by `kind`. A text is `text` in all of them: what a person would read of
the message if nothing else were shown.
"""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from session.business_contents import FlowButton, LinkButton, LocationRequest, Options, TemplateMessage
from session.content_parts import Card, ContentBase, Kind, Location, Media, OrderItem, Product
from session.records import Ms, left_out


class Text(ContentBase):
    """A text; with a product, a question about it."""

    kind: Literal[Kind.TEXT] = Kind.TEXT
    text: str = ""
    product: Product | None = None

    def __str__(self) -> str:
        return self.text


#: The kinds of what comes as a file.
AttachmentKind = Literal[Kind.IMAGE, Kind.VIDEO, Kind.DOCUMENT, Kind.AUDIO, Kind.VOICE, Kind.STICKER]


class Attachment(ContentBase):
    """A picture, a video, a document, a sticker, or something to hear; its text is the caption."""

    kind: AttachmentKind
    text: str = ""
    media: tuple[Media, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield its words, or what it is called."""
        # What was heard in a voice note is its text.
        yield from (one.words for one in self.media if one.words and one.words != self.text)
        if not self.text and not any(one.words for one in self.media):
            yield " ".join([f"[{self.kind}]", *(one.filename for one in self.media if one.filename)])


class Place(ContentBase):
    """A place that somebody shared."""

    kind: Literal[Kind.LOCATION] = Kind.LOCATION
    text: str = ""
    location: Location | None = None
    url: str | None = None

    def lines(self) -> Iterator[str]:
        """Yield its coordinates."""
        if self.location:
            latitude, longitude = self.location.latitude, self.location.longitude
            yield f"({latitude}, {longitude})" if self.text else f"{latitude:.6g}, {longitude:.6g}"


class Contacts(ContentBase):
    """Cards of contacts; where a provider sends them as files, these are in `media`."""

    kind: Literal[Kind.CONTACTS] = Kind.CONTACTS
    text: str = ""
    cards: tuple[Card, ...] = ()
    media: tuple[Media, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield a line for each card."""
        yield from (", ".join([card.name, *card.phones, *card.emails]) for card in self.cards)


class Tap(ContentBase):
    """A tapped button or a chosen row; its text is the title."""

    kind: Literal[Kind.BUTTON, Kind.CHOICE]
    text: str = ""
    payload: str | None = None  #: the id of the button or the row
    description: str | None = None
    typed: str | None = None  #: the number that was typed instead


class Form(ContentBase):
    """The answers of a completed form (a flow)."""

    kind: Literal[Kind.FORM] = Kind.FORM
    text: str = ""
    name: str | None = None
    payload: str | None = None  #: the answers as JSON, as the provider sent them

    @property
    def answers(self) -> dict[str, Any]:
        """The answers by the names of their fields, without the token of the form; empty if they cannot be read."""
        try:
            found = json.loads(self.payload or "")
        except (ValueError, RecursionError):
            return {}
        fields = found if isinstance(found, dict) else {}
        return {name: value for name, value in fields.items() if name != "flow_token"}

    def lines(self) -> Iterator[str]:
        """Yield a line for each answer."""
        for name, value in self.answers.items():
            yield f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"


class Order(ContentBase):
    """A cart that the customer sent."""

    kind: Literal[Kind.ORDER] = Kind.ORDER
    text: str = ""
    catalog: str | None = None
    items: tuple[OrderItem, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield a line for each item."""
        yield from map(str, self.items)


class Reaction(ContentBase):
    """An emoji on an earlier message; an empty text removes it. `Message.reply_to` names the message."""

    kind: Literal[Kind.REACTION] = Kind.REACTION
    text: str = ""


class Revoke(ContentBase):
    """An earlier message is deleted. `Message.reply_to` names it."""

    kind: Literal[Kind.REVOKE] = Kind.REVOKE
    text: str = ""


class System(ContentBase):
    """The number or the identity of the customer changed."""

    kind: Literal[Kind.SYSTEM] = Kind.SYSTEM
    text: str = ""
    change: str | None = None  #: in the provider's word: "user_changed_number"


class Welcome(ContentBase):
    """The chat was opened for the first time."""

    kind: Literal[Kind.WELCOME] = Kind.WELCOME
    text: str = ""
    payload: str | None = None  #: what the link said that opened it


class Unsupported(ContentBase):
    """Something that the provider does not pass on, or that is not known here."""

    kind: Literal[Kind.UNSUPPORTED] = Kind.UNSUPPORTED
    text: str = ""
    type: str | None = None  #: in the provider's word
    code: str | None = None  #: the provider's reason
    reason: str | None = None  #: the same in words


class Timer(ContentBase):
    """A timer that has rung: nobody wrote it, the assistant has planned it. Its text is what the assistant wanted to say.

    An approval is one too: a person has decided, or it rings because nobody has in time. Its text is what is asked.
    """

    kind: Literal[Kind.TIMER, Kind.APPROVAL] = Kind.TIMER
    text: str = ""
    name: str = ""
    at: Ms = 0  #: when it was meant to ring, in ms since the epoch; hours of the sender may have put it off
    data: str = left_out("")  #: the payload as JSON
    by_hand: bool = left_out(default=False)  #: an operator has put it back from the dead letters
    approved: bool = left_out(default=False)  #: of an approval: somebody has allowed it
    by: str = left_out("")  #: of an approval: who has decided; "": nobody
    note: str = left_out("")  #: of an approval: what was said with the decision
    outcome: str = left_out(
        ""
    )  #: of an approval: what the assistant tells the person who has the conversation

    def lines(self) -> Iterator[str]:
        """Yield what became of an approval."""
        if self.kind is Kind.APPROVAL:
            decided = f"[{'approved' if self.approved else 'declined'} by {self.by}]"
            yield " ".join(filter(None, (decided if self.by else "[nobody has decided]", self.note)))
            yield self.outcome

    @property
    def payload(self) -> Any:
        """The payload with which it was set; None if it has none."""
        return json.loads(self.data) if self.data else None


_OfBusiness = Options | LinkButton | LocationRequest | FlowButton | TemplateMessage
#: What a message can say by itself.
Said = Annotated[
    Text | Attachment | Place | Contacts | Tap | Form | Order | Welcome | Unsupported | Timer | _OfBusiness,
    Field(discriminator="kind"),
]


class Edit(ContentBase):
    """An earlier message says something else now. `Message.reply_to` names it."""

    kind: Literal[Kind.EDIT] = Kind.EDIT
    text: str = ""  #: the new text
    new: Said | None = None  #: the new content; None if only its text is known


#: What a message is, in all.
Content = Annotated[Said | Reaction | Edit | Revoke | System, Field(discriminator="kind")]


def is_plain(content: Content) -> bool:
    """Whether a content is a text and nothing else."""
    return isinstance(content, Text) and content.product is None


def readable(content: Content) -> str:
    """Return what a history without pictures shows of a message; never empty, except for an empty text."""
    return str(content)
