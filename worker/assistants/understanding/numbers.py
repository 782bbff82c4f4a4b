"""The grammar of numbers: digits, words, multipliers, halves, compounds. Pure; the words are in `data/numbers.toml`.

amount  = group [times [fraction]] [smaller amount]      مليون ونص · 2.5m · مليون و٧٥٠ الف
group   = digits | word [and word]... | fraction         3 · twenty five · مئة وخمسين · half
"""

from collections.abc import Sequence
from typing import NamedTuple

from worker.assistants.understanding.pieces import Amount, Piece

_HUNDRED = 100.0
_THOUSAND = 1000.0
_MILLION = 1_000_000.0
#: A bare "m" after an integer between these means metres.
_METRES = range(40, 2001)
_TEN, _TWENTY = 10, 20


class _Read(NamedTuple):
    value: float
    scale: float
    end: int
    digits: bool


def with_amounts(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with every number made one piece."""
    done: list[Piece] = []
    at = 0
    while at < len(pieces):
        read = _amount(pieces, at, _THOUSAND * _MILLION * _MILLION)
        if read is None:
            done.append(pieces[at])
            at += 1
            continue
        span = pieces[at : read.end]
        done.append(
            Piece(
                words=" ".join(piece.words for piece in span),
                senses=span[0].senses if len(span) == 1 else {},
                amount=Amount(value=read.value, scale=read.scale, digits=read.digits),
                apart=span[0].apart,
                the=span[0].the,
            )
        )
        at = read.end
    return done


def _amount(pieces: Sequence[Piece], at: int, below: float) -> _Read | None:
    """Return the amount that begins here, if one does whose multiplier is smaller than a bound."""
    group = _group(pieces, at)
    end = group.end if group else at
    times = _times(pieces, end, joined=group is not None)
    if (
        times is None
        or times >= below
        or (group and group.digits and _is_metres(pieces, at, end, group.value))
    ):
        return group
    count = 2.0 if pieces[end].means("count", "2") else 1.0
    value = (group.value if group else count) * times
    end += 1
    part = _part(pieces, end, after=True)
    if part is not None:
        value, end = value + part[0] * times, part[1]
    rest = _rest(pieces, end, times)
    if rest is not None:
        value, end = value + rest[0], rest[1]
    return _Read(value, times, end, digits=group is not None and group.digits)


def _group(pieces: Sequence[Piece], at: int) -> _Read | None:
    """Return the number below a thousand in words, or the one in digits, with its half, that begins here."""
    piece = pieces[at]
    digits = piece.number is not None
    value = piece.number if digits else _word(piece)
    if value is None:
        part = _part(pieces, at, after=False)
        if part is None or _times(pieces, part[1], joined=True) is None:
            return None
        return _Read(part[0], 1.0, part[1], digits=False)
    end = at + 1
    while not digits and end < len(pieces) and not pieces[end].apart:
        step = end + 1 if pieces[end].means("link", "and") else end
        more = _word(pieces[step]) if step < len(pieces) else None
        if more is not None and _fits(value, more, joined=step > end):
            value, end = value + more, step + 1
        elif pieces[end].means("times", "100"):
            value, end = value * _HUNDRED, end + 1
        else:
            break
    if digits and end < len(pieces) and pieces[end].means("times", "100") and not pieces[end].apart:
        value, end = value * _HUNDRED, end + 1
    part = _part(pieces, end, after=True)
    if part is not None:
        value, end = value + part[0], part[1]
    return _Read(value, 1.0, end, digits=digits)


def _word(piece: Piece) -> float | None:
    found = piece.meaning("number")
    if found is not None:
        return float(found)
    return _HUNDRED if piece.means("times", "100") else None


def _fits(value: float, more: float, *, joined: bool) -> bool:
    """Return whether "twenty" goes on with "five", "مئة" with "خمسين", "خمسة و" with "عشرين"."""
    if value >= _HUNDRED:
        return more < _HUNDRED and value % _HUNDRED == 0
    if joined and value < _TWENTY:
        return value < _TEN and more >= _TWENTY and more < _HUNDRED
    return value >= _TWENTY and value % _TEN == 0 and more < _TEN


def _times(pieces: Sequence[Piece], at: int, *, joined: bool) -> float | None:
    """Return the multiplier at a place; a single letter is one only behind a number."""
    if at >= len(pieces) or (joined and pieces[at].apart):
        return None
    found = pieces[at].meaning("times")
    if found is None or found == "100" or (not joined and len(pieces[at].words) < 3):  # noqa: PLR2004  ("k", "mn")
        return None
    return float(found)


def _is_metres(pieces: Sequence[Piece], at: int, end: int, value: float) -> bool:
    """Return whether "150 m" is an area; a budget's cue or a currency beside it says money."""
    if not pieces[end].means("unit", "metres") or value not in _METRES:
        return False
    before = pieces[at - 1] if at and not pieces[at].apart else None
    after = pieces[end + 1] if end + 1 < len(pieces) else None
    if after is not None and after.means("unit", "pounds") and not after.apart:
        return False
    if (
        before is not None
        and before.means("bound", "about")
        and not before.means("before", "area")
        and at > 1
    ):
        before = pieces[at - 2]
    return before is None or not (before.means("before", "money") or before.means("unit", "pounds"))


def _part(pieces: Sequence[Piece], at: int, *, after: bool) -> tuple[float, int] | None:
    """Return the fraction that is added ("and a half") or that is all there is, and where it ends."""
    if at < len(pieces) and after and not pieces[at].apart and pieces[at].means("minus"):
        return -float(pieces[at].senses["minus"][0]), at + 1
    if after:
        if at + 1 >= len(pieces) or pieces[at].apart or not pieces[at].means("link", "and"):
            return None
        at += 1
    found = pieces[at].meaning("part") if at < len(pieces) else None
    return (float(found), at + 1) if found is not None else None


def _rest(pieces: Sequence[Piece], at: int, times: float) -> tuple[float, int] | None:
    """Return what a smaller amount adds: "and 750 thousand", and in speech "مليون ومتين" for "and 200 thousand"."""
    joined = at < len(pieces) and pieces[at].means("link", "and") and not pieces[at].apart
    start = at + 1 if joined else at
    if start >= len(pieces) or pieces[start].apart:
        return None
    found = _amount(pieces, start, times)
    if found is None or found.value >= times:
        return None
    if found.scale > 1:
        return found.value, found.end
    after = pieces[found.end] if found.end < len(pieces) else None
    counted = (
        after is not None and after.means("unit") and not after.means("unit", "pounds") and not after.apart
    )
    if not joined or counted or found.value < _HUNDRED:
        return None
    return (
        found.value * _THOUSAND if times == _MILLION and found.value < _THOUSAND else found.value
    ), found.end
