"""What an assistant reads from a turn, and what it may ask for. Pure: effects happen only at the commit."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from inspect import iscoroutinefunction
from typing import Any, Protocol, TypeGuard

from session import phrases
from session.bounds import bounded
from session.errors import BadAssistant, NoCatalogue, SearchLimitReached
from session.facts import KnownFacts, facts_of
from session.messages import Button, Menu, Message, Reply
from session.models import HistoryEntry, Member, SearchEntry, Session

#: Characters of a reason, an intent or the name of a language.
_LONGEST_WORD = 1000


class Catalogue(Protocol):
    """A searchable catalogue, named by `CATALOGUE=package.module:name`."""

    def __call__(self, kind: str, query: str, /, **filters: Any) -> Sequence[Any]:
        """Return the records of a kind that answer a query, best first."""


@dataclass(slots=True, kw_only=True)
class Effects:
    """Everything that an assistant asked for in one turn."""

    replies: list[Reply] = field(default_factory=list)
    searches: list[SearchEntry] = field(default_factory=list)
    remembered: dict[str, Any] = field(default_factory=dict)  #: None removes a known fact
    escalation: str | None = None  #: reason
    closing: str | None = None  #: reason
    intent: str | None = None
    language: str | None = None
    facts: type[KnownFacts] = KnownFacts  #: the model of the known facts
    known: KnownFacts | None = None  #: the known facts after `remembered`; None if nothing was remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchBudget:
    """How many searches are left in this window."""

    left: int
    again_in: timedelta  #: until the window ends


class Turn:
    """One turn: the new messages of a customer, the history, and the effects that an assistant asks for.

    An assistant is a callable that takes a turn and returns a text, a `Reply` or None. Replies passed to `reply` are sent
    before the returned one. It may be called again with the same messages after a crash, so its own side effects must be
    repeatable.
    """

    def __init__(
        self,
        *,
        session: Session,
        messages: Sequence[Message],
        now: datetime,
        budget: SearchBudget,
        kind: str = "",
        catalogue: Catalogue | None = None,
    ) -> None:
        self.session = session  #: with the new messages in its history
        self.messages = tuple(messages)  #: the new messages, oldest first; at least one
        self.now = now
        self.kind = kind  #: of the records that this sender searches, "properties" for example
        self.effects = Effects()
        self._budget = budget
        self._catalogue = catalogue

    @property
    def text(self) -> str:
        """The texts of the new messages, one for each line."""
        return "\n".join(message.text for message in self.messages if message.text)

    @property
    def customer(self) -> str:
        """The customer: "+" and digits, or the business-scoped id."""
        return self.session.customer_id

    @property
    def member(self) -> Member | None:
        """The member record of the customer, if there is one."""
        return self.session.member

    @property
    def history(self) -> tuple[HistoryEntry, ...]:
        """The conversation so far, oldest first, new messages included."""
        return self.session.context.message_history

    @property
    def known(self) -> KnownFacts:
        """The known facts of the customer, including those remembered in this turn."""
        if self.effects.known is not None:
            return self.effects.known
        return self.session.context.extracted_info.typed_as(self.effects.facts)

    @property
    def language(self) -> str | None:
        """The customer's language: "en", "ar", "franco", or None if unknown."""
        return self.effects.language or self.session.context.language

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue, for reads that do not count as a new search: another page, one record again.

        Raises `NoCatalogue` if none is configured.
        """
        if self._catalogue is None:
            raise NoCatalogue("this assistant searches, but no CATALOGUE is configured")
        return self._catalogue

    def reply(
        self,
        text: str,
        *,
        buttons: Sequence[Button] = (),
        menu: Menu | None = None,
        reply_to: str | None = None,
    ) -> None:
        """Send a reply to the customer, after the earlier replies of this turn."""
        self.effects.replies.append(Reply(text=text, buttons=tuple(buttons), menu=menu, reply_to=reply_to))

    def escalate(self, reason: str) -> None:
        """Ask for an agent: the assistant is silent until the conversation is handed back."""
        self.effects.escalation = bounded(reason, _LONGEST_WORD)

    def close(self, reason: str = "done") -> None:
        """End the session: the next message of the customer begins a new one."""
        self.effects.closing = bounded(reason, _LONGEST_WORD)

    def remember(self, **known: Any) -> None:
        """Store known facts of the customer; None removes one.

        Raises `pydantic.ValidationError` if a declared fact gets a value of the wrong type, `ValueError` if all known
        facts together are too long (32,768 characters of JSON).
        """
        self.effects.known = self.known.extended(known)
        self.effects.remembered |= known

    def set_intent(self, intent: str) -> None:
        """Store the intent of the conversation."""
        self.effects.intent = bounded(intent, _LONGEST_WORD)

    def set_language(self, language: str) -> None:
        """Store the customer's language: "en", "ar" or "franco"."""
        self.effects.language = bounded(language, _LONGEST_WORD)

    def search(
        self,
        kind: str,
        query: str,
        *,
        words: str | None = None,
        intent: str | None = None,
        entities: Mapping[str, Any] | None = None,
        **filters: Any,
    ) -> Sequence[Any]:
        """Search the catalogue; counts towards the customer's searches of this hour.

        `words` (the customer's own; by default the query), `intent` and `entities` are stored with the search; `filters` are
        those of the catalogue.

        Raises:
            SearchLimitReached: no search is left. If the assistant does not catch it, the customer is told when to try again.
            NoCatalogue: no catalogue is configured.

        """
        catalogue = self.catalogue
        if self._budget.left <= len(self.effects.searches):
            raise SearchLimitReached(self._budget.again_in)
        found = catalogue(kind, query, **filters)
        entry = SearchEntry(
            query=words or query,
            timestamp=self.now,
            intent=intent,
            entities=dict(entities or {}),
            result_count=getattr(found, "total", len(found)),
        )
        self.effects.searches.append(entry)
        return found


