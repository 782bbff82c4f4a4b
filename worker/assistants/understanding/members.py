"""Whom a message looks for in a directory of members: profession and name."""

from collections.abc import Collection, Sequence
from functools import cache

from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.pieces import Piece, corrected, refused
from worker.assistants.understanding.slots import Notes
from worker.assistants.understanding.tokens import RAW
from worker.assistants.understanding.vocabulary import read, vocabulary


def note_member(pieces: Sequence[Piece], text: str, notes: Notes) -> None:
    """Note whom a message seeks; who says what they are themselves seeks nobody."""
    english = vocabulary().known.english
    asks = any(
        piece.means("ask") or piece.means("seek", "member") or piece.means("before", "number")
        for piece in pieces
    )
    for at, piece in enumerate(pieces):
        if piece.profession is None or _is_own(pieces, at) or _is_title(pieces, at):
            continue
        if refused(pieces, at):
            notes.refuse("profession", piece.profession, words=piece.words)
        else:
            notes.put(
                "profession",
                piece.profession,
                rule="profession: word",
                words=piece.words,
                instead=corrected(pieces, at),
            )
    found = name_in(pieces, text, asks=asks, english=english)
    if found is not None:
        notes.put("name", found[0], rule="name: words nobody knows", words=found[1])


def _is_own(pieces: Sequence[Piece], at: int) -> bool:
    return at > 0 and not pieces[at].apart and pieces[at - 1].means("own", "self")


def _is_title(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "doctor" or "dr" only leads a name: "Dr. Mehta"."""
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    short = pieces[at].words in {"dr", "doctor", "prof", "professor", "ca", "cs", "er", "دكتور", "الدكتور"}
    return (
        short
        and after is not None
        and after.unknown
        and not after.apart
        and after.words not in vocabulary().known.english
    )


_LONGEST = 4
_SHORTEST = 2


@cache
def giveaways(kind: str) -> frozenset[str]:
    """Return the words of a list of `data/names.toml`."""
    return frozenset(read("names.toml")[kind].split())


def name_in(
    pieces: Sequence[Piece], text: str, *, asks: bool, english: Collection[str]
) -> tuple[str, str] | None:
    """Return the name of a person in a message and the words that it stands in, if there is one.

    `asks` is whether the message asks for contacts or membership: then small letters do as well.
    """
    original = {normal(found): found for found in RAW.findall(text)}
    at = 0
    while at < len(pieces):
        end = at
        while (
            end < len(pieces)
            and end - at < _LONGEST
            and _may_be_name(pieces[end], english)
            and not (end > at and pieces[end].apart)
        ):
            end += 1
        if end > at:
            written = [original.get(piece.words, piece.words) for piece in pieces[at:end]]
            if _opened(pieces, at, end, written, asks=asks):
                return _tidy(written), " ".join(piece.words for piece in pieces[max(0, at - 1) : end])
        at = max(end, at + 1)
    return None


def _may_be_name(piece: Piece, english: Collection[str]) -> bool:
    word = piece.words.removesuffix("'s")
    return (
        piece.unknown
        and word not in english
        and word not in giveaways("opens")
        and word not in giveaways("titles")
        and len(word) >= _SHORTEST
        and word.replace("'", "").isalpha()
    )


def _opened(pieces: Sequence[Piece], at: int, end: int, written: Sequence[str], *, asks: bool) -> bool:
    before = pieces[at - 1] if at else None
    capital = all(word[0].isupper() for word in written)
    if written[-1].lower().endswith("'s"):
        return asks or capital
    if before is None or pieces[at].apart:
        return (capital or asks) and end - at >= _SHORTEST
    last = before.words.split()[-1]
    if last == "is" and at > 1 and pieces[at - 2].words == "who":
        return True
    if last in giveaways("titles") or before.means("ask"):
        return True
    if last in giveaways("opens"):
        return capital or asks or (last not in giveaways("weak"))
    return capital and asks


def _tidy(written: Sequence[str]) -> str:
    words = [word.removesuffix("'s").removesuffix("’s") for word in written]
    return " ".join(word if any(letter.isupper() for letter in word) else word.title() for word in words)
