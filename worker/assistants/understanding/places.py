"""Where: the most specific place that was named and not refused. A compound beside its city is only mentioned."""

from collections.abc import Sequence

from worker.assistants.understanding.around import corrected, refused
from worker.assistants.understanding.gazetteer import Gazetteer, Place
from worker.assistants.understanding.notes import Notes
from worker.assistants.understanding.pieces import Piece


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
