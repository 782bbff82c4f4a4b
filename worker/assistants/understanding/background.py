"""What a message only tells: where somebody lived, what was sold, where the parents live. Nothing of it is sought. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from worker.assistants.understanding.number_context import ROOMS, unit_of
from worker.assistants.understanding.pieces import Piece

#: How many pieces after "we sold" or "I grew up" still belong to it.
_FAR = 12
#: How many pieces after "we have" a type must follow.
_NEAR = 4
#: "Near my parents' house in Dokki" says where it should be.
_BACK = 2
_SIZES = {"area", *ROOMS}


def without_background(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces; places, types and sizes of a story mean nothing, nor what is paid now, and "now" only contrasts with it."""
    done: list[Piece] = []
    left, told, pays = 0, False, False
    alone = len({piece.place for piece in pieces if piece.place is not None}) == 1
    same = alone and any(piece.means("origin", "same") for piece in pieces)
    for at, piece in enumerate(pieces):
        if _begins(pieces, at):
            left, told, pays = _FAR, True, piece.means("origin", "pays")
        elif piece.after_break or piece.means("wish") or (piece.means("purpose") and not pays):
            left = 0
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        sized = after is not None and unit_of(after).role in _SIZES
        if left and piece.amount is not None and (sized or pays):
            done.append(replace(piece, amount=None))
        elif left and ((piece.means("type") and not pays) or unit_of(piece).role in _SIZES):
            done.append(replace(piece, senses=_without(piece, {"type", "unit", "count"})))
        elif left and piece.place is not None:
            done.append(piece if same else replace(piece, place=None))
            left = 0
        elif told and piece.means("urgency", "now"):
            done.append(replace(piece, senses=_without(piece, {"urgency"})))
        else:
            done.append(piece)
        left = max(0, left - 1)
    return done


def _begins(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a story begins: "I grew up", or "we have" and a type before a wish for another; not "near my parents' house"."""
    if pieces[at].means("origin", "past", "pays"):
        return not any(piece.means("origin", "near") for piece in pieces[max(0, at - _BACK) : at])
    if not pieces[at].means("origin", "own") or any(piece.means("origin", "sell") for piece in pieces):
        return False
    wish = next((ahead for ahead in range(at + 1, len(pieces)) if pieces[ahead].means("wish")), len(pieces))
    return any(piece.means("type") for piece in pieces[at + 1 : min(wish, at + 1 + _NEAR)]) and any(
        piece.means("type") or piece.place is not None or piece.means("origin", "same")
        for piece in pieces[wish:]
    )


def _without(piece: Piece, kinds: Collection[str]) -> dict[str, tuple[str, ...]]:
    return {kind: values for kind, values in piece.senses.items() if kind not in kinds}
