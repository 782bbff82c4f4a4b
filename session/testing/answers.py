"""What came of a turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from session.messages import Reply
from session.models import SearchEntry, Session
from session.turn import Asked, Assistant, Turn, consult


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a turn."""

    replies: tuple[Reply, ...] = ()  #: in their order, with their buttons and menus
    escalated: str | None = None  #: the reason for which a person is asked for
    closed: str | None = None  #: the reason for which the session ends
    remembered: Mapping[str, Any] = field(default_factory=dict)  #: None withdraws what was known
    searched: tuple[SearchEntry, ...] = ()
    intent: str | None = None
    language: str | None = None
    session: Session | None = None  #: as it is after the turn; None after `ask`

    @property
    def texts(self) -> list[str]:
        """What was said."""
        return [reply.text for reply in self.replies]

    @property
    def text(self) -> str:
        """What was said, in the only reply. Raises `AssertionError` if there is none, or more than one."""
        assert len(self.replies) == 1, f"one reply was expected, and these came: {self.texts}"  # noqa: S101  (a test's)
        return self.replies[0].text

    @property
    def effects(self) -> dict[str, Any]:
        """Everything that happened, by name, and nothing that did not: so one `==` sees what is too much as well."""
        everything = {
            "replies": self.texts,
            "escalated": self.escalated,
            "closed": self.closed,
            "remembered": dict(self.remembered),
            "searched": [entry.query for entry in self.searched],
            "intent": self.intent,
            "language": self.language,
        }
        return {name: value for name, value in everything.items() if value not in (None, [], {})}


def ask(assistant: Assistant, turn: Turn) -> Answer:
    """Return what an assistant makes of one turn. Raises what it raises, as the house would see it."""
    return answer_of(consult(assistant, turn))


def answer_of(asked: Asked, session: Session | None = None) -> Answer:
    """Return what was asked for as an answer."""
    return Answer(
        replies=tuple(asked.replies),
        escalated=asked.escalation,
        closed=asked.closing,
        remembered=asked.remembered,
        searched=tuple(asked.searches),
        intent=asked.intent,
        language=asked.language,
        session=session,
    )
