"""Numbers that replace others: "5.2 not 2.5 million", "٣ ونص مش اتنين", "it was 4, now 5 million". Pure.

new [unit] not old [unit]   ·   not old [unit] but new [unit]   ·   was old [unit] ... new [unit]
old [unit] is too much ... new [unit]
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from worker.assistants.understanding.pieces import Piece

_THOUSAND = 1000.0
#: How many pieces may stand between the old number and the new one: "but now it is".
_FAR = 5
#: These begin a correction: what follows them counts.
_ANSWERS = frozenset({"no", "nor", "neither"})


class _Counted(NamedTuple):
    """A number with its unit."""

    piece: Piece
    unit: Piece | None
    end: int


def with_contrasts(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces without the numbers that are replaced; a number that replaces one takes over what it does not name itself."""
    done: list[Piece] = []
    at = 0
    while at < len(pieces):
        found = _new_before_old(pieces, at) or _new_after_old(pieces, at) or _new_after_too_much(pieces, at)
        if found is None:
            done.append(pieces[at])
            at += 1
        else:
            done.extend(found[0])
            at = found[1]
    return done


def _new_before_old(pieces: Sequence[Piece], at: int) -> tuple[list[Piece], int] | None:
    new = _counted(pieces, at)
    if new is None or new.end >= len(pieces) or not _refuses(pieces[new.end]):
        return None
    old = _counted(pieces, new.end + 1)
    if old is None or old.piece.after_break or not _is_alike(new, old):
        return None
    return _replaced(new, old), old.end


def _new_after_old(pieces: Sequence[Piece], at: int) -> tuple[list[Piece], int] | None:
    past = pieces[at].means("past")
    if not past and not _refuses(pieces[at]):
        return None
    start = at + 1
    while start < len(pieces) and pieces[start].means("bound", "about") and pieces[start].amount is None:
        start += 1
    old = _counted(pieces, start)
    if old is None or old.piece.after_break:
        return None
    between = old.end
    while past and between < min(len(pieces), old.end + _FAR) and pieces[between].amount is None:
        between += 1
    while not past and between < len(pieces) and _turns(pieces[between]):
        between += 1
    new = _counted(pieces, between)
    contrasted = past or between > old.end or (new is not None and new.piece.after_break)
    if new is None or not contrasted or not _is_alike(new, old):
        return None
    return _replaced(new, old), new.end


def _new_after_too_much(pieces: Sequence[Piece], at: int) -> tuple[list[Piece], int] | None:
    old = _counted(pieces, at)
    if old is None or old.end >= len(pieces) or not pieces[old.end].means("judge", "bad"):
        return None
    between = old.end + 1
    while between < min(len(pieces), old.end + _FAR) and pieces[between].amount is None:
        between += 1
    new = _counted(pieces, between)
    return (_replaced(new, old), new.end) if new is not None and _is_alike(new, old) else None


def _refuses(piece: Piece) -> bool:
    return piece.means("refuse", "no") and not piece.means("link", "or") and piece.words not in _ANSWERS


def _turns(piece: Piece) -> bool:
    """Return whether what is wanted follows: "but", "it is"."""
    return piece.amount is None and (piece.means("link", "but") or piece.means("who") or piece.means("fix"))


def _counted(pieces: Sequence[Piece], at: int) -> _Counted | None:
    if at >= len(pieces) or pieces[at].amount is None:
        return None
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    if after is not None and not after.after_break and after.means("unit"):
        return _Counted(pieces[at], after, at + 2)
    return _Counted(pieces[at], None, at + 1)


def _is_alike(new: _Counted, old: _Counted) -> bool:
    """Return whether two numbers can count the same thing."""
    if new.unit is not None and old.unit is not None:
        return new.unit.meaning("unit") == old.unit.meaning("unit")
    if new.unit is None and old.unit is None:
        return True
    bare, other = (new.piece, old.unit) if new.unit is None else (old.piece, new.unit)
    scaled = bare.amount is not None and bare.amount.scale > 1
    return not scaled or (other is not None and other.means("unit", "pounds"))


def _replaced(new: _Counted, old: _Counted) -> list[Piece]:
    amount, before = new.piece.amount, old.piece.amount
    if (
        amount is not None
        and before is not None
        and amount.scale == 1 < before.scale
        and amount.value < _THOUSAND
    ):
        amount = replace(amount, value=amount.value * before.scale, scale=before.scale)
    unit = new.unit or old.unit
    piece = replace(new.piece, amount=amount)
    return [piece] if unit is None else [piece, replace(unit, after_break=False)]
