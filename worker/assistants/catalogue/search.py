"""Searches the records of one kind: with all filters and the text first, then for what comes closest to them."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from worker.assistants.catalogue.errors import BadFilter
from worker.assistants.catalogue.features import Term, plain_terms, terms
from worker.assistants.catalogue.filters import Condition, Steps
from worker.assistants.catalogue.records import Record, SearchResult
from worker.assistants.catalogue.schema import RecordKind
from worker.assistants.catalogue.seen import since
from worker.assistants.catalogue.tables import selected
from worker.assistants.catalogue.text_conditions import (
    BY_MEANING,
    LESS,
    NO_ORDER,
    QUERY,
    Expression,
    by_meaning,
    text_steps,
)

#: Filters that are not enough for a search on their own.
_NOT_ENOUGH = ("purpose",)
_NO_LIMIT = float("inf")

Conditions = dict[str, Condition]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The requested page of the result, and its order."""

    offset: int = 0
    limit: int = 10
    order: str = ""


class RecordSearch:
    """Searches the records of one kind on one connection."""

    def __init__(
        self,
        kind: RecordKind,
        connection: sqlite3.Connection,
        near: Callable[[str], Mapping[int, float]] = lambda _: {},
    ) -> None:
        self._kind = kind
        self._connection = connection
        self.near = near  #: a text -> the descriptions of records that it may mean, and how near each is

    def find(self, query: str, filters: Mapping[str, Any], page: PageRequest) -> SearchResult:
        """Return one page of the records that match; if none do, of those with the least deviation.

        Raises `BadFilter`.
        """
        if page.order not in self._kind.orders:
            raise BadFilter(
                f"{self._kind.name} cannot be ordered by {page.order!r}; use one of"
                f" {', '.join(filter(None, self._kind.orders))}"
            )
        said, known, meant = self._meant(query)
        steps = self._steps(filters) | text_steps(said, known, meant)
        order = NO_ORDER if page.order else by_meaning(said, known, meant)
        found = self._page({name: step[0] for name, step in steps.items()}, page, order)
        if found.total:
            return found
        closest = self._closest(steps, filters)
        if closest is None:
            return found
        deviation = _sum(_case(steps[name]) for name, one in closest.items() if one.cost)
        near = self._page(closest, page, _in_order(deviation, order, self._distance(filters)))
        costs = {name: one.cost for name, one in closest.items() if one.cost > BY_MEANING}
        costly = sorted(costs, key=lambda name: -costs[name])
        return replace(near, relaxed=tuple(dict.fromkeys(map(_filter_of, costly))))

    def news(self, query: str, filters: Mapping[str, Any], at: str, limit: int) -> SearchResult:
        """Return the records that match everything and are new, or cheaper, since a load. Raises `BadFilter`."""
        steps = self._steps(filters) | text_steps(*self._meant(query))
        conditions = {name: step[0] for name, step in steps.items()}
        return self._page(conditions | {"since": since(self._kind, at)}, PageRequest(limit=limit))

    def dropped(self, record_id: str, at: str) -> bool:
        """Return whether a record has become cheaper since a load."""
        condition = since(self._kind, at)
        sql = f"SELECT 1 FROM records r WHERE r.id = ? AND {condition.sql}"  # noqa: S608  (our own columns)
        return self._connection.execute(sql, (record_id, *condition.values)).fetchone() is not None

    def known(self, query: str) -> str:
        """Return the words of a text that occur in any record, without numbers."""
        return " ".join(term.said for term in self._known(self._terms(query)) if not term.said.isdigit())

    def _meant(self, query: str) -> tuple[Sequence[Term], Sequence[Term], Mapping[int, float]]:
        """Return the terms of a text, those that any record has, and the descriptions that it may mean; the second only with the third."""
        said, near = self._terms(query), self.near(query)
        return said, (self._known(said) if near else ()), near

    def _terms(self, query: str) -> list[Term]:
        """Return the terms of a text; of a feature that no record is marked with, as in the file of an older release, the words."""
        found = terms(query) if self._kind.features else plain_terms(query)
        return [
            one
            for term in found
            for one in ([term] if not term.is_optional or self._known([term]) else plain_terms(term.said))
        ]

    def _known(self, said: Sequence[Term]) -> list[Term]:
        return [term for term in said if self._any({QUERY: Condition(match=term.match)})]

    def _steps(self, filters: Mapping[str, Any]) -> dict[str, Steps]:
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
        return {name: step for name, step in steps.items() if step}

    def _names(self, key: str, fields: Collection[str]) -> list[tuple[str, str]]:
        marks = ", ".join("?" * len(fields))
        sql = f"SELECT DISTINCT field, value_key FROM names WHERE key = ? AND field IN ({marks})"  # noqa: S608
        return list(self._connection.execute(sql, (key, *fields)))

    def _closest(self, steps: Mapping[str, Steps], filters: Mapping[str, Any]) -> Conditions | None:
        """Return the conditions that the record with the least deviation meets, None if no record comes near."""
        looser = {name: step for name, step in steps.items() if len(step) > 1}
        if not looser:
            return None
        least = {name: step[-1] for name, step in steps.items()}
        tables, values = _where(least)
        cases = [_case(step) for step in looser.values()]
        columns = ", ".join(f"{sql} AS c{number}" for number, (sql, _) in enumerate(cases))
        total = " + ".join(f"c{number}" for number in range(len(cases)))
        # What is dropped altogether must not be all that was asked for.
        kept = any(not _is_dropped(one) and _tells(name) for name, one in least.items())
        dropped = sum(one.cost for name, one in least.items() if _is_dropped(one))
        distance, apart = self._distance(filters)
        sql = (
            f"SELECT * FROM (SELECT {columns}, {distance} AS distance {tables})"  # noqa: S608  (our own columns)
            f" WHERE {total} < ? ORDER BY {total}, distance LIMIT 1"
        )
        given = [value for _, each in cases for value in each] + [*apart, *values]
        row = self._connection.execute(sql, (*given, _NO_LIMIT if kept else dropped - LESS)).fetchone()
        if row is None:
            return None
        costs = dict(zip(looser, row, strict=False))
        return {
            name: next(one for one in step if one.cost == costs.get(name, 0)) for name, step in steps.items()
        }

    def _distance(self, filters: Mapping[str, Any]) -> Expression:
        """Return how far a record is from a figure of the filters, as SQL with its values."""
        for name, value in filters.items():
            column = self._kind.closest.get(self._kind.filter_named(name) or "")
            if column is not None and value is not None:
                return f"abs({column} - ?)", (float(value),)
        return "NULL", ()

    def _any(self, conditions: Conditions) -> bool:
        tables, values = _where(conditions)
        return self._connection.execute(f"SELECT 1 {tables} LIMIT 1", values).fetchone() is not None

    def _page(self, conditions: Conditions, page: PageRequest, first: Expression = NO_ORDER) -> SearchResult:
        """Return a page of the records that meet the conditions; `first` comes before the usual order."""
        tables, values = _where(conditions)
        order = self._kind.orders[page.order]
        if any(one.match for name, one in conditions.items() if _filter_of(name) == QUERY) and not page.order:
            order = f"bm25(text, {', '.join(map(str, self._kind.parts.values()))}), {order}"
        order = f"{first[0]}, {order}" if first[0] else order
        sql = f"SELECT {selected(self._kind)} {tables} ORDER BY {order} LIMIT ? OFFSET ?"
        rows = self._connection.execute(sql, (*values, *first[1], page.limit, page.offset)).fetchall()
        total = page.offset + len(rows)
        if len(rows) == page.limit or (page.offset and not rows):
            (total,) = self._connection.execute(f"SELECT count(*) {tables}", values).fetchone()
        return SearchResult(records=tuple(map(self.record, rows)), total=total, offset=page.offset)

    def record(self, row: tuple[Any, ...]) -> Record:
        """Return the record of a row with the `selected` columns."""
        return self._kind.record(**dict(zip((column.name for column in self._kind.fields), row, strict=True)))


def _case(steps: Steps) -> Expression:
    """Return what a record costs of one filter, NULL if it meets none of the steps, as SQL with its values."""
    tests = [step.test() for step in steps]
    cases = " ".join(f"WHEN {sql} THEN {step.cost}" for (sql, _), step in zip(tests, steps, strict=True))
    return f"CASE {cases} END", tuple(value for _, values in tests for value in values)


def _sum(several: Iterable[Expression]) -> Expression:
    sqls, values = zip(*several, strict=True)
    return " + ".join(sqls), tuple(value for each in values for value in each)


def _in_order(*several: Expression) -> Expression:
    return ", ".join(sql for sql, _ in several if sql), tuple(
        value for _, values in several for value in values
    )


def _filter_of(name: str) -> str:
    """Return the name of the filter; a word of the text belongs to the text."""
    return name.partition(" ")[0]


def _is_dropped(condition: Condition) -> bool:
    return not condition.sql and not condition.match


def _tells(name: str) -> bool:
    return name not in _NOT_ENOUGH and not name.startswith("not")


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
