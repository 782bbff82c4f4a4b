"""What the customer entered in a turn: a text, a tap, or a message without words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from session.messages import Kind, Message
from worker.assistants.understanding.normal import normal

#: Prefix of the ids of rows that stand for a record.
SHOW = "show:"
MORE, HUMAN, SALE, RENT = "more", "human", "sale", "rent"
_TAPS = frozenset({MORE, HUMAN, SALE, RENT})

_WORDLESS = {
    Kind.VOICE: "voice",
    Kind.AUDIO: "voice",
    Kind.IMAGE: "media",
    Kind.VIDEO: "media",
    Kind.DOCUMENT: "media",
    Kind.STICKER: "sticker",
    Kind.LOCATION: "pin",
    Kind.CONTACTS: "card",
    Kind.ORDER: "order",
    Kind.WELCOME: "welcome",
}
_NUMBER = re.compile(r"[\s#(]*(\d{1,2})[\s.):]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInput:
    """What the customer entered."""

    text: str = ""
    tap: str = ""  #: id of the tapped button or row, if it is one of the concierge
    wordless: str = ""  #: kind of the last message, for a turn without text

    @property
    def number(self) -> int:
        """The number, if the text is only a number; otherwise 0."""
        alone = _NUMBER.fullmatch(normal(self.text))
        return int(alone[1]) if alone else 0


def read_input(messages: Sequence[Message]) -> CustomerInput:
    """Return what was entered; if the last message is a tap, only the tap counts."""
    last = messages[-1]
    if last.kind in (Kind.BUTTON, Kind.CHOICE) and last.payload:
        tap = last.payload
        if tap in _TAPS or tap.startswith(SHOW):
            return CustomerInput(tap=tap)
    said = [message for message in messages if message.kind is not Kind.CONTACTS]
    text = "\n".join(message.text for message in said if message.text.strip())
    return CustomerInput(text=text, wordless=_WORDLESS.get(last.kind, "unsupported"))
