"""What a word alone tells: the type of a property, the purpose, the way of payment, "now"."""

from collections.abc import Sequence

from worker.assistants.understanding.around import corrected, refused
from worker.assistants.understanding.notes import Notes
from worker.assistants.understanding.pieces import Piece

_CHOICES = ("purpose", "paymentMethod", "urgency")
#: "studio apartment" is a studio, "land for a villa" is land.
_GENERAL = "apartment"


def note_kinds(pieces: Sequence[Piece], notes: Notes) -> None:
    """Note what words of a message tell by themselves."""
    for at, piece in enumerate(pieces):
        kind = piece.meaning("type")
        if kind is not None and not _is_general(pieces, at, kind):
            _note(pieces, at, notes, "propertyType", kind)
        for slot in _CHOICES:
            value = piece.meaning(slot)
            if value is not None:
                _note(pieces, at, notes, slot, value)
    rent = next(
        (piece for piece in pieces if piece.means("each", "month") and "budget" in notes.entities), None
    )
    if rent is not None and "paymentMethod" not in notes.entities:
        notes.put("purpose", "rent", rule="purpose: paid by the month", words=rent.words)


def _note(pieces: Sequence[Piece], at: int, notes: Notes, slot: str, value: str) -> None:
    words = pieces[at].words
    if not refused(pieces, at):
        notes.put(slot, value, rule=f"{slot}: word", words=words, instead=corrected(pieces, at))
    elif not pieces[at].means("aside"):
        notes.refuse(slot, value, words=words)


def _is_general(pieces: Sequence[Piece], at: int, kind: str) -> bool:
    if kind != _GENERAL:
        return False
    beside = [pieces[near] for near in (at - 1, at + 1) if 0 <= near < len(pieces)]
    return any(
        piece.means("type") and piece.meaning("type") != _GENERAL for piece in beside if not piece.apart
    )
