"""The effects of a turn."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from session.async_turn import AsyncTurn
from session.consulting import Assistant, AsyncAssistant, consult, consult_async, is_async
from session.messages import Message
from session.models import SearchEntry, Session
from session.replies import Reply
from session.testing.turns import joining
from session.timers import Planned
from session.turn import Effects, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The effects of a turn."""

    replies: tuple[Reply, ...] = ()  #: in order, with their buttons and menus
    said: tuple[str, ...] = ()  #: the texts of its early replies
    notices: tuple[
        Reply, ...
    ] = ()  #: what is said beside it without asking it, for example while a person is awaited
    escalated: str | None = None  #: the reason for asking for an agent
    closed: str | None = None  #: the reason for ending the session
    remembered: Mapping[str, Any] = field(default_factory=dict)  #: None removes a known fact
    searched: tuple[SearchEntry, ...] = ()
    #: timers and approvals; None cancels one
    planned: Mapping[str, Planned | None] = field(default_factory=dict)
    intent: str | None = None
    language: str | None = None
    ids: tuple[str, ...] = ()  #: of the replies, as a message can quote them; none after `ask`
    session: Session | None = None  #: the session after the turn; None after `ask`

    @property
    def texts(self) -> list[str]:
        """The texts of all replies; of a message template what is known of it."""
        return [_text_of(reply) for reply in self.replies]

    @property
    def text(self) -> str:
        """The text of the only reply. Raises `AssertionError` unless there is exactly one."""
        assert len(self.replies) == 1, f"expected one reply, got {self.texts}"  # noqa: S101  (a test's)
        return _text_of(self.replies[0])

    @property
    def effects(self) -> dict[str, Any]:
        """All effects that occurred, by name: one `==` finds missing and unexpected ones."""
        everything = {
            "said": list(self.said),
            "replies": self.texts,
            "escalated": self.escalated,
            "closed": self.closed,
            "remembered": dict(self.remembered),
            "searched": [entry.query for entry in self.searched],
            "planned": {name: plan and plan.at for name, plan in self.planned.items()},
            "intent": self.intent,
            "language": self.language,
        }
        return {name: value for name, value in everything.items() if value not in (None, [], {})}


def _text_of(reply: Reply) -> str:
    return reply.template.content().text if reply.template else reply.text


def ask(assistant: Assistant | AsyncAssistant, turn: Turn, *, later: Sequence[str | Message] = ()) -> Answer:
    """Return the effects of one turn. Raises what the assistant raises.

    `later` are messages that the customer writes meanwhile: `turn.more()` returns them.
    """
    return answer_of(effects_of(assistant, turn, later))


def effects_of(
    assistant: Assistant | AsyncAssistant, turn: Turn, later: Sequence[str | Message] = ()
) -> Effects:
    """Call an assistant, a coroutine function or not, and return its effects."""
    if is_async(assistant):
        asked: AsyncAssistant = assistant  # type: ignore[assignment]
        return asyncio.run(consult_async(asked, AsyncTurn.of(turn, more=joining(turn, later))))
    return consult(assistant, turn)  # type: ignore[arg-type]


def answer_of(effects: Effects, session: Session | None = None, *, ids: Sequence[str] = ()) -> Answer:
    """Return effects as an answer; `ids` are those of its replies."""
    return Answer(
        replies=tuple(effects.replies),
        said=tuple(reply.text for reply in effects.said),
        escalated=effects.escalation,
        closed=effects.closing,
        remembered=effects.remembered,
        searched=tuple(effects.searches),
        planned=effects.planned,
        intent=effects.intent,
        language=effects.language,
        ids=tuple(ids),
        session=session,
    )
