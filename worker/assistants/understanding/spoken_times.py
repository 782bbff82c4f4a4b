"""Reads the day and the time that a message names, word by word, before anybody knows what day it is. Pure.

What a single word can be is told by `day_grammar` and `clock_grammar`; here it is decided which of them are meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from worker.assistants.understanding.clock_grammar import clock_at, part_at
from worker.assistants.understanding.day_grammar import date_at, day_at, later_at
from worker.assistants.understanding.time_values import Clock, Day, Found, Later, Part
from worker.assistants.understanding.time_words import TimeLine
from worker.assistants.understanding.tokens import Token, tokenise
from worker.assistants.understanding.vocabulary import vocabulary

#: So many words of times are read: a message names few, and what they are compared with stays short.
_MOST = 12
#: How far a refusal and a correction reach, in words.
_REFUSED, _FIXED = 3, 2

_Value = TypeVar("_Value", Day, Clock, Later, Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenTime:
    """The day and the time that a message names; each may be missing, but not all."""

    day: Day | None
    clock: Clock | None
    part: Part | None
    later: Later | None
    words: str
    spans: tuple[tuple[int, int], ...]  #: its words that say nothing else: from the first to behind the last


def spoken_time(
    plain: str, tokens: Sequence[Token] | None = None, *, asked: bool = False
) -> SpokenTime | None:
    """Return what a text in its normal spelling says about a time, None if nothing; `asked` as in `when_in`.

    `tokens` are its words, if they are known.
    """
    line = TimeLine(plain, tokenise(plain, vocabulary().known) if tokens is None else tokens)
    if line.says_nothing and not asked:
        return None
    found = _all_found(line, asked=asked)
    kept = found if asked else _certain(found)
    meant = [one for one in kept if not _is_refused(line, one, found)]
    if not meant:
        return None
    return SpokenTime(
        day=_chosen(line, meant, Day),
        clock=_chosen(line, meant, Clock),
        part=_chosen(line, meant, Part),
        later=_chosen(line, meant, Later),
        words=" ".join(plain[line.tokens[one.first].start : line.tokens[one.end - 1].end] for one in meant),
        spans=tuple((one.first, one.end) for one in kept if one.consumed),
    )


def _all_found(line: TimeLine, *, asked: bool) -> list[Found]:
    found: list[Found] = []
    at = 0
    while at < len(line) and len(found) < _MOST:
        before = found[-1] if found and found[-1].end == at else None
        if line.means(at, "other") or not line.knows(at):
            at = line.after(at)
            continue
        one = (
            later_at(line, at)
            or date_at(line, at, beside=before is not None or asked)
            or day_at(line, at)
            or clock_at(line, at, before, asked=asked)
            or part_at(line, at)
        )
        found += [one] if one else []
        at = one.end if one else at + 1
    return found


def _certain(found: Sequence[Found]) -> list[Found]:
    """Return those that are times: by their words, or because of a time that was said too, directly beside a day of the week."""
    begins, ends = {one.first for one in found}, {one.end for one in found}
    days = [one.sure or one.end in begins or one.first in ends for one in found]
    if not any(
        one.sure or (day and isinstance(one.values[0], Day)) for one, day in zip(found, days, strict=True)
    ):
        return []
    return [one for one, day in zip(found, days, strict=True) if day or not isinstance(one.values[0], Day)]


def _is_refused(line: TimeLine, one: Found, found: Sequence[Found]) -> bool:
    """Return whether "not" comes before it, or directly after it and before no other."""
    for back in range(one.first - 1, max(-1, one.first - 1 - _REFUSED), -1):
        if any(other.first <= back < other.end for other in found):
            break
        if line.means(back, "refuse"):
            return True
    follows = any(one.end < other.first <= one.end + _REFUSED for other in found)
    return not follows and line.means(one.end, "refuse")


def _chosen(line: TimeLine, meant: Sequence[Found], kind: type[_Value]) -> _Value | None:
    """Return the first of a kind, or the one that corrects it; of "Thursday 12 December" the date."""
    said = [(one.first, value) for one in meant for value in one.values if isinstance(value, kind)]
    chosen = said[0][1] if said else None
    for first, value in said[1:]:
        corrects = any(line.means(back, "fix") for back in range(max(0, first - _FIXED), first))
        if corrects or (
            isinstance(value, Day) and value.month and isinstance(chosen, Day) and not chosen.month
        ):
            chosen = value
    return chosen
