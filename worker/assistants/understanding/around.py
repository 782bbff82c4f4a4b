"""Looks around a piece: the cues before it, corrections, refusals. None of them reaches over punctuation. Pure."""

from collections.abc import Sequence

from worker.assistants.understanding.pieces import Piece

_FAR = 5
#: "not in A or B or C": so many of them may stand behind one refusal.
_ALTERNATIVES = 8
#: Cues are sought through these.
_TRANSPARENT = ("bound", "before", "aside", "fix")
#: "no" and "لا" answer a question more often than they refuse what follows.
_ANSWERS = frozenset({"no"})
_AFTERTHOUGHT = frozenset({"la2", "لا", "laa", "la2a"})


def cues_before(pieces: Sequence[Piece], at: int) -> list[Piece]:
    """Return the cues that stand before a number, the nearest first."""
    found: list[Piece] = []
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        piece = pieces[back]
        if pieces[back + 1].apart or piece.amount is not None:
            break
        if (
            not any(kind in piece.senses for kind in _TRANSPARENT)
            and not piece.means("link", "between")
            and not piece.means("unit", "pounds", "foreign")
        ):
            break
        found.append(piece)
    return found


def corrected(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether somebody puts something right here: "sorry", "قصدي" or "la2" within a few words before."""
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        piece = pieces[back]
        if piece.means("fix"):
            return True
        if piece.place is not None or piece.amount is not None or piece.means("type"):
            return False
    return False


def refused(pieces: Sequence[Piece], at: int, *, number: bool = False) -> bool:
    """Return whether what stands here is not wanted: "not in ...", "مش عايز ...", "mesh ..."."""
    for _ in range(_ALTERNATIVES):
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        if not number and after is not None and after.words in _AFTERTHOUGHT and not after.apart:
            return True
        for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
            piece = pieces[back]
            if pieces[back + 1].apart:
                return False
            if piece.means("link", "or") and back > 0:
                at = back - 1
                break
            if piece.means("refuse", "no"):
                return not (number and piece.words in _ANSWERS)
            if not piece.means("refuse", "through"):
                return False
        else:
            return False
    return False


def said_before(pieces: Sequence[Piece], at: int, kind: str, *values: str) -> bool:
    """Return whether the piece directly before has a meaning."""
    return at > 0 and not pieces[at].apart and pieces[at - 1].means(kind, *values)
