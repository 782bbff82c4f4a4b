"""The attributes that words state directly: type of property, purpose, payment method, finishing, and "now"."""

from collections.abc import Sequence

from worker.assistants.understanding.person_names import name_cues
from worker.assistants.understanding.pieces import Piece, is_correction, is_refused
from worker.assistants.understanding.slots import Extraction
from worker.assistants.understanding.urgency import is_paid_in_parts

#: How many pieces before a word still tell what it means.
_FAR = 3
#: How far before "now" the customer corrects something: "make it a villa in zayed now".
_NEAR = 5
_CHOICES = ("purpose", "paymentMethod", "urgency", "finishing")
#: Beside an amount: the first payment.
_PART = frozenset({"down", "dp"})
#: A slot with two values: who refuses one wants the other.
_OPPOSITES = {
    "purpose": {"rent": "sale", "sale": "rent"},
    "paymentMethod": {"cash": "installments", "installments": "cash"},
}
#: Beside one of these a general type says nothing: in "studio apartment" the more specific one counts.
_SPECIFIC = {
    "apartment": (
        "studio",
        "duplex",
        "penthouse",
        "chalet",
        "villa",
        "townhouse",
        "twinhouse",
        "office",
        "land",
    ),
    "villa": ("townhouse", "twinhouse"),
}


def extract_choices(pieces: Sequence[Piece], extraction: Extraction) -> None:
    """Extract what single words state: the types of property, the purpose, the payment method, the finishing, "now"."""
    for at, piece in enumerate(pieces):
        kind = piece.meaning("type")
        if (
            kind is not None
            and not _is_general(pieces, at, kind)
            and not _is_known(pieces, at)
            and not _is_left(pieces, at)
        ):
            _put_choice(pieces, at, extraction, "propertyType", kind)
        for slot in _CHOICES:
            value = piece.meaning(slot)
            if value is not None and not (slot == "urgency" and _is_turn_of_events(pieces, at)):
                _put_choice(pieces, at, extraction, slot, value)
        if piece.means("unwanted"):
            extraction.refuse("finishing", piece.senses["unwanted"][0], words=piece.words)
        if piece.words in _PART and any(
            near.amount is not None or near.means("unit", "percent")
            for near in (*pieces[at - 1 : at], *pieces[at + 1 : at + 2])
        ):
            extraction.put(
                "paymentMethod", "installments", rule="paymentMethod: a part is paid down", words=piece.words
            )
        if (piece.means("aside", "rest") or piece.means("part")) and is_paid_in_parts(pieces):
            extraction.put(
                "paymentMethod",
                "installments",
                rule="paymentMethod: a part, or the rest",
                words=piece.words,
                instead=True,
            )
    for slot, opposites in _OPPOSITES.items():
        refused = extraction.excluded.get(slot, ())
        if len(refused) == 1:
            extraction.put(slot, opposites[refused[0]], rule=f"{slot}: the other is refused", words="")
    priced = (
        not extraction.entities.keys().isdisjoint({"budget", "budgetMin"}) or extraction.foreign is not None
    )
    rent = next((piece for piece in pieces if piece.means("each", "month") and priced), None)
    if rent is not None and "paymentMethod" not in extraction.entities:
        extraction.put("purpose", "rent", rule="purpose: paid by the month", words=rent.words)
    stay = next((piece for piece in pieces if piece.means("each", "stay")), None)
    if stay is not None:
        extraction.put("purpose", "rent", rule="purpose: a stay", words=stay.words)


def _put_choice(pieces: Sequence[Piece], at: int, extraction: Extraction, slot: str, value: str) -> None:
    words = pieces[at].words
    if any(piece.means("query", "difference") for piece in pieces[max(0, at - _FAR) : at]):
        return
    if _is_either(pieces, at, slot):
        return
    if not is_refused(pieces, at):
        corrected = is_correction(pieces, at)
        extraction.put(slot, value, rule=f"{slot}: word", words=words, instead=corrected)
        if slot == "propertyType":
            earlier = [] if corrected else extraction.types
            extraction.types = [*dict.fromkeys([*earlier, value])]
    elif not pieces[at].means("aside") and slot != "urgency":
        extraction.refuse(slot, value, words=words)


