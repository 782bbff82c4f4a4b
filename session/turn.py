"""What an assistant reads from a turn, and what it may ask for. Pure: effects happen only at the commit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, Unpack

from session.approvals import AsksApproval
from session.bounds import bounded
from session.delivery_states import NOTHING_KNOWN, DeliveryStates, with_states
from session.effects import Effects as Effects  # noqa: PLC0414  (read from here by others)
from session.errors import NoCatalogue, SearchLimitReached
from session.facts import KnownFacts
from session.faq import NO_FAQ, Faq
from session.history import HistoryEntry
from session.media_reading import ReadsMedia
from session.messages import Message
from session.models import Member, SearchEntry, Session
from session.rates import NO_RATES, Rates
from session.reachable import Reachable
from session.replies import Button, Carried, Menu, Reply
from session.steps import Keeper, MemoryKeeper, Progress, arguments_of, result_in

#: Characters of a reason, an intent or the name of a language.
_LONGEST_WORD = 1000


class Catalogue(Protocol):
    """A searchable catalogue, named by `CATALOGUE=package.module:name`."""

    def __call__(self, kind: str, query: str, /, **filters: Any) -> Sequence[Any]:
        """Return the records of a kind that answer a query, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchBudget:
    """How many searches are left in this window."""

    left: int
    again_in: timedelta  #: until the window ends


class Turn(AsksApproval, ReadsMedia):
    """One turn: the new messages of a customer, the history, and the effects that an assistant asks for.

    An assistant is a callable that takes a turn and returns a text, a `Reply` or None. Replies passed to `reply` are sent
    before the returned one. It may be called again after a crash, so its own side effects must be repeatable, or steps.
    """

    #: whether a person is awaited and nobody has the conversation yet; only an assistant that says `while_waiting` is asked then. With
    #: a decision also that a person has it: what is replied then is for that person, not for the customer
    waiting: bool = False
    #: its messages, if they are several questions: the assistant is called for each
    questions: tuple[tuple[Message, ...], ...] = ()
    reachable: Reachable = Reachable()  #: when a person can answer, for what is said at a hand-over
    faq: Faq = NO_FAQ  #: what the business answers about itself
    rates: Rates = NO_RATES  #: what other currencies are in pounds

    def __init__(
        self,
        *,
        session: Session,
        messages: Sequence[Message],
        now: datetime,
        budget: SearchBudget,
        kind: str = "",
        catalogue: Catalogue | None = None,
        progress: Progress | None = None,
        keeper: Keeper | None = None,
        states: DeliveryStates = NOTHING_KNOWN,
    ) -> None:
        self.session = session  #: with the new messages in its history
        self.messages = tuple(messages)  #: the new messages, oldest first; at least one
        self.now = now
        self.kind = kind  #: of the records that this sender searches, "properties" for example
        self.effects = Effects()
        self._budget = budget
        self._catalogue = catalogue
        self._progress = progress or Progress(session.conversation, messages, {})
        self._keeper = keeper or MemoryKeeper()
        self._states = states

    @property
    def text(self) -> str:
        """What the customer has written, the text of each message in a line; empty in the turn of a timer."""
        return "\n".join(one.text for one in self.messages if one.text and not one.is_timer)

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
        """The conversation so far, oldest first, new messages included; replies have the `state` of their delivery."""
        return with_states(self.session.context.message_history, self._states)

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
        text: str = "",
        *,
        buttons: Sequence[Button] = (),
        menu: Menu | None = None,
        reply_to: str | None = None,
        **carried: Unpack[Carried],
    ) -> None:
        """Send a reply to the customer, after the earlier replies of this turn.

        What it may carry beside a text is that of `Reply`. Raises `pydantic.ValidationError`, a `ValueError`, for what
        cannot be sent, or not in one reply.
        """
        carries: dict[str, Any] = dict(carried)
        self.effects.replies.append(
            Reply(text=text, buttons=tuple(buttons), menu=menu, reply_to=reply_to, **carries)
        )

    def say_now(self, what: str | Reply) -> None:
        """Send a reply before the turn ends, and before all other replies; once, even if the turn is repeated.

        Raises `ValueError` for one that the customer answers with a tap, which would come before the turn has ended. Raises
        `TurnLost` if the turn is another worker's by now.
        """
        reply = early(what)
        said = not self.effects.late and self._keeper.say(self._progress.early_reply(), reply)
        (self.effects.said if said else self.effects.late).append(reply)

    def step(self, name: str, fn: Callable[..., Any], *, key: str | None = None) -> Any:
        """Call a function that has an effect elsewhere, and keep its result before the turn goes on.

        A repeated turn gets the kept result, and the function is not called again. It is the same step if it is the n-th of
        this name in a turn that begins with the same message or, with a `key`, if name and key are the same. The function
        takes no argument, or one: an idempotency key for the other side, which is the same in every repetition.

        The result must be JSON of at most 32,768 characters, and is returned as JSON has it: a tuple becomes a list.

        Raises what the function raises: then nothing is kept. Raises `StepFailed` if the result cannot be kept, `TurnLost` if
        the turn is another worker's by now.
        """
        step = self._progress.step(name, key)
        if step.stored is None:
            with self._keeper.in_step():
                result = fn(*arguments_of(fn, step))
                return result_in(name, self._keeper.keep(step.field, self._progress.value_of(result)))
        return result_in(name, step.stored)

    def key(self, name: str) -> str:
        """Return the idempotency key of the next step of this name."""
        return self._progress.step(name, None, peek=True).key

    def escalate(self, reason: str, *, tells_when: bool = False) -> None:
        """Ask for an agent: the assistant is silent until the conversation is handed back.

        `tells_when` says that a reply of this turn tells when a person answers (`reachable`): the customer is not told again.
        """
        self.effects.escalation = bounded(reason, _LONGEST_WORD)
        self.effects.tells_when |= tells_when

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


def early(what: str | Reply) -> Reply:
    """Return what is said before a turn ends as a reply. Raises `ValueError` for one that can be tapped."""
    reply = Reply(text=what) if isinstance(what, str) else what
    if reply.buttons or reply.menu or reply.flow or reply.asks_location:
        raise ValueError(
            "what is said before the turn ends has no buttons, no menu and no form, and asks for no place"
        )
    return reply
