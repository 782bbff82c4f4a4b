"""What comes out of the room: one message, understood."""

from dataclasses import dataclass
from typing import Any, Literal

from worker.assistants.understanding.notes import Found

Domain = Literal["property", "member", "any"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """What a message says."""

    text: str
    language: str  #: "en", "ar" or "franco"
    intent: str  #: find_property, find_member, show_contact, more, handoff, greeting or other
    entities: dict[str, Any]  #: slots by the names that the session uses
    excluded: dict[str, tuple[Any, ...]]  #: slot -> values that are not wanted
    withdrawn: tuple[str, ...]  #: slots that do not count any more
    signals: tuple[str, ...]  #: cheaper, bigger, pronoun, reset, thanks, goodbye, yes, no, help, ...
    places: tuple[str, ...]  #: all wanted places, the location first
    trace: tuple[Found, ...]  #: which rule found what
