"""Which words of a message are the name of a person. Pure.

A name is a run of words of which nothing is known, and only where a name may stand: after a title, after "contact of" or
"who is", alone with capitals. What is never a name stands in `data/no_names.toml`.
"""

from collections.abc import Sequence
from functools import cache

from worker.assistants.understanding.joined_words import ARTICLES
from worker.assistants.understanding.normal import normal, without_article
from worker.assistants.understanding.pieces import Piece, is_refused
from worker.assistants.understanding.tokens import RAW
from worker.assistants.understanding.vocabulary import read, vocabulary

_LONGEST = 4
_SHORTEST = 2
#: Endings of English words that names do not have; the word has to be longer by two letters at least.
_NO_NAME_ENDS = ("tion", "sion", "ness", "ment", "ship", "able", "ible", "ology", "ical", "ious", "ities")
_ENDINGS = ("s", "es", "d", "ed", "ing", "er", "ers", "ly")
_STEM = 3
#: What a word means that was found to be a name.
_PERSON = "person"
#: Letters of the longest title that is no profession at the same time: "prof".
_ABBREVIATED = 4


@cache
def name_cues(kind: str) -> frozenset[str]:
    """Return the words of one list of `data/names.toml`, which tells what may come before a name."""
    return frozenset(read("names.toml")[kind].split())


@cache
def _no_names(kind: str = "") -> frozenset[str]:
    lists = read("no_names.toml")
    return frozenset(word for name, words in lists.items() if kind in {"", name} for word in words.split())


def may_be_name(piece: Piece) -> bool:
    """Return whether a piece can be a word of a name."""
    word = piece.words.removesuffix("'s")
    return piece.means(_PERSON) or (
        piece.unknown
        and len(word) >= _SHORTEST
        and word.replace("'", "").isalpha()
        and word not in vocabulary().known.english
        and word not in name_cues("opens")
        and word not in name_cues("titles")
        and not _is_common(word)
    )


def with_people(pieces: Sequence[Piece], text: str) -> list[Piece]:
    """Return the pieces of a message to a directory; what is called otherwise but is a name here means nothing else.

    "Faisal" is a district and a name, "Shah" a word and a name: it is a name after "contact of" or a title, and beside a
    word of a name. "Lawyer" is one only behind a name, and with a capital: "Mr Sunil Lawyer".
    """
    capitals = {normal(found) for found in RAW.findall(text) if found[0].isupper()}
    done = list(pieces)
    for at, piece in enumerate(pieces):
        word = piece.words.removesuffix("'s")
        surname = word in name_cues("surnames") and word in capitals
        surname = surname and (_is_behind_name(done, at) or _is_behind_title(done, at))
        if surname or (word in name_cues("people") and _stands_as_name(done, at)):
            done[at] = Piece(words=piece.words, senses={_PERSON: ("name",)}, after_break=piece.after_break)
    return done


def _is_behind_name(pieces: Sequence[Piece], at: int) -> bool:
    return at > 0 and not pieces[at].after_break and may_be_name(pieces[at - 1])


def _is_behind_title(pieces: Sequence[Piece], at: int) -> bool:
    if at == 0 or pieces[at].after_break or pieces[at - 1].words not in name_cues("titles"):
        return False
    # "A doctor Faisal" may be one in Faisal.
    return pieces[at - 1].profession is None or len(pieces[at - 1].words) <= _ABBREVIATED


def _stands_as_name(pieces: Sequence[Piece], at: int) -> bool:
    before = pieces[at - 1] if at and not pieces[at].after_break else None
    if before is not None and before.words in name_cues("locative"):
        return False
    after = pieces[at + 1] if at + 1 < len(pieces) and not pieces[at + 1].after_break else None
    if _is_behind_name(pieces, at) or (after is not None and may_be_name(after)):
        return True
    sought = after is not None and (after.profession is not None or after.means("seek"))
    return not sought and opens_name(pieces, at)


