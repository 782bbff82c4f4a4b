"""What a message only tells: where somebody lived, what was sold, where the parents live. Nothing of it is sought. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from worker.assistants.understanding.pieces import Piece

#: How many pieces after "we sold" or "I grew up" still belong to it.
_FAR = 7
#: What is told there is not what is sought.
_TOLD = frozenset({"type", "urgency", "finishing"})
#: "Near my parents' house in Dokki" says where it should be.
_BACK = 2


def without_background(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces; those that belong to a story are no longer places or types, and "now" only contrasts with it."""
    done: list[Piece] = []
    left, told = 0, False
    for at, piece in enumerate(pieces):
        if piece.means("origin", "past") and not _is_near(pieces, at):
            left, told = _FAR, True
        elif piece.after_break or piece.means("wish") or piece.means("purpose"):
            left = 0
        if left and (piece.place is not None or piece.means("type")):
            done.append(replace(piece, place=None, senses=_without(piece, _TOLD)))
            left = 0 if piece.place is not None else left
        elif told and piece.means("urgency", "now"):
            done.append(replace(piece, senses=_without(piece, {"urgency"})))
        else:
            done.append(piece)
        left = max(0, left - 1)
    return done


def _is_near(pieces: Sequence[Piece], at: int) -> bool:
    return any(
        piece.means("bound", "about") or piece.means("near") for piece in pieces[max(0, at - _BACK) : at]
    )


def _without(piece: Piece, kinds: frozenset[str] | set[str]) -> dict[str, tuple[str, ...]]:
    return {kind: values for kind, values in piece.senses.items() if kind not in kinds}
