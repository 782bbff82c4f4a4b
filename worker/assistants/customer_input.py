"""What the customer entered in a turn: words, written or not, a tap, or a message without words."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from session.content_parts import Kind
from session.contents import Attachment, Contacts, Content, Form, Order, Place, Timer
from session.messages import Message
from worker.assistants.understanding.form_answers import in_words
from worker.assistants.understanding.normal import normal

#: Prefix of the ids of rows that stand for a record.
SHOW = "show:"
MORE, HUMAN, BACK, SALE, RENT, WATCH = "more", "human", "back", "sale", "rent", "watch"
VISIT_YES, VISIT_OTHER = "visit:yes", "visit:other"
_TAPS = frozenset({MORE, HUMAN, BACK, SALE, RENT, WATCH, VISIT_YES, VISIT_OTHER})

_WORDLESS = {
    Kind.VOICE: "voice",
    Kind.AUDIO: "voice",
    Kind.IMAGE: "media",
    Kind.VIDEO: "media",
    Kind.DOCUMENT: "media",
    Kind.STICKER: "sticker",
    Kind.LOCATION: "pin",
    Kind.CONTACTS: "card",
    Kind.FORM: "form",
    Kind.WELCOME: "welcome",
}
#: What a customer writes beside one of these may be about it, and only a person can see it.
_ATTACHED = frozenset({"voice", "media", "pin"})
#: Their words are those of a form or a map, or the assistant's.
_UNWRITTEN = frozenset({Kind.FORM, Kind.LOCATION, Kind.TIMER, Kind.APPROVAL})
_NUMBER = re.compile(r"[\s#(]*(\d{1,2})[\s.):]*")

#: Returns the names of the known places in a text.
PlacesIn = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInput:
    """What the customer entered."""

    text: str = ""
    tap: str = ""  #: id of the tapped button or row, if it is one of the concierge
    wordless: str = ""  #: what the last message is if it is more than a text; "form" if any is one
    written: bool = True  #: whether the customer has written or said something, so that its language tells
    order: str = ""  #: why an order needs a person, with what is ordered; "" without one

    @property
    def number(self) -> int:
        """The number, if the text is only a number; otherwise 0."""
        alone = _NUMBER.fullmatch(normal(self.text))
        return int(alone[1]) if alone else 0

    def chosen_from(self, options: Sequence[str]) -> Self:
        """Return what was entered; a number alone is a tap on the option that it stands for."""
        return type(self)(tap=options[self.number - 1]) if 1 <= self.number <= len(options) else self

    @property
    def is_attached(self) -> bool:
        """Whether the text belongs to something that a program cannot look at."""
        return self.wordless in _ATTACHED


def read_input(messages: Sequence[Message], places_in: PlacesIn, *, members: bool) -> CustomerInput:
    """Return what was entered; if the last message is a tap, only the tap counts.

    The words of a voice note are what a transcriber heard, those of a form its answers, those of a place its name. `members`
    says that members of a directory are looked for, else properties.
    """
    orders = [str(message.content) for message in messages if isinstance(message.content, Order)]
    order = f"sent an order: {'; '.join('; '.join(orders).splitlines())}" if orders else ""
    last = messages[-1]
    if last.kind in (Kind.BUTTON, Kind.CHOICE) and last.payload:
        tap = last.payload
        if tap in _TAPS or tap.startswith(SHOW):
            return CustomerInput(tap=tap, order=order)
    # Only a person may understand a form, whatever is written after it.
    kind = Kind.FORM if any(message.kind is Kind.FORM for message in messages) else last.kind
    said = (_words(message.content, places_in, members=members) for message in messages)
    return CustomerInput(
        text="\n".join(text for text in said if text.strip()),
        wordless="" if kind is Kind.TEXT else _WORDLESS.get(kind, "unsupported"),
        order=order,
        written=any(message.kind not in _UNWRITTEN for message in messages),
    )


def _words(content: Content, places_in: PlacesIn, *, members: bool) -> str:
    match content:
        case Contacts() | Timer():
            return ""
        case Form():
            return in_words(content.answers, members=members)
        case Place():
            return places_in(content.text)
        case Attachment():
            return "\n".join(
                dict.fromkeys(filter(None, [content.text, *(one.words for one in content.media)]))
            )
    return content.text
