"""The places that a message names: the one that is wanted, others beside it, and those that are refused. Pure."""

from collections.abc import Sequence

from worker.assistants.understanding.gazetteer import Gazetteer, Place
from worker.assistants.understanding.pieces import Piece, is_correction, is_refused
from worker.assistants.understanding.slots import Extraction

#: How many pieces after a place still judge it: "zayed would be much better".
_FAR = 4
#: Before a place only a verb judges it: "I prefer zayed", but not "the best flat in zayed".
_NEAR = 2


def extract_places(pieces: Sequence[Piece], gazetteer: Gazetteer, extraction: Extraction) -> None:
    """Extract the location that a message names, the places that it refuses, and all places that it mentions.

    The most specific place counts; a compound beside its city is only a mention. A place that the customer prefers
    replaces the others, one that is too expensive gives way to any other, and of two between which advice is asked none counts.
    """
    wanted: list[tuple[Place, str]] = []
    regretted: list[tuple[Place, str]] = []
    for at, piece in enumerate(pieces):
        if piece.place is None:
            continue
        if _is_needless(pieces, at):
            extraction.withdraw("location", words=f"{pieces[at - 1].words} {piece.words}")
        elif _is_origin(pieces, at):
            continue
        elif is_refused(pieces, at):
            extraction.refuse("location", piece.place.name, words=piece.words)
        elif _is_judged(pieces, at, "bad") or _is_workplace(pieces, at):
            regretted.append((piece.place, piece.words))
        elif not _is_weighed(pieces, at):
            preferred = _is_judged(pieces, at, "good")
            corrected = (
                is_correction(pieces, at) and wanted and not gazetteer.within(piece.place, wanted[-1][0])
            )
            if preferred or corrected:
                wanted.clear()
            wanted.append((piece.place, piece.words))
            if preferred:
                break
    wanted = wanted or regretted
    if not wanted:
        return
    chosen, words = wanted[0]
    others = {
        piece.place for at, piece in enumerate(pieces) if piece.place is not None and _is_other(pieces, at)
    }
    for place, said in wanted[1:]:
        if place not in others and _is_better(place, chosen, gazetteer):
            chosen, words = place, said
    extraction.put("location", chosen.name, rule=f"location: {chosen.kind}", words=words)
    rest = {place.name: said for place, said in wanted if place.name != chosen.name}
    for name, said in rest.items():
        extraction.put("location", name, rule="location", words=said)
    extraction.places.extend([chosen.name, *rest])


def _is_needless(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "doesn't have to be" or "مش لازم" comes before a place."""
    back = at - 1
    while back > 0 and pieces[back].means("refuse", "through") and not pieces[back].means("drop", "needless"):
        back -= 1
    return back >= 0 and pieces[back].means("drop", "needless")


def _is_other(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a place is an alternative to the one before it: "sahel or alamein"."""
    return at > 1 and pieces[at - 1].means("link", "or") and pieces[at - 2].place is not None


def _is_origin(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether somebody comes from this place, or is there now."""
    return at > 0 and pieces[at - 1].means("origin", "origin") and not pieces[at].after_break


def _is_workplace(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether somebody works or studies there: "I work in Maadi"."""
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        if pieces[back + 1].after_break or pieces[back].means("wish") or pieces[back].place is not None:
            return False
        if pieces[back].means("origin", "work"):
            return True
    return False


def _is_judged(pieces: Sequence[Piece], at: int, judgement: str) -> bool:
    """Return whether the customer says that a place is better, or that it is too expensive or too far."""
    if judgement == "good" and _is_liked_more(pieces, at):
        return True
    for ahead in range(at + 1, min(len(pieces), at + 1 + _FAR)):
        piece = pieces[ahead]
        if piece.after_break or piece.place is not None or piece.amount is not None or piece.means("type"):
            break
        if piece.means("judge", judgement):
            return not _is_weighed(pieces, at)
    return any(
        pieces[back].means("judge", "prefer")
        for back in range(max(0, at - _NEAR), at)
        if judgement == "good" and not any(piece.after_break for piece in pieces[back + 1 : at + 1])
    )


def _is_liked_more(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "more than" and another place follow: "I like october more than zayed"."""
    return at + 2 < len(pieces) and pieces[at + 1].means("bound", "min") and pieces[at + 2].place is not None


def _is_weighed(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether advice is asked between this place and another one: "which is better, zayed or october?", "is maadi cheaper than zamalek?"."""
    links = [near for near in (at - 1, at + 1) if 0 < near < len(pieces) - 1]
    for link in links:
        if pieces[link - 1].place is None or pieces[link + 1].place is None:
            continue
        if pieces[link].means("bound", "max"):
            return True
        if not pieces[link].means("link", "or"):
            continue
        after = pieces[link + 2 : link + 2 + _NEAR + 1]
        if pieces[link].means("link", "whether") and any(piece.means("judge", "good") for piece in after):
            return True
        if any(piece.means("judge", "which") for piece in (*pieces[max(0, link - 2 - _FAR) : link], *after)):
            return True
    return False


def _is_better(place: Place, chosen: Place, gazetteer: Gazetteer) -> bool:
    """Return whether a place is more specific than the one chosen so far."""
    if chosen.kind == "compound":
        return place.kind != "compound"
    return place.kind != "compound" and gazetteer.within(place, chosen)
