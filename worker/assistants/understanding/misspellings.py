"""Corrects misspelt names of places, types of property and professions."""

import re
from collections.abc import Sequence
from functools import cache

from rapidfuzz import fuzz

from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.person_names import is_no_name, name_cues, opens_name
from worker.assistants.understanding.phrases import FuzzyNames, SoundNames
from worker.assistants.understanding.pieces import Piece
from worker.assistants.understanding.professions import Professions
from worker.assistants.understanding.tokens import loose_form
from worker.assistants.understanding.vocabulary import Senses, vocabulary

_MOST_WORDS = 3
#: How much alike each word of a longer name must be, of 100.
_ALIKE = 60
#: A shorter word is too ambiguous to be corrected.
_SHORTEST = 3


def correct_spelling(
    pieces: list[Piece], gazetteer: Gazetteer, professions: Professions | None, *, types: bool
) -> list[Piece]:
    """Return the pieces; misspelt ones are replaced by what was meant."""
    english = vocabulary().known.english
    strange = [
        piece.unknown
        and len(piece.words) >= _SHORTEST
        and piece.words not in english
        and not is_no_name(piece.words)
        for piece in pieces
    ]
    if not any(strange):
        return pieces
    franco = any(_is_franco(piece) for piece in pieces)
    done: list[Piece] = []
    at = 0
    while at < len(pieces):
        length = 1
        piece = pieces[at]
        named = professions is not None and _is_name(pieces, strange, at)
        for count in range(min(_MOST_WORDS, len(pieces) - at), 0, -1):
            span = pieces[at : at + count]
            if not any(strange[at : at + count]) or any(other.after_break for other in span[1:]):
                continue
            found = _meant(span, strange[at : at + count], gazetteer, professions, types=types, named=named)
            if found is None and franco and all(strange[at : at + count]):
                found = _sounding(span, gazetteer, types=types)
            if found is not None:
                length, piece = count, found
                strange[at : at + count] = [
                    False
                ] * count  # so that what follows has no unknown word beside it
                break
        done.append(piece)
        at += length
    return done


def _is_name(pieces: Sequence[Piece], strange: Sequence[bool], at: int) -> bool:
    """Return whether an unknown word has another one beside it, or follows a title or "contact of": "Kapoor" in "Dr Neha Kapoor" is not Kanpur."""
    if not strange[at] or (at and pieces[at - 1].words in name_cues("locative")):
        return False
    if opens_name(pieces, at):
        return True
    beside = [near for near in (at - 1, at + 1) if 0 <= near < len(pieces)]
    return any(strange[near] or pieces[near].words in name_cues("titles") for near in beside)


def _meant(
    span: Sequence[Piece],
    strange: Sequence[bool],
    gazetteer: Gazetteer,
    professions: Professions | None,
    *,
    types: bool,
    named: bool,
) -> Piece | None:
    written = " ".join(loose_form(word) for piece in span for word in piece.words.split())
    mended = _joined(span)
    plain = mended.words
    name = None if named else gazetteer.fuzzy.nearest(written)
    if name is not None and _belongs(span, strange, name):
        mended.place = gazetteer.phrases.loose[name]
        return mended
    for names, said in ((_types(), written), (_long_words(), plain)) if types else ():
        name = names.nearest(said)
        if name is not None and _belongs(span, strange, name):
            mended.senses = vocabulary().phrases.exact[name]
            return mended
    if professions is not None:
        name = professions.fuzzy.nearest(plain)
        if name is not None and _belongs(span, strange, name):
            mended.profession = professions.phrases.exact[name]
            return mended
    return None


_DIGIT_AS_LETTER = re.compile(r"[a-z][23578]|[23578][a-z]{2}")


def _is_franco(piece: Piece) -> bool:
    """Return whether a piece shows that the message is Franco-Arabic."""
    return piece.words.isascii() and any(
        word in vocabulary().franco or _DIGIT_AS_LETTER.search(word) for word in piece.words.split()
    )


def _sounding(span: Sequence[Piece], gazetteer: Gazetteer, *, types: bool) -> Piece | None:
    """Return what Franco-Arabic words with unusual vowels mean, None if nothing sounds like them."""
    mended = _joined(span)
    if not mended.words.isascii():
        return None
    senses = _sounds().get(mended.words) if types else None
    if senses is not None:
        mended.senses = senses
        return mended
    mended.place = gazetteer.sounds.get(mended.words)
    return mended if mended.place is not None else None


def _joined(span: Sequence[Piece]) -> Piece:
    """Return one piece for all of these, which means nothing yet."""
    words = " ".join(piece.words for piece in span)
    return Piece(words=words, after_break=span[0].after_break, has_article=span[0].has_article)


def _belongs(span: Sequence[Piece], strange: Sequence[bool], name: str) -> bool:
    """Return whether the first and the last word of a span are both part of the name, and each is like its word there."""
    if len(span) > 1 and len(span) == len(parts := name.split()):
        said = (piece.words for piece in span)
        if any(fuzz.ratio(one, other) < _ALIKE for one, other in zip(said, parts, strict=True)):
            return False  # "sherry apartment" is no "shared apartment"
    words = {word for part in name.split() for word in (part, loose_form(part))}
    return all(
        odd or end.place is not None or loose_form(end.words.split()[0]) in words
        for end, odd in ((span[0], strange[0]), (span[-1], strange[-1]))
    )


#: Kinds of words of which only long ones are compared: the shorter a word, the more words look like it.
_LONG_KINDS = frozenset({"unit", "purpose", "paymentMethod", "finishing", "times"})
_LONG = 6


@cache
def _types() -> FuzzyNames:
    return FuzzyNames(phrase for phrase, senses in vocabulary().phrases.exact.items() if "type" in senses)


@cache
def _long_words() -> FuzzyNames:
    return FuzzyNames(
        phrase
        for phrase, senses in vocabulary().phrases.exact.items()
        if len(phrase) >= _LONG
        and not _LONG_KINDS.isdisjoint(senses)
        # Franco-Arabic words are compared by sound.
        and vocabulary().franco.isdisjoint(phrase.split())
    )


@cache
def _sounds() -> SoundNames[Senses]:
    return SoundNames(vocabulary().phrases.loose, _common)


def _common(one: Senses, other: Senses) -> Senses | None:
    """Return what two words that sound alike both mean: of "ghorfa" and "ghoraf" that it is rooms."""
    both = {kind: values for kind, values in one.items() if other.get(kind) == values}
    return both or None
