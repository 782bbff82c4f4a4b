"""The rows of a list, their order, and whether a search finds them. Pure: sessions become rows."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from session.bounds import LONGEST_TEXT, without_heaps
from session.history import HistoryEntry, Role
from session.models import Session, State
from session.records import to_ms
from webhook.desk.shown_contents import searched_in


class Tab(StrEnum):
    """The tab in which a conversation is listed."""

    WAITING = "waiting"
    ASSISTANT = "assistant"
    QUIET = "quiet"
    CLOSED = "closed"


_TABS = {
    State.WAITING_AGENT: Tab.WAITING,
    State.NEW: Tab.ASSISTANT,
    State.ACTIVE: Tab.ASSISTANT,
    State.IDLE: Tab.QUIET,
    State.CLOSED: Tab.CLOSED,
}
#: Arabic letters that writers use interchangeably.
_ALIKE = str.maketrans("أإآٱىة", "اااايه")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """One conversation in a list."""

    session: Session
    last: HistoryEntry | None
    unanswered: int  #: messages of the customer since the last reply
    waits_since: (
        datetime | None
    )  #: since when the customer waits for an agent; None if the customer does not wait
    mine: bool
    asks: bool = False  #: whether a decision is waiting

    @property
    def tab(self) -> Tab:
        """The tab in which it is listed."""
        return Tab.WAITING if self.asks else _TABS[self.session.state]

    @property
    def at(self) -> datetime:
        """The time of the last activity."""
        return self.session.last_activity


def row_of(session: Session, *, agent: str, now: datetime | None = None) -> ListRow:
    """Return a session as a list shows it; without the time no decision is shown as waiting."""
    history = session.context.message_history
    unanswered = 0
    for entry in reversed(history):
        if entry.role not in (Role.USER, Role.TIMER):
            break
        unanswered += entry.role is Role.USER
    waits = session.waiting_since if session.state is State.WAITING_AGENT else None
    return ListRow(
        session=session,
        last=history[-1] if history else None,
        unanswered=unanswered,
        waits_since=waits,
        mine=session.held_by == agent,
        asks=bool(now and session.decide_by and session.decide_by > now),
    )


def ordered(rows: Iterable[ListRow], tab: Tab) -> list[ListRow]:
    """Return the rows of one tab: the longest wait first, then, and in other tabs, the latest activity first."""
    return sorted((row for row in rows if row.tab is tab), key=_place)


def _place(row: ListRow) -> tuple[int, int]:
    if row.waits_since is not None:
        return 0, to_ms(row.waits_since)
    return 1, -to_ms(row.at)


def name_of(session: Session) -> str:
    """Return the name of the customer; "" if only the number is known."""
    return session.member.name if session.member else session.profile_name or ""


def fold(text: str) -> str:
    """Return a text without differences of case, accents, vowel signs and digits, for comparison."""
    text = text[:LONGEST_TEXT]
    if text.isascii():
        return text.casefold()
    apart = unicodedata.normalize("NFKD", without_heaps(text))[:LONGEST_TEXT]
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    digits = "".join(str(unicodedata.digit(letter, letter)) for letter in plain)
    return digits.casefold().translate(_ALIKE)


def number_in(query: str) -> str:
    """Return the digits of a query that looks like a phone number or its end, "" if it does not."""
    bare = fold(query).translate(str.maketrans("", "", " +-()./"))
    return bare if bare.isdecimal() and len(bare) >= 3 else ""  # noqa: PLR2004  (two digits are in every number)


def is_number_of(customer: str, query: str) -> bool:
    """Return whether a customer's number contains that of a query; from its beginning, if the query begins with "+"."""
    digits = number_in(query)
    return (
        customer.startswith(f"+{digits}") if query.lstrip().startswith("+") else digits in customer.casefold()
    )


def found_in(session: Session, query: str) -> bool:
    """Return whether the customer's name or number, or the text of a message, contains the query."""
    wanted = fold(query).strip()
    if number_in(query) and is_number_of(session.customer_id, query):
        return True
    texts = (
        session.customer_id,
        name_of(session),
        session.profile_name or "",
        *(text for entry in session.context.message_history for text in (entry.text, *searched_in(entry))),
    )
    return any(wanted in fold(text) for text in texts)


def length_of(session: Session) -> int:
    """Return how many characters a search of a session reads."""
    return sum(
        len(text) for entry in session.context.message_history for text in (entry.text, *searched_in(entry))
    )


def scopes_of(sessions: Iterable[Session]) -> list[str]:
    """Return the scopes of these sessions, sorted; "" stands for senders without one."""
    return sorted({session.scope for session in sessions})


def initials(session: Session) -> str:
    """Return one or two letters for a round picture; the last digits of the number if there is no name."""
    words = [word for word in name_of(session).split() if word[0].isalnum()]
    if not words:
        return session.customer_id[-2:]
    # Arabic letters join, so two of them would look like a word.
    pair = words[0][0] + (words[-1][0] if len(words) > 1 and words[0][0].isascii() else "")
    return pair.upper()


def sessions_of(records: Mapping[str, str]) -> dict[str, Session]:
    """Return the readable records as sessions. An unreadable record must not hide the others, so it is left out."""
    found: dict[str, Session] = {}
    for conversation, record in records.items():
        try:
            found[conversation] = Session.model_validate_json(record)
        except ValueError:
            continue
    return found