def _is_either(pieces: Sequence[Piece], at: int, slot: str) -> bool:
    """Return whether it may be either, or which one is asked: "كاش ولا تقسيط؟", "rent or buy"."""
    links = {"paymentMethod": ("whether",), "purpose": ("whether", "or")}.get(slot, ())
    return bool(links) and any(
        0 <= other < len(pieces) and pieces[link].means("link", *links) and pieces[other].means(slot)
        for link, other in ((at - 1, at - 2), (at + 1, at + 2))
        if 0 <= link < len(pieces)
    )


def _is_known(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "the apartment" is one that was shown: nothing else is said of it, and it is not the whole message."""
    piece = pieces[at]
    counted = at > 0 and pieces[at - 1].means("order")
    if not (piece.has_article or counted) or piece.means("plural") or is_refused(pieces, at):
        return False
    if (at and pieces[at - 1].means("wish")) or _is_located(pieces, at):
        return False
    others = [other for near, other in enumerate(pieces) if near != at and not other.means("courtesy")]
    coded = any(other.means("before", "code") for other in others)
    return bool(others) and not any(
        other.place is not None
        or (other.amount is not None and not coded)
        or any(other.means(kind) for kind in (*_CHOICES, "type", "count", "like", "drop", "fix", "seek"))
        for other in others
    )


def _is_located(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "in" and an unknown word follow: a place that nobody listed."""
    return at + 2 < len(pieces) and pieces[at + 1].words in name_cues("locative") and pieces[at + 2].unknown


def _is_left(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether somebody changes from this type to another one: "from a flat to a villa"."""
    return (
        0 < at < len(pieces) - 2
        and pieces[at - 1].means("link", "between")
        and pieces[at + 1].means("link", "to")
        and pieces[at + 2].means("type")
    )


def _is_turn_of_events(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "now" contrasts with what was, or asks what is: "now it is five million", "how much is it now", "ready by
    June", or is said of the money: "cash ready".
    """
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    before = pieces[at - 1] if at else None
    ready = pieces[at].means("turn", "ready")
    if after is not None and not after.after_break:
        then = pieces[at + 2] if after.unknown and at + 2 < len(pieces) else after
        if after.means("who") or then.means("before", "money"):
            return True
        if ready and (after.means("paymentMethod") or after.means("purpose", "sale")):
            return True  # "ready to buy"
        contrasted = (
            after.means("wish")
            or after.means("turn", "self")
            or after.means("origin")
            or after.place is not None
        )
        if pieces[at].means("turn", "turn") and contrasted:
            return True
        dated = at + 2 < len(pieces) and (pieces[at + 2].means("month") or pieces[at + 2].amount is not None)
        if dated and after.means("before", "until"):
            return True
    paid = before is not None and before.means("paymentMethod") and pieces[at].means("turn")
    if paid or (before is not None and ready and before.means("before", "money")):
        return True
    if pieces[at].means("must") and at and pieces[at - 1].means("unit"):
        return True
    return _is_changed(pieces, at) or any(
        piece.means("query", "price") for piece in pieces[max(0, at - _FAR) : at]
    )


def _is_changed(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "now" ends what was changed: "I can pay 5 million now", "make it zayed now"."""
    if not at or not pieces[at].means("turn", "turn") or pieces[at].after_break:
        return False
    paid = pieces[at - 1].amount is not None or pieces[at - 1].means("unit", "pounds")
    return paid or any(piece.means("fix") for piece in pieces[max(0, at - _NEAR) : at])


def _is_general(pieces: Sequence[Piece], at: int, kind: str) -> bool:
    """Return whether a more specific type stands beside this one: "studio apartment", "فيلا تاون هاوس"."""
    beside = [
        pieces[near].meaning("type")
        for near in (at - 1, at + 1)
        if 0 <= near < len(pieces) and not pieces[max(near, at)].after_break
    ]
    return any(other in _SPECIFIC.get(kind, ()) for other in beside)
