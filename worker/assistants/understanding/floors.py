"""Joins a floor and its number: "the second floor", "الدور الخامس", "door 3 aw 4". It is no room, no place and no result. Pure."""

from collections.abc import Sequence

from worker.assistants.understanding.pieces import Piece

#: Higher numbers are something else.
_HIGHEST = 60
#: How far the word "floor" may be from the first of several ordinals: "1st, 2nd or 3rd floor".
_FAR = 6
_LINKS = ("or", "to", "and")


def with_floors(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces; those of one floor, or of several that are alternatives, are joined into one."""
    done: list[Piece] = []
    at = 0
    while at < len(pieces):
        end = _end(pieces, at)
        if end > at + 1:
            words = " ".join(piece.words for piece in pieces[at:end])
            done.append(Piece(words=words, senses={"floor": ("floor",)}, after_break=pieces[at].after_break))
        else:
            done.append(pieces[at])
        at = end
    return done


def _end(pieces: Sequence[Piece], at: int) -> int:
    """Return where the floor ends that begins here; the next piece if none does."""
    if _is_floor(pieces, at) and _numbered(pieces, at + 1):
        end = at + 2
        while end + 1 < len(pieces) and pieces[end].means("link", *_LINKS) and _numbered(pieces, end + 1):
            end += 2
        return end
    end = at
    while end < at + _FAR and _ordinal(pieces, end) and _is_linked(pieces, end + 1):
        end += 2
    if _ordinal(pieces, end) and _is_floor(pieces, end + 1) and not pieces[end + 1].after_break:
        # "التانية دور كام" asks for the floor of a record.
        return at + 1 if end + 2 < len(pieces) and pieces[end + 2].means("query", "count") else end + 2
    return at + 1


def _is_linked(pieces: Sequence[Piece], at: int) -> bool:
    return at + 1 < len(pieces) and pieces[at].means("link", *_LINKS)


def _is_floor(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].means("before", "floor")


def _ordinal(pieces: Sequence[Piece], at: int) -> bool:
    return at < len(pieces) and pieces[at].means("order")


def _numbered(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a number of a floor stands here: an ordinal, or a number without a unit of its own."""
    if at >= len(pieces) or pieces[at].after_break:
        return False
    if _ordinal(pieces, at):
        return True
    amount = pieces[at].amount
    counts = at + 1 < len(pieces) and pieces[at + 1].means("unit") and not pieces[at + 1].after_break
    return amount is not None and amount.scale == 1 and amount.value <= _HIGHEST and not counts
