"""What an assistant asks for in a turn. Pure: it happens at the commit."""

from dataclasses import dataclass, field
from typing import Any

from session.facts import KnownFacts
from session.models import SearchEntry
from session.replies import Reply
from session.timers import Planned


@dataclass(slots=True, kw_only=True)
class Effects:
    """Everything that an assistant asked for in one turn."""

    replies: list[Reply] = field(default_factory=list)
    said: list[Reply] = field(default_factory=list)  #: early replies, which have left already
    late: list[Reply] = field(default_factory=list)  #: those for which there was no room: they come first
    searches: list[SearchEntry] = field(default_factory=list)
    remembered: dict[str, Any] = field(default_factory=dict)  #: None removes a known fact
    planned: dict[str, Planned | None] = field(default_factory=dict)  #: timers by name; None cancels one
    escalation: str | None = None  #: reason
    closing: str | None = None  #: reason
    intent: str | None = None
    language: str | None = None
    passed_on: bool = False  #: it was not asked: a person is to answer the messages in its place
    tells_when: bool = False  #: its replies tell when a person answers
    facts: type[KnownFacts] = KnownFacts  #: the model of the known facts
    known: KnownFacts | None = None  #: the known facts after `remembered`; None if nothing was remembered
