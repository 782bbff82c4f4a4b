"""By when: "within 3 months", "خلال شهر", "by January 2027". A duration is ISO 8601, a month is 2027-01."""

from collections.abc import Sequence
from datetime import date

from worker.assistants.understanding.notes import Notes
from worker.assistants.understanding.pieces import Piece
from worker.assistants.understanding.vocabulary import vocabulary

_YEARS = range(2020, 2100)
_FAR = 3
_THROUGH = ("bound", "before", "link")


def note_timing(pieces: Sequence[Piece], notes: Notes, *, today: date | None) -> None:
    """Note by when somebody wants it; a month without a year is the next one, if the day is known."""
    for at, piece in enumerate(pieces):
        month = piece.meaning("month")
        if month is not None:
            _note_month(pieces, at, month, notes, today)
        elif piece.means("unit"):
            _note_duration(pieces, at, notes)


def _note_month(pieces: Sequence[Piece], at: int, month: str, notes: Notes, today: date | None) -> None:
    after = pieces[at + 1].amount if at + 1 < len(pieces) else None
    if after is not None and after.digits and after.value in _YEARS:
        words = f"{pieces[at].words} {pieces[at + 1].words}"
        notes.put("urgency", f"{after.value:.0f}-{month}", rule="urgency: month and year", words=words)
    elif (
        today is not None
        and at
        and not pieces[at].apart
        and pieces[at - 1].means("before", "until", "within")
    ):
        year = today.year + (int(month) < today.month)
        notes.put("urgency", f"{year}-{month}", rule="urgency: the next such month", words=pieces[at].words)


def _note_duration(pieces: Sequence[Piece], at: int, notes: Notes) -> None:
    unit = vocabulary().units[pieces[at].senses["unit"][0]]
    if unit.role != "duration" or pieces[at].apart:
        return
    amount = pieces[at - 1].amount if at else None
    count = pieces[at].senses.get("count", ("",))[-1]
    first = at - 1 if amount is not None else at
    if first and pieces[first - 1].words in {"a", "an"}:
        first, count = first - 1, count or "1"
    value = amount.value if amount is not None else float(count or 0)
    if unit.letter == "Y" and value > 1 and first and pieces[first - 1].means("before", "spread"):
        words = " ".join(piece.words for piece in pieces[first - 1 : at + 1])
        notes.put("paymentMethod", "installments", rule="paymentMethod: spread over years", words=words)
        return
    if not value or not value.is_integer() or not _is_wish(pieces, first):
        return
    words = " ".join(piece.words for piece in pieces[max(0, first - 1) : at + 1])
    notes.put("urgency", f"P{value:.0f}{unit.letter}", rule="urgency: duration", words=words)


def _is_wish(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "within" or its like stands before, and it is no payment plan."""
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        piece = pieces[back]
        if pieces[back + 1].apart:
            return False
        if piece.means("before", "within"):
            return not (back and pieces[back - 1].means("paymentMethod"))
        if not any(kind in piece.senses for kind in _THROUGH):
            return False
    return False
