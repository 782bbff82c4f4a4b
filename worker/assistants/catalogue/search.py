"""Searches the records of one kind: with all filters and the text first, then with fewer and looser conditions."""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from worker.assistants.catalogue.errors import BadFilter
from worker.assistants.catalogue.filters import Condition, Steps
from worker.assistants.catalogue.records import Record, SearchResult
from worker.assistants.catalogue.schema import RecordKind
from worker.assistants.catalogue.spelling import all_of, search_words
from worker.assistants.catalogue.tables import selected

#: The name of the text of a search among the filters.
QUERY = "query"
#: Filters that are not enough for a search on their own.
_NOT_ENOUGH = ("purpose",)

Conditions = dict[str, Condition]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The requested page of the result, and its order."""

    offset: int = 0
    limit: int = 10
    order: str = ""


class RecordSearch:
    """Searches the records of one kind on one connection."""

    def __init__(self, kind: RecordKind, connection: sqlite3.Connection) -> None:
        self._kind = kind
        self._connection = connection

    def find(self, query: str, filters: Mapping[str, Any], page: PageRequest) -> SearchResult:
        """Return one page of the records that match; if none do, conditions are relaxed.

        Raises `BadFilter`.
        """
        if page.order not in self._kind.orders:
            raise BadFilter(
                f"{self._kind.name} cannot be ordered by {page.order!r}; use one of"
                f" {', '.join(filter(None, self._kind.orders))}"
            )
        steps = self._steps(query, filters)
        found = self._page({name: step[0] for name, step in steps.items()}, page)
        if found.total:
            return found
        for relaxed, conditions in self._looser(query, steps):
            if self._any(conditions):
                return replace(self._page(conditions, page), relaxed=relaxed)
        return found

    def known(self, query: str) -> str:
        """Return the words of a text that occur in any record, without numbers."""
        words = [word for word in search_words(query) if not word.isdigit()]
        return " ".join(word for word in words if self._any({QUERY: Condition(match=all_of([word]))}))

    def _steps(self, query: str, filters: Mapping[str, Any]) -> dict[str, Steps]:
        steps = {}
        for name, value in filters.items():
            meant = self._kind.filter_named(name)
            if meant is None:
                raise BadFilter(
                    f"{self._kind.name} have no filter {name!r}; use one of {', '.join(self._kind.filters)}"
                )
            if value is None or (isinstance(value, Collection) and not value):
                continue
            try:
                steps[meant] = self._kind.filters[meant](value, self._names)
            except BadFilter as error:
                raise BadFilter(f"{name}: {error}") from None
        if said := search_words(query):
            steps[QUERY] = (Condition(match=all_of(said)),)
        return {name: step for name, step in steps.items() if step}

    def _matchable(self, query: str, others: Conditions) -> Condition | None:
        """Return the condition for as many words of a text as occur together, preferring the first ones."""
        met: list[str] = []
        for word in search_words(query):
            if self._any(others | {QUERY: Condition(match=all_of([*met, word]))}):
                met.append(word)
        return Condition(match=all_of(met)) if met else None

    def _names(self, key: str, fields: Collection[str]) -> list[tuple[str, str]]:
        marks = ", ".join("?" * len(fields))
        sql = f"SELECT DISTINCT field, value_key FROM names WHERE key = ? AND field IN ({marks})"  # noqa: S608
        return list(self._connection.execute(sql, (key, *fields)))

    def _looser(self, query: str, steps: Mapping[str, Steps]) -> Iterator[tuple[tuple[str, ...], Conditions]]:
        """Yield looser and looser conditions, each with the names of the relaxed ones.

        First each condition alone is relaxed, then each alone is dropped, then several, until one is left.
        """
        asked_for = {name: step[0] for name, step in steps.items()}
        if QUERY in steps and (matchable := self._matchable(query, _without(asked_for, QUERY))):
            yield (QUERY,), asked_for | {QUERY: matchable}
        given = [name for name in self._kind.relaxing if name in steps]
        for name in dict.fromkeys([*given, *steps]):
            for looser in steps[name][1:]:
                yield (name,), asked_for | {name: looser}
        for several in chain(([name] for name in given), (given[:end] for end in range(2, len(given) + 1))):
            left = _without(asked_for, *several)
            if any(name not in _NOT_ENOUGH and not name.startswith("not") for name in left):
                yield tuple(several), left

    def _any(self, conditions: Conditions) -> bool:
        tables, values = _where(conditions)
        return self._connection.execute(f"SELECT 1 {tables} LIMIT 1", values).fetchone() is not None

    def _page(self, conditions: Conditions, page: PageRequest) -> SearchResult:
        tables, values = _where(conditions)
        order = self._kind.orders[page.order]
        if QUERY in conditions and not page.order:
            order = f"bm25(text, {', '.join(map(str, self._kind.parts.values()))}), {order}"
        sql = f"SELECT {selected(self._kind)} {tables} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = self._connection.execute(sql, (*values, page.limit, page.offset)).fetchall()
        total = page.offset + len(rows)
        if len(rows) == page.limit or (page.offset and not rows):
            (total,) = self._connection.execute(f"SELECT count(*) {tables}", values).fetchone()
        return SearchResult(records=tuple(map(self.record, rows)), total=total, offset=page.offset)

    def record(self, row: tuple[Any, ...]) -> Record:
        """Return the record of a row with the `selected` columns."""
        return self._kind.record(**dict(zip((column.name for column in self._kind.fields), row, strict=True)))


def _without(conditions: Conditions, *names: str) -> Conditions:
    return {name: condition for name, condition in conditions.items() if name not in names}


def _where(conditions: Conditions) -> tuple[str, list[str | float]]:
    """Return the clause "FROM … WHERE …" for some conditions, and its values."""
    match = " AND ".join(f"({one.match})" for one in conditions.values() if one.match)
    sql = [one.sql for one in conditions.values() if one.sql]
    values = [value for one in conditions.values() if one.sql for value in one.values]
    tables = "FROM records r"
    if match:
        tables = "FROM text JOIN records r ON r.rowid = text.rowid"
        sql.insert(0, "text MATCH ?")
        values.insert(0, match)
    return f"{tables} WHERE {' AND '.join(sql) or '1'}", values