def opens_name(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether the words before a piece call for a name: a title, "contact of", "who is", "find me"."""
    if at == 0 or pieces[at].after_break:
        return False
    before = pieces[at - 1]
    last = before.words.split()[-1]
    if last in name_cues("titles"):
        return (
            before.profession is None or len(last) <= _ABBREVIATED
        )  # "a doctor Faisal" may be one in Faisal
    contact = at > 1 and last in name_cues("of") and pieces[at - 2].means("ask")
    return contact or before.means("ask") or last in name_cues("calls")


def is_no_name(word: str) -> bool:
    """Return whether a word is one of those that are never a name."""
    return word in _no_names()


def _is_common(word: str) -> bool:
    common = _no_names()
    if word in common or without_article(word) in common:
        return True
    if len(word) > _STEM + _SHORTEST and word.endswith(_NO_NAME_ENDS):
        return True
    # "Sameer" is not "same" with an ending.
    stems = (word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending) and word[-3:] != "eer")
    # "running" is "run" with its last letter doubled, "hiring" is "hire" without its last one.
    return any(
        len(stem) >= _STEM
        and (stem in common or f"{stem}e" in common or (stem[-1] == stem[-2] and stem[:-1] in common))
        for stem in stems
    )


def name_in(pieces: Sequence[Piece], text: str, *, asks: bool) -> tuple[str, str, int] | None:
    """Return the name of a person in a message, the words around it, and the place after it; None if there is no name.

    `asks` is whether the message asks for contacts or membership: then a name in lower case counts as well. The name of
    the customer ("I am Dr Reena") and that of a firm ("Apollo Hospital") are not meant.
    """
    original = {normal(found): found for found in RAW.findall(text)}
    named: tuple[str, str, int] | None = None
    at = 0
    while at < len(pieces):
        end = at
        while (
            end < len(pieces)
            and end - at < _LONGEST
            and may_be_name(pieces[end])
            and not (end > at and pieces[end].after_break)
        ):
            end += 1
        corrects = at > 0 and pieces[at - 1].means("fix")
        meant = end > at and (named is None or corrects) and not _is_refused(pieces, at)
        if meant and not is_own(pieces, at) and not _is_firm(pieces, end):
            article = next((original[one] for one in ARTICLES if one in original), "")
            written = [
                f"{article} {word}" if inner and piece.has_article and article else word
                for inner, piece in enumerate(pieces[at:end])
                for word in [original.get(piece.words, piece.words)]
            ]
            if (corrects and named is not None) or _is_introduced(pieces, at, end, written, asks=asks):
                named = _tidy(written), " ".join(piece.words for piece in pieces[max(0, at - 1) : end]), end
        at = max(end, at + 1)
    return named


def _is_refused(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether a name, with its titles, is refused: "not Mr Shah"."""
    while at and not pieces[at].after_break and pieces[at - 1].words in name_cues("titles"):
        at -= 1
    return is_refused(pieces, at)


def is_own(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether the customer speaks of themselves: "I am a doctor", "this is Dr Reena", "my name is Arjun"."""
    back = at
    while back > 0 and not pieces[back].after_break and pieces[back - 1].words in name_cues("titles"):
        back -= 1
    if back == 0 or pieces[back].after_break:
        return False
    before = pieces[back - 1]
    if before.means("own", "self"):
        return True
    words = [piece.words for piece in pieces[max(0, back - 3) : back]]
    presents = words[-2:] in (["this", "is"], ["it", "is"]) or words[-3:] == ["my", "name", "is"]
    asked = at + 1 < len(pieces) and pieces[at].words.endswith("'s")
    return presents and not asked


def _is_firm(pieces: Sequence[Piece], end: int) -> bool:
    """Return whether the words before `end` are the name of a firm: "Apollo Hospital"."""
    if end >= len(pieces) or pieces[end].after_break:
        return False
    return pieces[end].words in _no_names("institutions")


def _is_introduced(pieces: Sequence[Piece], at: int, end: int, written: Sequence[str], *, asks: bool) -> bool:
    before = pieces[at - 1] if at else None
    capital = all(word[0].isupper() for word in written)
    if written[-1].lower().endswith("'s"):
        return asks or capital
    if before is None or pieces[at].after_break:
        return (capital or asks) and end - at >= _SHORTEST
    last = before.words.split()[-1]
    if len(written) == 1 and written[0].isupper() and last not in name_cues("titles"):
        return False  # an acronym: "for IIT"
    if last == "is":
        asked = at > 1 and pieces[at - 2].words == "who"
        described = end < len(pieces) and pieces[end].words in {"a", "an"}
        return asked or described or capital or asks
    if last in name_cues("titles") or before.means("ask") or (before.means("fix") and capital):
        return True
    if last in {"a", "an"} or before.profession is not None:  # "is there an Omar Sherif", "المحامي احمد زكي"
        return (capital or before.has_article) and end - at >= _SHORTEST
    if last in name_cues("opens"):
        return capital or asks or (last not in name_cues("weak"))
    return capital and asks and last not in name_cues("locative")


def _tidy(written: Sequence[str]) -> str:
    words = [word.removesuffix("'s").removesuffix("’s") for word in written]
    return " ".join(word if any(letter.isupper() for letter in word) else word.title() for word in words)