#: Takes a turn, returns a reply or None; may send more through the turn.
Assistant = Callable[[Turn], str | Reply | None]

#: The same as a coroutine function. It must not block: every other conversation of its process would wait.
AsyncAssistant = Callable[[Turn], Awaitable[str | Reply | None]]


def is_async(assistant: Assistant | AsyncAssistant) -> TypeGuard[AsyncAssistant]:
    """Whether an assistant is a coroutine function, an object that is called like one, or one whose `is_async` says so."""
    called = (assistant, getattr(assistant, "__call__", None))  # noqa: B004
    return any(map(iscoroutinefunction, called)) or bool(getattr(assistant, "is_async", False))


def consult(assistant: Assistant, turn: Turn) -> Effects:
    """Call an assistant with a turn, and return all its effects, the returned reply included.

    A `SearchLimitReached` that it does not catch becomes a reply to the customer. Other errors are raised, and
    `BadAssistant` if it returns something else than a text, a `Reply` or None.
    """
    turn.effects.facts = facts_of(assistant, turn.kind)
    try:
        said = assistant(turn)
    except SearchLimitReached as refusal:
        said = _no_search_left(turn, refusal)
    return _with_answer(turn, said)


async def consult_async(assistant: AsyncAssistant, turn: Turn) -> Effects:
    """Do what `consult` does, with an assistant that is a coroutine function."""
    turn.effects.facts = facts_of(assistant, turn.kind)
    try:
        said = await assistant(turn)
    except SearchLimitReached as refusal:
        said = _no_search_left(turn, refusal)
    return _with_answer(turn, said)


def _no_search_left(turn: Turn, refusal: SearchLimitReached) -> str:
    return phrases.too_many_searches(turn.language, refusal.wait_for)


def _with_answer(turn: Turn, said: object) -> Effects:
    match said:
        case None | "":
            pass
        case str():
            turn.reply(said)
        case Reply():
            turn.effects.replies.append(said)
        case _:
            raise BadAssistant(
                f"the assistant returned {type(said).__name__} instead of a text, a Reply or None"
            )
    return turn.effects
