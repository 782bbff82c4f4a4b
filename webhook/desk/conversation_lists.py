"""Reads a tab of the list, or the results of a search, within limits, and says if there may be more. It must not know Flask."""

from dataclasses import dataclass, replace
from datetime import datetime

from session.channels import NAMESPACES, WHATSAPP
from session.conversations import conversation_of, customer_of
from session.customers import typed
from session.errors import NoCustomer
from session.models import Session
from session.pauses import sender_of
from session.store import DeskStore, Runner
from session.store.desk import LISTED
from webhook.desk.listing import (
    ListRow,
    Tab,
    fold,
    found_in,
    is_number_of,
    length_of,
    number_in,
    ordered,
    row_of,
    scopes_of,
    sessions_of,
)

#: A text is searched for in so many waiting conversations, and in so many recent ones.
SEARCHED = 500
#: A text is searched for in so many characters of them, which takes about a second.
_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationList:
    """The conversations of a tab or a search."""

    rows: tuple[ListRow, ...]
    waiting: int  #: how many customers wait for an answer or a decision of an agent, listed or not
    scopes: tuple[str, ...]  #: scopes with conversations; "" stands for senders without one
    cut: str  #: key of the sentence that says why the list is incomplete; "" if it is complete
    senders: frozenset[str] = frozenset()  #: the business's senders to which these customers write
    unlisted: int = 0  #: conversations with agents beyond the limit of the list


def tab_of(
    run: Runner, store: DeskStore, tab: Tab, *, agent: str, scope: str | None, now: datetime
) -> ConversationList:
    """Return one tab; with a `scope` only its conversations."""
    listing, rows = _recent(run, store, agent, now=now)
    wanted = [row for row in ordered(rows, tab) if scope is None or row.session.scope == scope]
    many_wait = "cut.waiting" if listing.unlisted else ""
    cut = many_wait if tab is Tab.WAITING else listing.cut
    return replace(listing, rows=tuple(wanted), cut=cut)


def search(
    run: Runner,
    store: DeskStore,
    query: str,
    *,
    agent: str,
    scope: str | None,
    now: datetime,
    country: str = "",
) -> ConversationList:
    """Return the conversations whose texts contain the query, of those listed; and any whose number contains it.

    A number may be written in any way; `country` is that of numbers without a country code. A complete name may also be
    another one of the customer, such as the number of before.
    """
    listing, rows = _recent(run, store, agent, limit=SEARCHED, now=now)
    found, cut, looked_through = dict[str, ListRow](), "", 0
    for row in rows:
        looked_through += length_of(row.session)
        if looked_through > _CHARACTERS:
            cut = "cut.search"
            break
        if found_in(row.session, query):
            found[row.session.conversation] = row
    part, meant = number_in(query) or _user_id(query), _meant(query, country)
    if part or meant:
        names = dict.fromkeys([*meant, *(_spellings(part) if part else [])])
        exact = [conversation_of(name, scope) for scope in listing.scopes or ("",) for name in names]
        exact += run(store.resolve(exact))
        more = {name for name in run(store.records(list(dict.fromkeys(exact)))) if name not in found}
        if part and not more and not found:
            numbers = run(store.find(part))
            more, cut = set(numbers.conversations), "cut.search" if numbers.cut else cut
            more = {name for name in more if is_number_of(customer_of(name), query)}
        sessions = _sessions(run, store, sorted(more))
        found |= {name: row_of(one, agent=agent, now=now) for name, one in sessions.items()}
    wanted = [row for row in found.values() if scope is None or row.session.scope == scope]
    wanted.sort(key=lambda row: row.at, reverse=True)
    return replace(
        listing, rows=tuple(wanted[:LISTED]), cut=cut or ("cut.search" if len(wanted) > LISTED else "")
    )


def senders_of(run: Runner, store: DeskStore) -> dict[str, str]:
    """Return the senders to which the customers of waiting and recent conversations write, each with its scope."""
    _, rows = _recent(run, store, "")
    sessions = [row.session for row in rows]
    return {sender_of(one.route): one.scope for one in sessions if one.route}


def _recent(
    run: Runner, store: DeskStore, agent: str, *, limit: int = LISTED, now: datetime | None = None
) -> tuple[ConversationList, list[ListRow]]:
    """Return a list without rows, and all rows: conversations that wait, and those of the newest events."""
    waiting, recent = run(store.waiting(limit=limit)), run(store.recent(limit=limit))
    sessions = _sessions(run, store, list(dict.fromkeys([*waiting.since, *recent.conversations])))
    rows = [row_of(session, agent=agent, now=now) for session in sessions.values()]
    unlisted = max(0, waiting.total - len(waiting.since))
    listing = ConversationList(
        rows=(),
        waiting=sum(row.waits_since is not None or row.asks for row in rows) + unlisted,
        scopes=tuple(scopes_of(sessions.values())),
        cut="cut.recent" if recent.cut else "",
        senders=frozenset(sender_of(session.route) for session in sessions.values() if session.route),
        unlisted=unlisted,
    )
    return listing, rows


def _sessions(run: Runner, store: DeskStore, conversations: list[str]) -> dict[str, Session]:
    return sessions_of(run(store.records(conversations)))


def _meant(query: str, country: str) -> tuple[str, ...]:
    """Return the customers that a complete number or id in a query may mean."""
    try:
        return typed(query, country).customers
    except NoCustomer:
        return ()


def _spellings(part: str) -> list[str]:
    """Return the customers whose whole id a query may be, in every namespace."""
    others = [f"{name}:{part}" for name in NAMESPACES if name != WHATSAPP.name]
    return [f"+{part}", part.upper(), *others]


def _user_id(query: str) -> str:
    """Return a query that looks like a business-scoped user id, "US.1234", in lower case; else ""."""
    country, dot, rest = fold(query).strip().partition(".")
    return f"{country}.{rest}" if dot and len(country) == 2 and rest.isalnum() else ""  # noqa: PLR2004  (a country)
