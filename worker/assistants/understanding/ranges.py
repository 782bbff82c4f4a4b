"""Joins two numbers into a range: "between 2 and 3.5 million", "من ٢ ل ٣ مليون", "100-150", "2 or 3". Pure."""

from collections.abc import Sequence
from dataclasses import replace

from worker.assistants.understanding.number_context import ROOMS
from worker.assistants.understanding.pieces import Amount, Piece

_THOUSAND = 1000.0
#: "2 or 3 bedrooms" is a range; "150 or 200,000" is not.
_FEW = 20
#: "60 or 70 metres" is a range too, if the larger one is not much larger.
_NEAR = 1.5


def with_ranges(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces; all pieces of one range are joined into one. The unit of its first number is dropped."""
    done: list[Piece] = []
    at = 0
    while at < len(pieces):
        first = pieces[at]
        end = _other_end(pieces, at, done) if first.amount is not None else None
        other = pieces[end].amount if end is not None else None
        if first.amount is None or end is None or other is None:
            done.append(first)
            at += 1
            continue
        words = " ".join(piece.words for piece in pieces[at : end + 1])
        done.append(
            Piece(
                words=words,
                amount=_range(first.amount, other),
                after_break=first.after_break,
                has_article=first.has_article,
            )
        )
        at = end + 1
    return done


def _other_end(pieces: Sequence[Piece], at: int, before: Sequence[Piece]) -> int | None:
    """Return the position of the upper end, None if no range begins here."""
    link = at + 1
    if link < len(pieces) and pieces[link].means("unit") and not _links(pieces, link):
        link += 1
    end = link + 1
    if end < len(pieces) and pieces[end].means("unit", "pounds"):
        end += 1
    if end >= len(pieces) or any(piece.after_break for piece in pieces[at + 1 : end + 1]):
        return None
    first, other = pieces[at].amount, pieces[end].amount
    if first is None or other is None:
        return None
    unit = pieces[at + 1].meaning("unit") if link > at + 1 else None
    if unit is not None and unit != "pounds" and not _same_unit(pieces, end, unit):
        return None
    if pieces[link].means("link", "to"):
        return end
    if pieces[link].means("bound", "max") and before and before[-1].means("bound", "min"):
        return end if first.value < other.value * (first.scale if other.scale == 1 else 1) else None
    if pieces[link].means("link", "and") and _opened(before):
        return end
    small = first.scale == other.scale == 1
    few = small and first.value < other.value <= _FEW and unit in (None, *ROOMS)
    sizes = small and first.value < other.value <= first.value * _NEAR and _same_unit(pieces, end, "metres")
    return end if (few or sizes) and pieces[link].means("link", "or") else None


def _links(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a word that is also a unit links two numbers: "mn 2 le 3", where "le" is not pounds."""
    return pieces[at].means("link", "to") and at + 1 < len(pieces) and pieces[at + 1].amount is not None


def _same_unit(pieces: Sequence[Piece], end: int, unit: str) -> bool:
    return end + 1 < len(pieces) and pieces[end + 1].means("unit", unit)


def _opened(before: Sequence[Piece]) -> bool:
    """Return whether "between" or "from" comes before the first number."""
    for piece in reversed(before[-3:]):
        if piece.means("link", "between"):
            return True
        if (
            not piece.means("bound", "about")
            and not piece.means("unit", "pounds")
            and not piece.means("before", "money")
        ):
            return False
    return False


def _range(first: Amount, other: Amount) -> Amount:
    low, high = first.value, other.value
    scale = max(first.scale, other.scale)
    if first.scale == 1 < other.scale and low < _THOUSAND:
        low *= other.scale if low * other.scale <= high else _THOUSAND
    elif other.scale == 1 < first.scale and high < _THOUSAND:
        high *= first.scale
    if low > high:
        low, high = high, low
    return replace(other, low=low, value=high, scale=scale)
