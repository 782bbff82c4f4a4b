"""The attributes that words state directly: place, type of property, purpose, payment method, and by when.

A duration is written as ISO 8601 (P3M), a month as 2027-01.
"""

from collections.abc import Sequence
from datetime import date

from worker.assistants.understanding.gazetteer import Gazetteer, Place
from worker.assistants.understanding.pieces import Piece, corrected, refused
from worker.assistants.understanding.slots import Notes
from worker.assistants.understanding.vocabulary import vocabulary


def note_places(pieces: Sequence[Piece], gazetteer: Gazetteer, notes: Notes) -> None:
    """Note the location that a message names, the places that it refuses, and all that it mentions."""
    wanted: list[tuple[Place, str]] = []
    for at, piece in enumerate(pieces):
        if piece.place is None:
            continue
        if _is_needless(pieces, at):
            notes.withdraw("location", words=f"{pieces[at - 1].words} {piece.words}")
            continue
        if refused(pieces, at):
            notes.refuse("location", piece.place.name, words=piece.words)
            continue
        if corrected(pieces, at) and wanted and not gazetteer.within(piece.place, wanted[-1][0]):
            wanted.clear()
        wanted.append((piece.place, piece.words))
    if not wanted:
        return
    chosen, words = wanted[0]
    for place, said in wanted[1:]:
        if _is_better(place, chosen, gazetteer):
            chosen, words = place, said
    notes.put("location", chosen.name, rule=f"location: {chosen.kind}", words=words)
    rest = [place.name for place, _ in wanted if place.name != chosen.name]
    notes.places.extend(dict.fromkeys([chosen.name, *rest]))


def _is_needless(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "doesn't have to be" or "مش لازم" stands before a place."""
    back = at - 1
    while back > 0 and pieces[back].means("refuse", "through") and not pieces[back].means("drop", "needless"):
        back -= 1
    return back >= 0 and pieces[back].means("drop", "needless")


def _is_better(place: Place, chosen: Place, gazetteer: Gazetteer) -> bool:
    """Return whether a place says more of where than the one chosen before."""
    if chosen.kind == "compound":
        return place.kind != "compound"
    return place.kind != "compound" and gazetteer.within(place, chosen)


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
