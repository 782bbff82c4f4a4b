"""Pages of conversations. A page is read anew each time; the cursor says behind which conversation it begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import abort

from session.api_tokens import MAIN_SENDER
from session.conversations import scope_of
from webhook.api.answers import ConversationList
from webhook.api.cursors import cursor_of, place_in
from webhook.api.finding import refuse
from webhook.api.models import ConversationPage
from webhook.api.problems import problem
from webhook.api.services import ApiServices
from webhook.api.shown import summary_of
from webhook.desk.listing import sessions_of

#: Conversations that the pages of one list have together.
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """A whole list, in its order."""

    names: Sequence[str]
    places: Sequence[tuple[int, ...]]  #: of each, to which a cursor leads back
    complete: bool


def page_of(api: ApiServices, asked: ConversationPage) -> ConversationList:
    """Return a page. Ends the request if its cursor was not made for this list."""
    pseudonyms = api.secrets.pseudonyms
    listed = f"{asked.list} {asked.scope}"
    place = place_in(pseudonyms, listed, asked.cursor) if asked.cursor else []
    if place is None:
        refuse("cursor", "not a cursor of this list")
    found = _waiting(api, asked, place) if asked.list == "waiting" else _recent(api, asked, place)
    page = found.names[: asked.limit]
    sessions = sessions_of(api.run(api.seen.records(page)))
    more = len(found.names) > len(page)
    return ConversationList(
        conversations=[
            summary_of(sessions[name], pseudonyms.encode(name)) for name in page if name in sessions
        ],
        next=cursor_of(pseudonyms, listed, *found.places[len(page) - 1], page[-1]) if more else None,
        complete=found.complete,
    )


def _waiting(api: ApiServices, asked: ConversationPage, place: list[object]) -> _List:
    """Return those behind a place: since when, and the name."""
    waiting = api.run(api.seen.waiting(limit=_MOST))
    behind = [
        (since, name)
        for name, since in waiting.since.items()
        if _is_of(asked, name) and (not place or [since, name] > place)
    ]
    return _List(
        names=[name for _, name in behind],
        places=[(since,) for since, _ in behind],
        complete=waiting.total <= len(waiting.since),
    )


def _recent(api: ApiServices, asked: ConversationPage, place: list[object]) -> _List:
    """Return those behind a place: until when events count, how many came before, and the name."""
    until, passed = (place[0], place[1]) if place else (None, 0)
    if not isinstance(passed, int) or not isinstance(until, int | None):
        abort(problem(HTTPStatus.BAD_REQUEST))
    recent = api.run(api.seen.recent(limit=_MOST, until=until))
    names = [name for name in recent.conversations if _is_of(asked, name)]
    newest = until if until is not None else recent.until
    return _List(
        names=names[passed:],
        places=[(newest, number + 1) for number in range(passed, len(names))],
        complete=not recent.cut,
    )


def _is_of(asked: ConversationPage, conversation: str) -> bool:
    wanted = "" if asked.scope == MAIN_SENDER else asked.scope
    return not asked.scope or scope_of(conversation) == wanted
