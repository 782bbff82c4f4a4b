"""By when a customer wants it, or for how long: a duration is written as ISO 8601 (P3M), a month as 2027-01. Pure."""

from collections.abc import Sequence
from datetime import date

from worker.assistants.understanding.pieces import Piece
from worker.assistants.understanding.slots import Extraction
from worker.assistants.understanding.vocabulary import vocabulary

#: How many pieces before a duration still tell what it is.
_FAR = 3
_YEARS, _MONTHS = range(2020, 2100), range(1, 13)
_THROUGH = ("bound", "before", "link")


def extract_urgency(pieces: Sequence[Piece], extraction: Extraction, *, today: date | None) -> None:
    """Extract by when the customer wants it; a month without a year is the next one, if `today` is given."""
    for at, piece in enumerate(pieces):
        month = _month(pieces, at)
        if month is not None:
            _extract_month(pieces, at, month, extraction, today)
        elif piece.means("unit"):
            _extract_duration(pieces, at, extraction)


def _month(pieces: Sequence[Piece], at: int) -> tuple[str, int] | None:
    """Return the month that is named here, and the position after it: "March", "شهر ٣"."""
    name = pieces[at].meaning("month")
    if name is not None:
        return name, at + 1
    if not pieces[at].means("unit", "months") or (at + 2 < len(pieces) and pieces[at + 2].means("unit")):
        return None
    number = _number(pieces, at + 1, _MONTHS)
    return (f"{number:02}", at + 2) if number else None


def _is_stay(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "for" comes before a month: "for August", "لشهر ٨"."""
    back = at - 1
    if back > 0 and pieces[back].means("unit", "months"):
        back -= 1
    return back >= 0 and pieces[back].means("before", "stay")


def _number(pieces: Sequence[Piece], at: int, among: range) -> int:
    """Return the number in digits that stands here, 0 if there is none of these."""
    amount = pieces[at].amount if at < len(pieces) else None
    return int(amount.value) if amount is not None and amount.digits and amount.value in among else 0


def _extract_month(
    pieces: Sequence[Piece], at: int, month: tuple[str, int], extraction: Extraction, today: date | None
) -> None:
    name, end = month
    words = " ".join(piece.words for piece in pieces[at:end])
    year = _number(pieces, end, _YEARS)
    seasonal = any(piece.means("type", "chalet") for piece in pieces)
    if seasonal and not year and _is_stay(pieces, at):
        extraction.put("purpose", "rent", rule="purpose: for a month of the season", words=words)
        return
    if year:
        rule, words = "month and year", f"{words} {year}"
    elif today is None or not at or pieces[at].after_break:
        return
    elif pieces[at - 1].means("before", "until", "within"):
        rule, year = "the next such month", today.year + (int(name) < today.month)
    if year:
        extraction.put("urgency", f"{year}-{name}", rule=f"urgency: {rule}", words=words)


def _extract_duration(pieces: Sequence[Piece], at: int, extraction: Extraction) -> None:
    unit = vocabulary().units[pieces[at].senses["unit"][0]]
    if unit.role != "duration" or pieces[at].after_break:
        return
    amount = pieces[at - 1].amount if at else None
    count = pieces[at].senses.get("count", ("",))[-1]
    first = at - 1 if amount is not None else at
    if first and pieces[first - 1].words in {"a", "an"}:
        first, count = first - 1, count or "1"
    value = amount.value if amount is not None else float(count or 0)
    if unit.letter == "Y" and value > 1 and first and pieces[first - 1].means("before", "spread"):
        words = " ".join(piece.words for piece in pieces[first - 1 : at + 1])
        extraction.put("paymentMethod", "installments", rule="paymentMethod: spread over years", words=words)
        return
    if not value or not value.is_integer():
        return
    if first and pieces[first - 1].means("before", "stay") and not is_paid_in_parts(pieces):
        extraction.put("purpose", "rent", rule="purpose: for some time", words=pieces[first - 1].words)
        return
    if not _is_wish(pieces, first):
        return
    words = " ".join(piece.words for piece in pieces[max(0, first - 1) : at + 1])
    extraction.put("urgency", f"P{value:.0f}{unit.letter}", rule="urgency: duration", words=words)


def _is_wish(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "within" or a similar word comes before, and this is not a payment plan."""
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        piece = pieces[back]
        if pieces[back + 1].after_break:
            return False
        if piece.means("before", "within"):
            return not (back and pieces[back - 1].means("paymentMethod"))
        if not any(kind in piece.senses for kind in _THROUGH):
            return False
    return False


def is_paid_in_parts(pieces: Sequence[Piece]) -> bool:
    """Return whether instalments are named, or that it is paid "over three years"."""
    return any(
        piece.means("paymentMethod", "installments")
        or (piece.means("unit", "years") and pieces[max(0, at - 2)].means("before", "spread"))
        for at, piece in enumerate(pieces)
    )
