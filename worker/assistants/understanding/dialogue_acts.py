"""What a message does besides describing: it points at results, sends a signal ("cheaper", "thanks") or withdraws a slot."""

from collections.abc import Sequence

from worker.assistants.understanding.pieces import Piece, cues_before
from worker.assistants.understanding.slots import Domain, Extraction

_MOST = 50
#: A greeting; at the end of a message a goodbye.
_PARTING = frozenset({"سلام", "salam"})
#: "My first apartment" is none of those that were shown.
_OWN = frozenset({"my", "our"})
_COURTESIES = ("greeting", "thanks", "goodbye", "yes", "no", "help")


def extract_references(pieces: Sequence[Piece], extraction: Extraction) -> None:
    """Extract an ordinal ("the second one", "number 3"), a limit ("top 5"), and the signals of a message."""
    said = [piece for piece in pieces if not piece.means("courtesy")]
    for at, piece in enumerate(pieces):
        if piece.amount is not None:
            extraction.pointed += _small_numbers(pieces, at)
            _extract_number(pieces, at, extraction, alone=len(said) == 1)
        elif piece.means("order"):
            _extract_ordinal(pieces, at, extraction, alone=len(said) == 1)
        for kind in () if _is_described(pieces, at) else piece.senses.get("like", ()):
            extraction.signal(kind, words=piece.words)
        if piece.means("who"):
            extraction.signal("pronoun", words=piece.words)
    if len(pieces) > 1 and pieces[-1].words in _PARTING and not pieces[-2].means("courtesy", "greeting"):
        extraction.signal("goodbye", words=pieces[-1].words)
    for courtesy in _COURTESIES:
        found = next((piece for piece in pieces if piece.means("courtesy", courtesy)), None)
        # Who looks for something and says goodbye waits for what is found.
        sought = courtesy == "goodbye" and extraction.entities.keys() - {"urgency"}
        if found is not None and not sought:
            extraction.signal(courtesy, words=found.words)


def _small_numbers(pieces: Sequence[Piece], at: int) -> list[int]:
    """Return the small whole numbers of a piece that count nothing: "compare 1 and 3"."""
    amount = pieces[at].amount
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    if amount is None or amount.scale > 1 or not amount.digits or (after is not None and after.means("unit")):
        return []
    ends = (amount.low, amount.value)
    return [int(end) for end in ends if end is not None and 1 <= end <= _MOST and float(end).is_integer()]


def _is_described(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a size belongs to what is sought, "شقة صغيرة", or a smaller one is asked for after it: "كبيرة قوي، هات اصغر"."""
    if not pieces[at].means("size", "plain") or not pieces[at].means("like", "bigger", "smaller"):
        return False
    described = at > 0 and not pieces[at].after_break and pieces[at - 1].means("type")
    return described or any(piece.means("like", "smaller") for piece in pieces[at + 1 :])


def _extract_number(pieces: Sequence[Piece], at: int, extraction: Extraction, *, alone: bool) -> None:
    amount = pieces[at].amount
    if amount is None or amount.scale > 1 or amount.low is not None or not (1 <= amount.value <= _MOST):
        return
    if not float(amount.value).is_integer():
        return
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    counts = after is not None and after.means("unit") and not after.after_break
    cues = [] if counts else cues_before(pieces, at)
    words = " ".join(piece.words for piece in pieces[max(0, at - 1) : at + 1])
    near = [] if counts or pieces[at].after_break else [*cues, *pieces[max(0, at - 1) : at]]
    if any(cue.means("before", "number") or cue.means("ask") for cue in near) or (alone and amount.digits):
        extraction.put("ordinal", amount.value, rule="ordinal: number", words=words)
    elif (
        cues
        and (amount.digits or amount.value > 1)
        and cues[0].means("before", "top")
        and not cues[0].means("bound", "max")
    ):
        extraction.put("limit", amount.value, rule="limit: number after its cue", words=words)
    elif (
        after is not None
        and not after.after_break
        and (after.profession is not None or after.means("seek", "member") or after.words == "results")
    ):
        extraction.put("limit", amount.value, rule="limit: number before what is sought", words=words)


def _extract_ordinal(pieces: Sequence[Piece], at: int, extraction: Extraction, *, alone: bool) -> None:
    piece = pieces[at]
    if at and pieces[at - 1].words in _OWN:
        return
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    if (
        after is not None
        and not after.after_break
        and (after.means("unit") or after.amount is not None)
        # A floor that the ordinal counts is one piece with it.
        and not after.means("thing")
        and not after.means("before", "floor")
    ):
        return
    pointed = (
        after is not None
        and not after.after_break
        and (after.means("thing") or after.means("type") or after.profession is not None)
    )
    if piece.means("page") and not piece.has_article and not pointed:
        return
    if piece.has_article or pointed or alone or piece.words.startswith("ال") or " " in piece.words:
        extraction.put("ordinal", int(piece.senses["order"][0]), rule="ordinal: word", words=piece.words)
        extraction.pointed.append(int(piece.senses["order"][0]))


_FAR = 3
_WHOLE = frozenset({"location", "budget", "urgency", "paymentMethod"})
_OF_MEMBERS = frozenset({"location", "profession", "name"})


def extract_withdrawals(pieces: Sequence[Piece], extraction: Extraction, domain: Domain) -> None:
    """Extract the slots that a message withdraws: "any location", "forget the budget", "المكان مش مهم".

    To be called after the values were extracted: a slot with a new value is not withdrawn. In a directory only those of
    members are: "I am tired all the time" withdraws nothing.
    """
    for at, piece in enumerate(pieces):
        dropped = {slot: piece.words for slot in piece.senses.get("drop", ()) if slot in _WHOLE}
        if piece.means("name") and (words := _dropped(pieces, at)) is not None:
            dropped |= dict.fromkeys(piece.senses["name"], words)
        for slot, words in dropped.items():
            if domain != "member" or slot in _OF_MEMBERS:
                extraction.withdraw(slot, words=words)


def _dropped(pieces: Sequence[Piece], at: int) -> str | None:
    """Return the words that withdraw a slot, if there are any before or after its name."""
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        if pieces[back + 1].after_break or pieces[back].amount is not None or pieces[back].means("type"):
            break
        if pieces[back].means("drop", "drop"):
            return " ".join(piece.words for piece in pieces[back : at + 1])
    for ahead in range(at + 1, min(len(pieces), at + 1 + _FAR)):
        if (
            pieces[ahead].after_break
            or pieces[ahead].amount is not None
            or (pieces[ahead].means("name") and ahead > at + 1)
        ):
            break
        if pieces[ahead].means("drop", "drop") and not _belongs_ahead(pieces, ahead):
            return " ".join(piece.words for piece in pieces[at : ahead + 1])
    return None


def _belongs_ahead(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "any" or a similar word refers to what follows it: "price any area"."""
    return at + 1 < len(pieces) and pieces[at].words.split()[0] in {
        "any",
        "ay",
        "اي",
        "no",
        "all",
        "every",
        "kol",
        "كل",
        "without",
    }
