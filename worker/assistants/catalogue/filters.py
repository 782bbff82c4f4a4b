"""The filters of a search as conditions on the records; each with looser conditions to fall back to, and what they cost."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from worker.assistants.catalogue.errors import BadFilter
from worker.assistants.catalogue.spelling import TITLES, all_of, key, search_words
from worker.assistants.understanding.normal import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition on a record `r`: either in SQL, or words of its text; with neither, every record meets it."""

    sql: str = ""
    values: tuple[str | float, ...] = ()
    match: str = ""
    #: How far it is from what was asked for. Costs are added up, and the records with the lowest sum are found.
    cost: float = 0

    def test(self) -> tuple[str, tuple[str | float, ...]]:
        """Return it as one expression in SQL, and its values."""
        if self.match:
            return "r.rowid IN (SELECT rowid FROM text WHERE text MATCH ?)", (self.match,)
        return self.sql or "1", self.values


NOTHING = Condition(sql="0")

#: The condition as requested, then looser ones, the strictest first. Each includes the ones before it.
Steps = tuple[Condition, ...]
#: (key of a name, columns) -> the columns in which the name or an alias occurs, each with the key of the value.
FindNames = Callable[[str, Collection[str]], list[tuple[str, str]]]
Filter = Callable[[Any, FindNames], Steps]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looser:
    """A looser bound: the figure as requested, times a factor, plus a number."""

    times: float = 1
    plus: float = 0
    cost: float

    def of(self, figure: float) -> float:
        """Return the bound for a figure."""
        return figure * self.times + self.plus


def times(factor: float, *, cost: float) -> Looser:
    """Return a bound that is looser by a factor."""
    return Looser(times=factor, cost=cost)


def plus(number: float, *, cost: float) -> Looser:
    """Return a bound that is looser by a number."""
    return Looser(plus=number, cost=cost)


def exactly(column: str, *slacks: Looser) -> Filter:
    """Return a filter for a whole number; relaxed, the number may differ by what the slack adds."""

    def steps(value: Any, names: FindNames) -> Steps:  # noqa: ARG001  (a filter's signature)
        figure = _figure(value)
        near = (
            Condition(
                sql=f"r.{column} BETWEEN ? AND ?",
                values=(figure - slack.plus, figure + slack.plus),
                cost=slack.cost,
            )
            for slack in slacks
        )
        return Condition(sql=f"r.{column} = ?", values=(figure,)), *near

    return steps


def at_least(column: str, *looser: Looser, about: float = 1) -> Filter:
    """Return a filter for a lower bound, which is multiplied by `about` first, and its looser bounds."""
    return _bound(column, ">=", (times(about, cost=0), *looser))


def at_most(column: str, *looser: Looser) -> Filter:
    """Return a filter for an upper bound, and its looser bounds."""
    return _bound(column, "<=", (times(1, cost=0), *looser))


def _bound(column: str, sign: str, bounds: tuple[Looser, ...]) -> Filter:
    def steps(value: Any, names: FindNames) -> Steps:  # noqa: ARG001
        figure = _figure(value)
        return tuple(
            Condition(sql=f"r.{column} {sign} ?", values=(bound.of(figure),), cost=bound.cost)
            for bound in bounds
        )

    return steps


def dispensable(wrapped: Filter, *, cost: float) -> Filter:
    """Return a filter that is dropped if nothing meets it."""
    return lambda value, names: (*wrapped(value, names), Condition(cost=cost))


def choice(
    column: str,
    spellings: Mapping[str, str],
    *,
    always: str | None = None,
    alike: Mapping[str, str] | None = None,
    cost: float = 0,
) -> Filter:
    """Return a filter for a column with few values; a record with the value `always` matches in any case.

    Relaxed, records match that are `alike`: value -> a condition in SQL without values.
    """

    def steps(value: Any, names: FindNames) -> Steps:  # noqa: ARG001
        chosen = {spellings.get(said, said) for said in map(key, _texts(value))}
        if always is not None:
            chosen.add(always)
        exact = _one_of(column, chosen)
        near = [alike[one] for one in sorted(chosen) if alike and one in alike]
        if not near:
            return (exact,)
        return exact, Condition(sql=f"({' OR '.join([exact.sql, *near])})", values=exact.values, cost=cost)

    return steps


