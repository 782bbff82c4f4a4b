"""The searches of a model, within the limit of the customer, and the records that it may show.

A model sees no phone numbers, e-mail addresses and links, so it cannot repeat any; it refers to records by their ids.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from session.errors import NoCatalogue
from session.turn import Turn
from worker.assistants.catalogue import Record, SearchResult, as_json
from worker.assistants.concierge.dialogue import KEY, Dialogue
from worker.assistants.concierge.pointers import with_quoted
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.llm.schemas import PAGE, SearchArguments

#: Fields that the model does not see.
_PRIVATE = frozenset({"phone", "email", "url"})
#: Arguments that are not filters.
_NO_FILTERS = frozenset({"urgency", "words", "page", "order"})


class TooManySearches(Exception):
    """Raised when a model searches more often than allowed in one turn."""


class Searches:
    """The searches of one turn, and the records that may be shown in it."""

    def __init__(self, turn: Turn, *, at_most: int) -> None:
        self._turn = turn
        self._left = at_most
        self._latest: SearchArguments | None = None
        self._answers: dict[str, str] = {}  # a repeated search gets the same answer and counts once
        self.records: dict[str, Record] = {}  #: by id: those found in this turn, and those shown before it
        self.found: SearchResult | None = None  #: the latest page
        self.shown = tuple(self._shown_before())  #: what the customer saw last
        self.quoted = tuple(self._quoted())  #: what the customer points at
        self.records |= {record.id: record for record in (*self.shown, *self.quoted)}

    def search(self, wanted: SearchArguments) -> str:
        """Return a page of records as JSON for the model.

        Raises:
            TooManySearches: no search is left in this turn.
            SearchLimitReached: no search is left for this customer.

        """
        asked = wanted.model_dump_json()
        if asked not in self._answers:
            if not self._left:
                raise TooManySearches
            self._left -= 1
            self._answers[asked] = self._as_json(self._page(wanted))
        return self._answers[asked]

    def chosen(self, ids: Iterable[str]) -> tuple[Record, ...]:
        """Return the records with these ids, without any that this conversation has not found or shown."""
        known = [self.records[one] for one in dict.fromkeys(ids) if one in self.records]
        return tuple(known[:PAGE])

    def seen(self, record: Record) -> dict[str, Any]:
        """Return the fields of a record that the model may see."""
        fields = as_json(record)
        other = "title" if self._turn.language == "ar" and "titleAr" in fields else "titleAr"
        return {name: value for name, value in fields.items() if name not in _PRIVATE and name != other}

    def memory(self, shown: Sequence[Record]) -> dict[str, Any]:
        """Return what to remember after showing these records, in the concierge's form, so that it can continue."""
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

    def _page(self, wanted: SearchArguments) -> SearchResult:
        turn = self._turn
        entities = _filters(wanted)
        page: dict[str, Any] = {"offset": (wanted.page - 1) * PAGE, "limit": PAGE, "order": wanted.order}
        if wanted.page > 1 and self._is_latest(wanted.words, entities):
            found = turn.catalogue(turn.kind, wanted.words, **entities, **page)
        else:
            found = turn.search(
                turn.kind, wanted.words, intent=turn.effects.intent, entities=entities, **entities, **page
            )
        self.found = (
            found if isinstance(found, SearchResult) else SearchResult(records=tuple(found), total=len(found))
        )
        self._latest = wanted
        self.records |= {record.id: record for record in self.found}
        return self.found

    def _is_latest(self, words: str, entities: dict[str, Any]) -> bool:
        """Whether this is another page of the latest search, which does not count as a new one."""
        before = [*self._turn.session.context.search_history, *self._turn.effects.searches]
        return bool(before) and before[-1].query == words and before[-1].entities == entities

    def _shown_before(self) -> Iterable[Record]:
        """Return the records that were shown last, as they are in the catalogue now."""
        ids = Dialogue.of(self._turn.known, self._turn.kind).ids[:PAGE]
        get = getattr(self._turn.catalogue, "get", None) if ids else None
        found = (get(self._turn.kind, one) for one in ids) if get else ()
        return [record for record in found if record is not None]

    def _quoted(self) -> Iterable[Record]:
        """Return the records in the message that the customer quotes, as far as it tells their codes."""
        context = ConciergeTurn.of(self._turn)
        try:
            ids = with_quoted(context, None).quoted[:PAGE]
            return [record for record in map(context.record, ids) if record is not None]
        except NoCatalogue:  # records of the operator's own code have no such codes
            return []

    def _as_json(self, found: SearchResult) -> str:
        told = {
            "total": found.total,
            "first": found.offset + 1,
            "givenUp": list(found.relaxed),
            "records": [self.seen(record) for record in found],
        }
        return json.dumps(told, ensure_ascii=False)


def _filters(wanted: SearchArguments) -> dict[str, Any]:
    return {name: value for name, value in wanted.given().items() if name not in _NO_FILTERS}
