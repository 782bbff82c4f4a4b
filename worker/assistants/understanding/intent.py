"""The intent of a message, decided after its slots were extracted."""

from collections.abc import Sequence

from worker.assistants.understanding.pieces import Piece
from worker.assistants.understanding.slots import Extraction

_PROPERTY = frozenset(
    "propertyType bedrooms bedroomsMax bathrooms bathroomsMax area areaMax budget budgetMin purpose urgency paymentMethod finishing".split()
)
#: The intents of who looks for something.
SEEKING = frozenset({"find_property", "find_member"})
_MEMBER = frozenset({"profession", "name"})
_ALIKE = frozenset({"cheaper", "dearer", "bigger", "smaller", "reset"})
#: In a longer message "more" does not mean the next page.
_SHORT = 6


def intent_of(
    pieces: Sequence[Piece], extraction: Extraction, *, domain: str, foreign: bool
) -> tuple[str, str]:
    """Return the intent and the words that show it. `foreign` is whether the place is known from the directory only."""
    slots = {*extraction.entities, *extraction.excluded, *extraction.withdrawn}
    if extraction.foreign is not None:
        slots.add("budget")
    own = any(piece.means("own") for piece in pieces)
    pointed = any(piece.means("order") for piece in pieces)
    asked = next(
        (piece for piece in pieces if not own and _asks_contact(piece, extraction, pointed=pointed)), None
    )
    if asked is not None and not slots & _PROPERTY:
        return "show_contact", asked.words
    more = next((piece for piece in pieces if piece.means("page")), None)
    if (
        more is not None
        and not slots - {"limit"}
        and len(pieces) <= _SHORT
        and not _ALIKE & set(extraction.signals)
    ):
        return "more", more.words
    fees = next((piece for piece in pieces if piece.means("aside")), None)
    if fees is not None and slots <= {"location"} and not any(piece.amount is not None for piece in pieces):
        return "other", fees.words  # "what is the maintenance in Hyde Park" is a question
    seeks = _seeks(pieces, extraction, slots, domain=domain, foreign=foreign)
    if seeks is not None:
        return seeks
    greeting = next((piece for piece in pieces if piece.means("courtesy", "greeting")), None)
    if greeting is not None and not slots:
        return "greeting", greeting.words
    return "other", ""


def _seeks(
    pieces: Sequence[Piece], extraction: Extraction, slots: set[str], *, domain: str, foreign: bool
) -> tuple[str, str] | None:
    member = (
        "profession" in slots
        or "name" in slots
        or any(piece.means("seek", "member") or piece.means("role") for piece in pieces)
    )
    if domain != "property" and (member or ("location" in slots and (foreign or domain == "member"))):
        return "find_member", ""
    if domain == "member":
        return ("find_member", "") if slots - {"ordinal"} or "reset" in extraction.signals else None
    asked = any(piece.means("query", "difference") for piece in pieces)
    listed = not asked and any(piece.means("seek", "property") for piece in pieces)
    if slots - {"ordinal"} or listed or _ALIKE & set(extraction.signals):
        return "find_property", ""
    return None


def _asks_contact(piece: Piece, extraction: Extraction, *, pointed: bool) -> bool:
    if piece.means("ask"):
        return True
    if piece.means("query", "count"):
        return "name" in extraction.entities  # "the number of Farhan Sheikh"
    number = piece.means("before", "number") and piece.words not in {"no", "#", "property", "option", "item"}
    return number and ("name" in extraction.entities or "pronoun" in extraction.signals or pointed)
