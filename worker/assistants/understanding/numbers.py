"""The grammar of numbers: digits, words, multipliers, halves and compounds. Pure; the words are in `data/numbers.toml`.

amount  = group [times [fraction]] [smaller amount]      مليون ونص · 2.5m · مليون و٧٥٠ الف
group   = digits | word [and word]... | fraction         3 · twenty five · مئة وخمسين · half
"""

from collections.abc import Sequence
from typing import NamedTuple

from worker.assistants.understanding.pieces import Amount, Piece

_HUNDRED = 100.0
_THOUSAND = 1000.0
_MILLION = 1_000_000.0
#: After an integer in this range a bare "m" means metres.
_METRES = range(40, 2001)
#: So it does after a smaller one if a shop is sought.
_METRES_OF_A_SHOP = range(10, 40)
_TEN, _TWENTY = 10, 20
#: Nobody means more; multipliers one after the other would lead to infinity.
_MOST = 1e15


class _ParsedAmount(NamedTuple):
    value: float
    scale: float
    end: int
    digits: bool


def with_amounts(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces; all pieces of one number are joined into one."""
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
                amount=Amount(value=min(read.value, _MOST), scale=read.scale, digits=read.digits),
                after_break=span[0].after_break,
                has_article=span[0].has_article,
            )
        )
        at = read.end
    return done


def _amount(pieces: Sequence[Piece], at: int, below: float) -> _ParsedAmount | None:
    """Return the amount that begins here, None if there is none with a multiplier below a bound."""
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
    return _ParsedAmount(value, times, end, digits=group is not None and group.digits)


def _group(pieces: Sequence[Piece], at: int) -> _ParsedAmount | None:
    """Return the number that begins here: below a thousand in words, or in digits, with a fraction after it."""
    piece = pieces[at]
    digits = piece.number is not None
    value = piece.number if digits else _word(piece)
    if value is None:
        part = _part(pieces, at, after=False)
        if part is None or _times(pieces, part[1], joined=True) is None:
            return None
        return _ParsedAmount(part[0], 1.0, part[1], digits=False)
    end = at + 1
    while not digits and end < len(pieces) and not pieces[end].after_break:
        step = end + 1 if pieces[end].means("link", "and") else end
        more = _word(pieces[step]) if step < len(pieces) else None
        if more is not None and _fits(value, more, joined=step > end):
            value, end = value + more, step + 1
        elif pieces[end].means("times", "100"):
            value, end = value * _HUNDRED, end + 1
        else:
            break
    if digits and end < len(pieces) and pieces[end].means("times", "100") and not pieces[end].after_break:
        value, end = value * _HUNDRED, end + 1
    decimal = _decimal(pieces, end)
    part = _part(pieces, end, after=True)
    if decimal is not None:
        value, end = value + decimal, end + 2
    elif part is not None:
        value, end = value + part[0], part[1]
    return _ParsedAmount(value, 1.0, end, digits=digits)


def _decimal(pieces: Sequence[Piece], at: int) -> float | None:
    """Return what "point five" adds, None if it does not stand here."""
    if at + 1 >= len(pieces) or pieces[at].after_break or not pieces[at].means("point"):
        return None
    digit = pieces[at + 1].number if pieces[at + 1].number is not None else _word(pieces[at + 1])
    return digit / _TEN if digit is not None and digit < _TEN else None


def _word(piece: Piece) -> float | None:
    found = piece.meaning("number")
    if found is not None:
        return float(found)
    return _HUNDRED if piece.means("times", "100") else None


def _fits(value: float, more: float, *, joined: bool) -> bool:
    """Return whether two numbers form one: "twenty" and "five", "مئة" and "خمسين", "خمسة و" and "عشرين"."""
    if value >= _HUNDRED:
        return more < _HUNDRED and value % _HUNDRED == 0
    if joined and value < _TWENTY:
        return value < _TEN and more >= _TWENTY and more < _HUNDRED
    return value >= _TWENTY and value % _TEN == 0 and more < _TEN


def _times(pieces: Sequence[Piece], at: int, *, joined: bool) -> float | None:
    """Return the multiplier at a position; a single letter is one only after a number."""
    if at >= len(pieces) or (joined and pieces[at].after_break):
        return None
    found = pieces[at].meaning("times")
    if found is None or found == "100" or (not joined and len(pieces[at].words) < 3):  # noqa: PLR2004  ("k", "mn")
        return None
    return float(found)


def _is_metres(pieces: Sequence[Piece], at: int, end: int, value: float) -> bool:
    """Return whether "150 m" is an area; with a word for money or a currency beside it, it is a price."""
    if not pieces[end].means("unit", "metres") or not (
        value in _METRES
        or (value in _METRES_OF_A_SHOP and any(piece.means("type", "shop") for piece in pieces))
    ):
        return False
    before = pieces[at - 1] if at and not pieces[at].after_break else None
    after = pieces[end + 1] if end + 1 < len(pieces) else None
    if after is not None and after.means("unit", "pounds") and not after.after_break:
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
    """Return a fraction and where it ends: one that is added ("and a half"), or one that stands alone."""
    if at < len(pieces) and after and not pieces[at].after_break and pieces[at].means("minus"):
        return -float(pieces[at].senses["minus"][0]), at + 1
    if after:
        if at + 1 >= len(pieces) or pieces[at].after_break or not pieces[at].means("link", "and"):
            return None
        at += 1
    found = pieces[at].meaning("part") if at < len(pieces) else None
    return (float(found), at + 1) if found is not None else None


def _rest(pieces: Sequence[Piece], at: int, times: float) -> tuple[float, int] | None:
    """Return what a smaller amount adds: "and 750 thousand", or colloquially "مليون ومتين" for "and 200 thousand"."""
    joined = at < len(pieces) and pieces[at].means("link", "and") and not pieces[at].after_break
    start = at + 1 if joined else at
    if start >= len(pieces) or pieces[start].after_break:
        return None
    found = _amount(pieces, start, times)
    if found is None or found.value >= times:
        return None
    if found.scale > 1:
        return found.value, found.end
    after = pieces[found.end] if found.end < len(pieces) else None
    counted = (
        after is not None
        and after.means("unit")
        and not after.means("unit", "pounds")
        and not after.after_break
    )
    if not joined or counted or found.value < _HUNDRED:
        return None
    return (
        found.value * _THOUSAND if times == _MILLION and found.value < _THOUSAND else found.value
    ), found.end
