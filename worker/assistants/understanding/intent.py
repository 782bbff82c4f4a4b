"""What a customer wants with a message, once its parts are known."""

from collections.abc import Sequence

from worker.assistants.understanding.pieces import Piece
from worker.assistants.understanding.slots import Notes

_PROPERTY = frozenset(
    "propertyType bedrooms bedroomsMax bathrooms bathroomsMax area areaMax budget budgetMin purpose urgency paymentMethod".split()
)
_MEMBER = frozenset({"profession", "name"})
_ALIKE = frozenset({"cheaper", "dearer", "bigger", "smaller", "reset"})
#: "more" goes on with the last search only if little else is said.
_SHORT = 6


def intent_of(pieces: Sequence[Piece], notes: Notes, *, domain: str, foreign: bool) -> tuple[str, str]:
    """Return the intent and the words that told it. `foreign` is whether the place is the directory's."""
    slots = {*notes.entities, *notes.excluded, *notes.withdrawn}
    own = any(piece.means("own") for piece in pieces)
    pointed = any(piece.means("order") for piece in pieces)
    asked = next(
        (piece for piece in pieces if not own and _asks_contact(piece, notes, pointed=pointed)), None
    )
    if asked is not None and not slots & _PROPERTY:
        return "show_contact", asked.words
    more = next((piece for piece in pieces if piece.means("page")), None)
    if (
        more is not None
        and not slots - {"limit"}
        and len(pieces) <= _SHORT
        and not _ALIKE & set(notes.signals)
    ):
        return "more", more.words
    seeks = _seeks(pieces, notes, slots, domain=domain, foreign=foreign)
    if seeks is not None:
        return seeks
    greeting = next((piece for piece in pieces if piece.means("courtesy", "greeting")), None)
    if greeting is not None and not slots:
        return "greeting", greeting.words
    return "other", ""


def _seeks(
    pieces: Sequence[Piece], notes: Notes, slots: set[str], *, domain: str, foreign: bool
) -> tuple[str, str] | None:
    member = (
        "profession" in slots or "name" in slots or any(piece.means("seek", "member") for piece in pieces)
    )
    if domain != "property" and (member or ("location" in slots and (foreign or domain == "member"))):
        return "find_member", ""
    if domain == "member":
        return ("find_member", "") if slots - {"ordinal"} or "reset" in notes.signals else None
    listed = any(piece.means("seek", "property") for piece in pieces)
    if slots - {"ordinal"} or listed or _ALIKE & set(notes.signals):
        return "find_property", ""
    return None


def _asks_contact(piece: Piece, notes: Notes, *, pointed: bool) -> bool:
    if piece.means("ask"):
        return True
    number = piece.means("before", "number") and piece.words not in {"no", "#", "property", "option", "item"}
    return number and ("name" in notes.entities or "pronoun" in notes.signals or pointed)