def word(column: str) -> Filter:
    """Return a filter for a word of the operator's, whatever its case."""

    def steps(value: Any, names: FindNames) -> Steps:  # noqa: ARG001
        chosen = [said.casefold() for said in _texts(value)]
        marks = ", ".join("?" * len(chosen))
        return (Condition(sql=f"lower(r.{column}) IN ({marks})", values=tuple(chosen)),)

    return steps


def name(*columns: str, wider: Mapping[str, float] | None = None) -> Filter:
    """Return a filter for a name that may occur in any of several columns, the narrowest first.

    A name in a narrow column is relaxed to the `wider` ones, each at its cost: from a district to its city.
    An unknown name is searched for as words.
    """

    def steps(value: Any, names: FindNames) -> Steps:
        wanted = _texts(value)
        known = [place for said in wanted for place in names(key(said), columns)]
        if not known:
            said_so = " OR ".join(f"({all_of(search_words(said))})" for said in wanted if search_words(said))
            return (Condition(match=said_so) if said_so else NOTHING,)
        around = [
            _around(columns[: at + 1], column, known, wider[column])
            for at, column in enumerate(columns)
            if at and wider and column in wider
        ]
        return _in(known), *(condition for condition in around if condition is not None)

    return steps


def person(part: str) -> Filter:
    """Return a filter for words of a person's name, without titles like "Dr"."""

    def steps(value: Any, names: FindNames) -> Steps:  # noqa: ARG001
        said = [word for text in _texts(value) for word in words(text)]
        said = [word for word in said if word not in TITLES] or said
        return (Condition(match=f"{part} : ({all_of(said)})") if said else NOTHING,)

    return steps


def excluded(wrapped: Filter) -> Filter:
    """Return a filter that excludes what another one finds."""

    def steps(value: Any, names: FindNames) -> Steps:
        def narrowest(named: str, columns: Collection[str]) -> list[tuple[str, str]]:
            # "No auditors" does not exclude all accountants because they are called auditors too.
            found = names(named, columns)
            return [place for place in found if place[1] == named] or found

        first, *_ = wrapped(value, narrowest)
        # An unknown name excludes nothing.
        return (Condition(sql=f"NOT coalesce({first.sql}, 0)", values=first.values),) if first.sql else ()

    return steps


def _in(known: Collection[tuple[str, str]]) -> Condition:
    each = dict.fromkeys(known)
    return Condition(
        sql="(" + " OR ".join(f"r.{column}_key = ?" for column, _ in each) + ")",
        values=tuple(value for _, value in each),
    )


def _around(
    narrower: tuple[str, ...], column: str, known: list[tuple[str, str]], cost: float
) -> Condition | None:
    """Return the condition that a record shares the value of a wider column with the records of the narrower ones."""
    inside = [(at, value) for at, value in known if at in narrower[:-1]]
    if not inside:
        return None
    named, within = _in(known), _in(inside)
    those = f"SELECT r.{column}_key FROM records r WHERE {within.sql}"  # noqa: S608  (our own columns)
    return Condition(
        sql=f"({named.sql} OR r.{column}_key IN ({those}))", values=(*named.values, *within.values), cost=cost
    )


def _one_of(column: str, chosen: Collection[str]) -> Condition:
    marks = ", ".join("?" * len(chosen))
    return Condition(sql=f"r.{column} IN ({marks})", values=tuple(sorted(chosen)))


def _figure(value: Any) -> float:
    try:
        figure = float(value)
    except (TypeError, ValueError, OverflowError):
        figure = float("nan")
    if isinstance(value, bool) or not isfinite(figure):
        raise BadFilter(f"{value!r} is not a number")
    return figure


def _texts(value: Any) -> list[str]:
    several = [value] if isinstance(value, str) else value
    if isinstance(several, Collection) and all(isinstance(one, str) for one in several):
        return list(several)
    raise BadFilter(f"{value!r} is neither a text nor a list of texts")
