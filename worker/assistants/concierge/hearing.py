"""What the messages of a turn come to: one text, or a tap, or things that can only be seen or heard."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from session.messages import Kind, Message
from worker.assistants.understanding.normal import normal

#: How the ids of rows begin that stand for a record.
SHOW = "show:"
MORE, HUMAN, SALE, RENT = "more", "human", "sale", "rent"
_TAPS = frozenset({MORE, HUMAN, SALE, RENT})

_MUTE = {
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
class Heard:
    """What the customer did."""

    text: str = ""
    tap: str = ""  #: what was tapped, if it is ours
    mute: str = ""  #: what came that has no words

    @property
    def number(self) -> int:
        """The number that is all that was said; 0 if more was, or none."""
        alone = _NUMBER.fullmatch(normal(self.text))
        return int(alone[1]) if alone else 0


def hear(messages: Sequence[Message]) -> Heard:
    """Return what was said; if a row or button was tapped last, only that counts."""
    last = messages[-1]
    if last.kind in (Kind.BUTTON, Kind.CHOICE) and last.payload:
        tap = last.payload
        if tap in _TAPS or tap.startswith(SHOW):
            return Heard(tap=tap)
    said = [message for message in messages if message.kind is not Kind.CONTACTS]
    text = "\n".join(message.text for message in said if message.text.strip())
    return Heard(text=text, mute=_MUTE.get(last.kind, "unsupported"))
