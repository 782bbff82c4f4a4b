"""One turn with any history, and records to search."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from session.async_turn import Joined, More
from session.contents import Text
from session.conversations import conversation_of
from session.errors import NoSuchMedium
from session.faq import NO_FAQ, Faq
from session.history import HistoryEntry, Role, entry, heard, with_quoted
from session.hours import ALWAYS, Hours
from session.media_reading import ReadMedia
from session.messages import Message
from session.models import Member, Session, new_session
from session.rates import NO_RATES, Rates
from session.reachable import Reachable
from session.records import to_ms
from session.steps import MemoryKeeper, Progress
from session.testing.messages import CUSTOMER, NOW, messages_of
from session.turn import Catalogue, SearchBudget, Turn

#: Time until the next search is allowed when none is left.
WINDOW = timedelta(hours=1)


@dataclass(slots=True)
class Records:
    """A catalogue that always finds the same records, and stores the queries.

    It replaces the operator's own (`CATALOGUE`). The concierge needs a loaded one: `worker.assistants.catalogue.open_catalogue`.
    """

    found: Sequence[Any] = ()
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  #: kind, query, filters

    def __call__(self, kind: str, query: str, /, **filters: Any) -> Sequence[Any]:
        """Return the records."""
        self.asked.append((kind, query, filters))
        return self.found


def turn(
    *said: str | Message,
    history: Sequence[str | HistoryEntry] = (),
    known: Mapping[str, Any] | None = None,
    language: str | None = None,
    member: Member | None = None,
    kind: str = "",
    catalogue: Catalogue | None = None,
    searches_left: int = 30,
    customer: str = CUSTOMER,
    now: datetime = NOW,
    session: Session | None = None,
    keeper: MemoryKeeper | None = None,
    files: Mapping[str, bytes] | None = None,
    hours: Hours = ALWAYS,
    waiting: bool = False,
    reachable: Reachable | None = None,
    faq: Faq = NO_FAQ,
    rates: Rates = NO_RATES,
    reaches_late: bool = True,
) -> Turn:
    """Return a turn with new messages of a customer, at least one text or message.

    A `history` of texts alternates between customer and assistant, beginning with the customer. `known` are facts from
    earlier turns. `session` replaces the new session; the other arguments change it. A second turn with the same `keeper` and
    the same messages is a repetition of the first. `files` are what `turn.read` finds, by `medium.stored`, `hours` those
    in which timers may ring, and people are there. `waiting` says that a person is awaited, `reachable` when one can answer; by
    default `hours` say that. `faq` answers questions about the business, `rates` convert other currencies. `reaches_late` says that
    what is said after the customer service window is sent.
    """
    session = session or new_session(conversation_of(customer), id="s", now=now, agent_id="default")
    before = [_said(n, one, now) for n, one in enumerate(history)]
    earlier = (*session.context.message_history, *before)
    messages = [with_quoted(one, earlier, {}) for one in messages_of(said, customer)]
    new = [_heard(one, now) for one in messages]
    context = session.context
    session = session.change(
        route=session.route or messages[-1].route,
        member=member or session.member,
        message_count=session.message_count + len(messages),
    ).change_context(
        message_history=(*context.message_history, *before, *new),
        extracted_info=context.extracted_info.updated(dict(known or {})),
        language=language or context.language,
    )
    made = Turn(
        session=session,
        messages=messages,
        now=now,
        budget=SearchBudget(left=searches_left, again_in=WINDOW),
        kind=kind,
        catalogue=catalogue,
        progress=Progress(session.conversation, messages, keeper.kept) if keeper else None,
        keeper=keeper,
    )
    made.read_media, made.hours = reads(files or {}), hours
    made.waiting, made.reachable = waiting, reachable or Reachable.by(hours, now)
    made.faq, made.rates, made.reaches_late = faq, rates, reaches_late
    return made


def reads(files: Mapping[str, bytes]) -> ReadMedia:
    """Return what reads these files, and raises `NoSuchMedium` for any other."""

    def read(stored: str) -> bytes:
        if stored not in files:
            raise NoSuchMedium(stored)
        return files[stored]

    return read


def joining(turn: Turn, said: Sequence[str | Message]) -> More:
    """Return what lets all these messages of the customer join a turn at once."""
    earlier = turn.session.context.message_history
    later = [
        with_quoted(one, earlier, {}) for one in messages_of(said, turn.customer, before=len(turn.messages))
    ]

    async def more() -> Joined | None:
        if not later:
            return None
        history = (*turn.session.context.message_history, *(_heard(one, turn.now) for one in later))
        messages = (*turn.messages, *later)
        later.clear()
        return Joined(session=turn.session.change_context(message_history=history), messages=messages)

    return more


def _heard(message: Message, now: datetime) -> HistoryEntry:
    return heard(message.model_copy(update={"received_at": to_ms(now)}))


def _said(number: int, said: str | HistoryEntry, now: datetime) -> HistoryEntry:
    if isinstance(said, HistoryEntry):
        return said
    role = Role.ASSISTANT if number % 2 else Role.USER
    return entry(role, Text(text=said), at=now, id=f"old.{number}")
