"""What points at results instead of describing them: "the second one", "number 3", "top 5", "their", "cheaper"."""

from collections.abc import Sequence

from worker.assistants.understanding.around import cues_before
from worker.assistants.understanding.notes import Notes
from worker.assistants.understanding.pieces import Piece

_MOST = 50
_COURTESIES = ("thanks", "goodbye", "yes", "no", "help")


def note_references(pieces: Sequence[Piece], notes: Notes) -> None:
    """Note an ordinal, a limit, and the signals of a message."""
    said = [piece for piece in pieces if not piece.means("courtesy")]
    for at, piece in enumerate(pieces):
        if piece.amount is not None:
            _note_number(pieces, at, notes, alone=len(said) == 1)
        elif piece.means("order"):
            _note_ordinal(pieces, at, notes, alone=len(said) == 1)
        for kind in piece.senses.get("like", ()):
            notes.signal(kind, words=piece.words)
        if piece.means("who"):
            notes.signal("pronoun", words=piece.words)
    for courtesy in _COURTESIES:
        found = next((piece for piece in pieces if piece.means("courtesy", courtesy)), None)
        if found is not None:
            notes.signal(courtesy, words=found.words)


def _note_number(pieces: Sequence[Piece], at: int, notes: Notes, *, alone: bool) -> None:
    amount = pieces[at].amount
    if amount is None or amount.scale > 1 or amount.low is not None or not (1 <= amount.value <= _MOST):
        return
    if not float(amount.value).is_integer():
        return
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    counts = after is not None and after.means("unit") and not after.apart
    cues = [] if counts else cues_before(pieces, at)
    words = " ".join(piece.words for piece in pieces[max(0, at - 1) : at + 1])
    if any(
        cue.means("before", "number") or cue.means("ask") for cue in [*cues, *pieces[max(0, at - 1) : at]]
    ) or (alone and amount.digits):
        notes.put("ordinal", amount.value, rule="ordinal: number", words=words)
    elif (
        cues
        and (amount.digits or amount.value > 1)
        and cues[0].means("before", "top")
        and not cues[0].means("bound", "max")
    ):
        notes.put("limit", amount.value, rule="limit: number after its cue", words=words)
    elif (
        after is not None
        and not after.apart
        and (after.profession is not None or after.means("seek", "member") or after.words == "results")
    ):
        notes.put("limit", amount.value, rule="limit: number before what is sought", words=words)


def _note_ordinal(pieces: Sequence[Piece], at: int, notes: Notes, *, alone: bool) -> None:
    piece = pieces[at]
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    if (
        after is not None
        and not after.apart
        and (after.means("unit") or after.amount is not None)
        and not after.means("thing")
    ):
        return
    pointed = after is not None and not after.apart and (after.means("thing") or after.means("type"))
    if piece.means("page") and not piece.the and not pointed:
        return
    if piece.the or pointed or alone or piece.words.startswith("ال") or " " in piece.words:
        notes.put("ordinal", int(piece.senses["order"][0]), rule="ordinal: word", words=piece.words)
