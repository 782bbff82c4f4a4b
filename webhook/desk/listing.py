"""Which conversations a list shows, and in what order. Pure: it is handed sessions and hands back rows."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from session.bounds import LONGEST_TEXT, without_heaps
from session.models import HistoryEntry, Role, Session, State
from session.records import to_ms


class Tab(StrEnum):
    """Where a conversation is listed."""

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
#: Letters that Arabic writers use for one another.
_ALIKE = str.maketrans("أإآٱىة", "اااايه")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One conversation in a list."""

    session: Session
    last: HistoryEntry | None
    unanswered: int  #: messages of the customer since somebody last said something
    waits_since: datetime | None  #: since when the customer waits for a person; None: the customer does not
    mine: bool

    @property
    def tab(self) -> Tab:
        """Where it is listed."""
        return _TABS[self.session.state]

    @property
    def at(self) -> datetime:
        """When something happened last."""
        return self.session.last_activity


def row_of(session: Session, *, agent: str) -> Row:
    """Return a session as a list shows it."""
    said = session.context.message_history
    unanswered = 0
    for one in reversed(said):
        if one.role is not Role.USER:
            break
        unanswered += 1
    waits = session.waiting_since if session.state is State.WAITING_AGENT else None
    return Row(
        session=session,
        last=said[-1] if said else None,
        unanswered=unanswered,
        waits_since=waits,
        mine=session.held_by == agent,
    )


def ordered(rows: Iterable[Row], tab: Tab) -> list[Row]:
    """Return the rows of one tab: what waits longest on top; elsewhere, and below that, the newest."""
    return sorted((row for row in rows if row.tab is tab), key=_place)


def _place(row: Row) -> tuple[int, int]:
    if row.waits_since is not None:
        return 0, to_ms(row.waits_since)
    return 1, -to_ms(row.at)


def name_of(session: Session) -> str:
    """Return what a person would call the customer; "" if only the number is known."""
    return session.member.name if session.member else session.profile_name or ""


def fold(text: str) -> str:
    """Return a text so that what a person would call the same is the same: case, accents, vowel signs, digits."""
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
    """Whether a customer's number holds that of a query; from its beginning, if the query says that it is one."""
    digits = number_in(query)
    return (
        customer.startswith(f"+{digits}") if query.lstrip().startswith("+") else digits in customer.casefold()
    )


def found_in(session: Session, query: str) -> bool:
    """Whether the customer's name or number, or anything that was said, contains the query."""
    wanted = fold(query).strip()
    if number_in(query) and is_number_of(session.customer_id, query):
        return True
    texts = (
        session.customer_id,
        name_of(session),
        session.profile_name or "",
        *(said.content for said in session.context.message_history),
    )
    return any(wanted in fold(text) for text in texts)


def length_of(session: Session) -> int:
    """Return how many characters a search of a session looks through."""
    return sum(len(said.content) for said in session.context.message_history)


def scopes_of(sessions: Iterable[Session]) -> list[str]:
    """Return the scopes that occur, in order; "" is that of senders without one."""
    return sorted({session.scope for session in sessions})


def initials(session: Session) -> str:
    """Return one or two letters for a round picture; the end of the number if there is no name."""
    words = [word for word in name_of(session).split() if word[0].isalnum()]
    if not words:
        return session.customer_id[-2:]
    # Arabic letters join, and two of them would make another word.
    pair = words[0][0] + (words[-1][0] if len(words) > 1 and words[0][0].isascii() else "")
    return pair.upper()


def sessions_of(records: Mapping[str, str]) -> dict[str, Session]:
    """Return the records that can be read, as sessions; the others are no reason to show nothing at all."""
    found: dict[str, Session] = {}
    for conversation, record in records.items():
        try:
            found[conversation] = Session.model_validate_json(record)
        except ValueError:
            continue
    return found
