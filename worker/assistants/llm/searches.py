"""The one thing that a model may do: search, within the customer's limit. Everything else here only remembers.

A model sees no telephone numbers, addresses and links, so it cannot tell any; it names records by their ids.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from session.turn import Turn
from worker.assistants.catalogue import Record, SearchResult, as_json
from worker.assistants.concierge.dialogue import KEY, Dialogue
from worker.assistants.llm.answers import PAGE, Search

#: What is not the model's business.
_PRIVATE = frozenset({"phone", "email", "url"})
#: Slots that say nothing about a record.
_NO_FILTERS = frozenset({"urgency", "words", "page", "order"})


class TooManySearches(Exception):
    """Raised when a model searches more often than one turn allows."""


class Searches:
    """The searches of one turn, and the records that may be shown in it."""

    def __init__(self, turn: Turn, *, at_most: int) -> None:
        self._turn = turn
        self._left = at_most
        self._latest: Search | None = None
        self._answers: dict[str, str] = {}  # a model that asks twice gets the same answer, and pays once
        self.records: dict[str, Record] = {}  #: by id: those found in this turn, and those shown before it
        self.found: SearchResult | None = None  #: the latest page
        self.shown = tuple(self._shown_before())  #: what the customer saw last
        self.records |= {record.id: record for record in self.shown}

    def search(self, wanted: Search) -> str:
        """Return what a model is told of a page of records, as JSON.

        Raises:
            TooManySearches: none is left in this turn.
            SearchLimitReached: none is left to this customer.

        """
        asked = wanted.model_dump_json()
        if asked not in self._answers:
            if not self._left:
                raise TooManySearches
            self._left -= 1
            self._answers[asked] = self._told(self._page(wanted))
        return self._answers[asked]

    def chosen(self, ids: Iterable[str]) -> tuple[Record, ...]:
        """Return the records with these ids; of those that this conversation has never seen there are none."""
        known = [self.records[one] for one in dict.fromkeys(ids) if one in self.records]
        return tuple(known[:PAGE])

    def seen(self, record: Record) -> dict[str, Any]:
        """Return what a model sees of a record."""
        fields = as_json(record)
        other = "title" if self._turn.language == "ar" and "titleAr" in fields else "titleAr"
        return {name: value for name, value in fields.items() if name not in _PRIVATE and name != other}

    def memory(self, shown: Sequence[Record]) -> dict[str, Any]:
        """Return what to remember when these records are shown, as the concierge does: either may go on from there."""
        turn, wanted, found = self._turn, self._latest, self.found
        if wanted is None or found is None:
            dialogue = Dialogue.of(turn.known, turn.kind).updated(one=shown[0].id)
        else:
            dialogue = Dialogue(
                kind=turn.kind,
                query=wanted.words,
                filters=_filters(wanted),
                order=wanted.order,
                size=PAGE,
                offset=found.offset,
                total=found.total,
                ids=tuple(record.id for record in shown),
            )
        return {KEY: dialogue.to_store()}

    def _page(self, wanted: Search) -> SearchResult:
        turn = self._turn
        entities = _filters(wanted)
        page: dict[str, Any] = {"offset": (wanted.page - 1) * PAGE, "limit": PAGE, "order": wanted.order}
        if wanted.page > 1 and self._is_latest(wanted.words, entities):
            found = turn.catalogue(turn.kind, wanted.words, **entities, **page)
        else:
            found = turn.search(
                turn.kind, wanted.words, intent=turn.asked.intent, entities=entities, **entities, **page
            )
        self.found = (
            found if isinstance(found, SearchResult) else SearchResult(records=tuple(found), total=len(found))
        )
        self._latest = wanted
        self.records |= {record.id: record for record in self.found}
        return self.found

    def _is_latest(self, words: str, entities: dict[str, Any]) -> bool:
        """Whether this is another page of the search before it, which counts as no new one."""
        before = [*self._turn.session.context.search_history, *self._turn.asked.searches]
        return bool(before) and before[-1].query == words and before[-1].entities == entities

    def _shown_before(self) -> Iterable[Record]:
        """Return the records that were shown last, as the catalogue has them now."""
        ids = Dialogue.of(self._turn.known, self._turn.kind).ids[:PAGE]
        get = getattr(self._turn.catalogue, "get", None) if ids else None
        found = (get(self._turn.kind, one) for one in ids) if get else ()
        return [record for record in found if record is not None]

    def _told(self, found: SearchResult) -> str:
        told = {
            "total": found.total,
            "first": found.offset + 1,
            "givenUp": list(found.relaxed),
            "records": [self.seen(record) for record in found],
        }
        return json.dumps(told, ensure_ascii=False)


def _filters(wanted: Search) -> dict[str, Any]:
    return {name: value for name, value in wanted.given().items() if name not in _NO_FILTERS}
