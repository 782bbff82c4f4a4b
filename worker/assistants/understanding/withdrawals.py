"""What does not count any more: "any location", "forget the budget", "المكان مش مهم", "start over"."""

from collections.abc import Sequence

from worker.assistants.understanding.notes import Notes
from worker.assistants.understanding.pieces import Piece

_FAR = 3
_WHOLE = frozenset({"location", "budget", "urgency", "paymentMethod"})


def note_withdrawals(pieces: Sequence[Piece], notes: Notes) -> None:
    """Note the slots that a message takes back; call it when the values are known."""
    for at, piece in enumerate(pieces):
        if piece.means("drop", "everything"):
            notes.signal("reset", words=piece.words)
        for slot in piece.senses.get("drop", ()):
            if slot in _WHOLE:
                notes.withdraw(slot, words=piece.words)
        if piece.means("name") and (words := _dropped(pieces, at)) is not None:
            for slot in piece.senses["name"]:
                notes.withdraw(slot, words=words)


def _dropped(pieces: Sequence[Piece], at: int) -> str | None:
    """Return the words that take a slot back, if some stand before or after its name."""
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        if pieces[back + 1].apart or pieces[back].amount is not None or pieces[back].means("type"):
            break
        if pieces[back].means("drop", "drop"):
            return " ".join(piece.words for piece in pieces[back : at + 1])
    for ahead in range(at + 1, min(len(pieces), at + 1 + _FAR)):
        if (
            pieces[ahead].apart
            or pieces[ahead].amount is not None
            or (pieces[ahead].means("name") and ahead > at + 1)
        ):
            break
        if pieces[ahead].means("drop", "drop") and not _belongs_ahead(pieces, ahead):
            return " ".join(piece.words for piece in pieces[at : ahead + 1])
    return None


def _belongs_ahead(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "any" and its like speak of what follows: "price any area"."""
    return at + 1 < len(pieces) and pieces[at].words.split()[0] in {
        "any",
        "ay",
        "اي",
        "no",
        "all",
        "every",
        "kol",
        "كل",
        "without",
    }
