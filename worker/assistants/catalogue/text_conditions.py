"""The conditions of a search for the text of a wish, and the order: by its words, and by what it means. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from worker.assistants.catalogue.features import Term
from worker.assistants.catalogue.filters import NOTHING, Condition, Steps

#: The name of the text of a search among the filters; each of its words is a condition of its own.
QUERY: Final = "query"
#: What dropping a word of the text costs, a little less for each further word: the first ones say most.
_WORD, LESS = 1.0, 0.01
#: And that of a word beside a feature: it tells why the feature is wanted rather than what is.
_BESIDE_FEATURE: Final = 0.3
#: How near the nearest description of a record must be to be meant (see `Texts.nearest`). What is less near is a guess, and the text
#: is then said to be loosened. Of 140 messages that are no wish two are as near, which the
#: grammar knows for questions; the next ones come to 1.9.
SURE: Final = 2.0
#: What it costs that a record is found by its meaning and not by the words: it comes later, and nothing is said to be loosened.
BY_MEANING: Final = 0.001
_GUESSED: Final = 0.9
#: How near a record counts that has all words of a text, in the unit of nearness.
_WORDS: Final = 2.4
#: SQL, and the values of its marks.
Expression = tuple[str, tuple[str | float, ...]]
NO_ORDER: Final[Expression] = ("", ())
#: Descriptions of records that a text may mean, and how near each is.
Near = Mapping[int, float]


def text_steps(said: Sequence[Term], known: Sequence[Term], near: Near) -> dict[str, Steps]:
    """Return the conditions for the terms of a text: these, or what it means.

    `known` are those of the terms that any record has. If these are all, records that have all of them are found alone, if there
    are any. If they are half of the terms or more, or a feature is among them, a meaning that is a guess does not count.
    """
    sure, featured = max(near.values(), default=0) >= SURE, any(term.features for term in said)
    if not (near and said) or ((featured or 2 * len(known) >= len(said)) and not sure):
        return {
            f"{QUERY} {term.said}": (
                Condition(match=term.match),
                Condition(cost=(_BESIDE_FEATURE if featured and not term.features else _WORD) - LESS * at),
            )
            for at, term in enumerate(said)
        }
    sql = f"r.rowid IN (SELECT record FROM described WHERE description IN ({', '.join('?' * len(near))}))"  # noqa: S608
    meant, words = Condition(sql=sql, values=tuple(near)), _all(known)
    if known:
        match, values = _all(_telling(known)).test()
        meant = Condition(sql=f"({sql} OR {match})", values=(*near, *values))
    first = (words, replace(meant, cost=BY_MEANING)) if len(known) == len(said) else (meant,)
    if not sure:
        first = (NOTHING, replace(meant, cost=_GUESSED))
    return {QUERY: (*first, Condition(cost=_WORD))}


def by_meaning(said: Sequence[Term], known: Sequence[Term], near: Near) -> Expression:
    """Return the order by what a text means: by the nearest description of a record, and by the words that it has."""
    if not near:
        return NO_ORDER
    cases = " ".join("WHEN ? THEN ?" for _ in near)
    best = f"SELECT max(CASE d.description {cases} END) FROM described d WHERE d.record = r.rowid"  # noqa: S608
    sql, values = f"-coalesce(({best}), 0)", tuple(one for pair in near.items() for one in pair)
    if not known:
        return sql, values
    telling = _telling(known)
    match, words = _all(telling).test()
    weight = _WORDS * (1 if telling[0].features else len(known) / len(said))
    return f"{sql} - CASE WHEN {match} THEN ? ELSE 0 END", (*values, *words, weight)


def _telling(known: Sequence[Term]) -> Sequence[Term]:
    """Return the features among some terms, all terms if there are none: the words beside a feature tell what it is for."""
    return [term for term in known if term.features] or known


def _all(known: Sequence[Term]) -> Condition:
    return Condition(match=" AND ".join(f"({term.match})" for term in known))
