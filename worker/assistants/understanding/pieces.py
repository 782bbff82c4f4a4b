"""Divides a message into pieces: place names first, then phrases of the vocabulary, then single words. Pure.

Also looks at what stands around a piece: cues before it, corrections and refusals. None of these reaches across punctuation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from worker.assistants.understanding.gazetteer import Gazetteer, Place
from worker.assistants.understanding.phrases import Phrases
from worker.assistants.understanding.time_words import is_month, month_of
from worker.assistants.understanding.tokens import Token
from worker.assistants.understanding.vocabulary import Senses


@dataclass(frozen=True, kw_only=True, slots=True)
class Amount:
    """A number that was understood: a value, or a range."""

    value: float  #: the value, or the upper end of a range
    low: float | None = None  #: the lower end of a range
    scale: float = 1.0  #: the multiplier that was named with it
    digits: bool = False  #: written as digits


@dataclass(kw_only=True, slots=True)
class Piece:
    """One thing that the message mentions."""

    words: str
    senses: Senses = field(default_factory=dict)
    place: Place | None = None
    profession: str | None = None
    number: float | None = None  #: a literal, before the number grammar has run
    amount: Amount | None = None  #: a number, after the number grammar has run
    after_break: bool = False  #: punctuation comes before it
    has_article: bool = False  #: an article comes before it

    def means(self, kind: str, *values: str) -> bool:
        """Return whether the piece has one of these meanings, or any of the kind."""
        found = self.senses.get(kind)
        if found is None or not values:
            return found is not None
        return values[0] in found if len(values) == 1 else not set(values).isdisjoint(found)

    def meaning(self, kind: str) -> str | None:
        """Return the first meaning of a kind."""
        found = self.senses.get(kind)
        return found[0] if found else None

    @property
    def unknown(self) -> bool:
        """Whether it has no known meaning."""
        return (
            not self.senses
            and self.place is None
            and self.profession is None
            and self.amount is None
            and self.number is None
        )


NO_TIMES: Final[Mapping[int, int]] = {}


def pieces_of(
    tokens: Sequence[Token],
    phrases: Phrases[dict[str, tuple[str, ...]]],
    gazetteer: Gazetteer,
    professions: Phrases[str] | None,
    times: Mapping[int, int] = NO_TIMES,
) -> list[Piece]:
    """Return the pieces of a message; the longest name or phrase wins, and of equally long ones a place.

    `times` are the words of an appointment, from the first to behind the last: their numbers count nothing.
    """
    pieces: list[Piece] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if at in times:
            pieces.append(_time(tokens[at : times[at]], phrases))
            at = times[at]
            continue
        place = gazetteer.phrases.longest(tokens, at)
        if place is not None and is_month(tokens, at, place[0]):
            place = None
        if place is not None and _ends_in_a_count(tokens, at + place[0], phrases):
            place = gazetteer.phrases.longest(tokens[at : at + place[0] - 1], 0)
        job = professions.longest(tokens, at) if professions is not None else None
        phrase = phrases.longest(tokens, at)
        ordinal = phrase is not None and "order" in phrase[1]
        if (
            place is not None
            and place[0] == 1
            and ordinal
            and _is_floor(pieces, tokens[at + 1 : at + 2], phrases)
        ):
            place = None  # "الدور الخامس" and "fifth floor" are floors, no settlement
        length = 1
        piece = Piece(words=token.text, after_break=token.after_break, has_article=token.has_article)
        if place is not None and place[0] >= (phrase[0] if phrase else 0):
            length, piece.place = place
        elif job is not None and job[0] >= (phrase[0] if phrase else 0):
            length, piece.profession = job
        elif phrase is not None:
            length, piece.senses = phrase
        else:
            piece.number = token.number
        if length > 1:
            piece.words = " ".join(token.text for token in tokens[at : at + length])
        pieces.append(piece)
        at += length
    return pieces


def _is_floor(
    pieces: Sequence[Piece], after: Sequence[Token], phrases: Phrases[dict[str, tuple[str, ...]]]
) -> bool:
    """Return whether an ordinal counts floors: "floor" comes before it, maybe with other ordinals, or directly after it."""
    if after and "floor" in (phrases.exact.get(after[0].text) or {}).get("before", ()):
        return True
    at = len(pieces) - 1
    while at > 0 and (pieces[at].means("link", "or", "and", "to") or pieces[at].means("order")):
        at -= 1
    return at >= 0 and pieces[at].means("before", "floor")


def _time(tokens: Sequence[Token], phrases: Phrases[dict[str, tuple[str, ...]]]) -> Piece:
    """Return the piece of a time: "today" alone may also say by when a property is wanted."""
    words = " ".join(token.text for token in tokens)
    urgency = (phrases.exact.get(words) or {}).get("urgency") or month_of(tokens, phrases)
    senses = {"when": ("when",)} | ({"urgency": urgency} if urgency else {})
    first = tokens[0]
    return Piece(words=words, senses=senses, after_break=first.after_break, has_article=first.has_article)


def _ends_in_a_count(tokens: Sequence[Token], end: int, phrases: Phrases[dict[str, tuple[str, ...]]]) -> bool:
    """Return whether the number that ends a name counts what follows: "tagamo3 3 owad", "tagamo3 5 melyoun"."""
    if tokens[end - 1].number is None or end >= len(tokens) or tokens[end].after_break:
        return False
    after = phrases.longest(tokens, end)
    return after is not None and not _COUNTED.isdisjoint(after[1])


_COUNTED = frozenset({"unit", "times"})
_FAR = 5
#: "not in A or B or C": how many alternatives one refusal covers.
_ALTERNATIVES = 8
#: Words of these kinds may stand between a cue and its number.
_TRANSPARENT = ("bound", "before", "aside", "fix", "each")
#: These answer a question more often than they refuse the number that follows.
_ANSWERS = frozenset({"no"})
_AFTERTHOUGHT = frozenset({"no", "la2", "لا", "laa", "la2a"})


def cues_before(pieces: Sequence[Piece], at: int) -> list[Piece]:
    """Return the cues before a number, the nearest first."""
    found: list[Piece] = []
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        piece = pieces[back]
        if pieces[back + 1].after_break or piece.amount is not None:
            break
        if (
            not any(kind in piece.senses for kind in _TRANSPARENT)
            and not piece.means("link", "between")
            and not piece.means("unit", "pounds")
            and not piece.means("foreign")
        ):
            break
        found.append(piece)
    return found


def is_correction(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a correction is made here: "sorry", "قصدي" or "la2" a few words before."""
    for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
        piece = pieces[back]
        if piece.means("fix"):
            return True
        if piece.place is not None or piece.amount is not None or piece.means("type"):
            return False
    return False


def is_refused(pieces: Sequence[Piece], at: int, *, number: bool = False, bound: bool = False) -> bool:
    """Return whether the customer does not want this: "not in ...", "مش عايز ...", "mesh ..."; a bound may also be impossible."""
    for _ in range(_ALTERNATIVES):
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        if not number and after is not None and after.words in _AFTERTHOUGHT and not after.after_break:
            # "Degla no", but "degla no problem"
            return after.words not in _ANSWERS or at + 2 >= len(pieces) or pieces[at + 2].after_break
        for back in range(at - 1, max(-1, at - 1 - _FAR), -1):
            piece = pieces[back]
            if pieces[back + 1].after_break:
                return False
            if back > 0 and (piece.means("link", "or") or _joins_places(pieces, back)):
                at = back - 1
                break
            if piece.means("refuse", *(("no", "bound") if bound else ("no",))):
                return not (number and piece.words in _ANSWERS)
            if not piece.means("refuse", "through"):
                return False
        else:
            return False
    return False


def _joins_places(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "and" joins two places here: what is refused of the first is refused of the second."""
    if not pieces[at].means("link", "and") or at + 1 >= len(pieces):
        return False
    return pieces[at - 1].place is not None and pieces[at + 1].place is not None
