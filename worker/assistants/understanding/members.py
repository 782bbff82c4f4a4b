"""Whom a message looks for in a directory of members: profession and name."""

from collections.abc import Collection, Sequence
from functools import cache

from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.pieces import Piece, is_correction, is_refused
from worker.assistants.understanding.slots import Extraction
from worker.assistants.understanding.tokens import RAW
from worker.assistants.understanding.vocabulary import read, vocabulary


def extract_member(pieces: Sequence[Piece], text: str, extraction: Extraction) -> None:
    """Extract the profession and the name of the member that a message asks for.

    The customer's own profession ("I am a doctor") does not count.
    """
    english = vocabulary().known.english
    asks = any(
        piece.means("ask") or piece.means("seek", "member") or piece.means("before", "number")
        for piece in pieces
    )
    for at, piece in enumerate(pieces):
        if piece.profession is None or _is_own(pieces, at) or _is_title(pieces, at):
            continue
        if is_refused(pieces, at):
            extraction.refuse("profession", piece.profession, words=piece.words)
        else:
            extraction.put(
                "profession",
                piece.profession,
                rule="profession: word",
                words=piece.words,
                instead=is_correction(pieces, at),
            )
    found = name_in(pieces, text, asks=asks, english=english)
    if found is not None:
        extraction.put("name", found[0], rule="name: unknown words", words=found[1])


def _is_own(pieces: Sequence[Piece], at: int) -> bool:
    return at > 0 and not pieces[at].after_break and pieces[at - 1].means("own", "self")


def _is_title(pieces: Sequence[Piece], at: int) -> bool:
    """Return whether "doctor" or "dr" is only the title of a name: "Dr. Mehta"."""
    after = pieces[at + 1] if at + 1 < len(pieces) else None
    short = pieces[at].words in {"dr", "doctor", "prof", "professor", "ca", "cs", "er", "دكتور", "الدكتور"}
    return (
        short
        and after is not None
        and after.unknown
        and not after.after_break
        and after.words not in vocabulary().known.english
    )


_LONGEST = 4
_SHORTEST = 2


@cache
def name_cues(kind: str) -> frozenset[str]:
    """Return the words of one list of `data/names.toml`, which tells what may come before a name."""
    return frozenset(read("names.toml")[kind].split())


def name_in(
    pieces: Sequence[Piece], text: str, *, asks: bool, english: Collection[str]
) -> tuple[str, str] | None:
    """Return the name of a person in a message and the words around it, None if there is no name.

    `asks` is whether the message asks for contacts or membership: then a name in lower case counts as well.
    """
    original = {normal(found): found for found in RAW.findall(text)}
    at = 0
    while at < len(pieces):
        end = at
        while (
            end < len(pieces)
            and end - at < _LONGEST
            and _may_be_name(pieces[end], english)
            and not (end > at and pieces[end].after_break)
        ):
            end += 1
        if end > at:
            written = [original.get(piece.words, piece.words) for piece in pieces[at:end]]
            if _is_introduced(pieces, at, end, written, asks=asks):
                return _tidy(written), " ".join(piece.words for piece in pieces[max(0, at - 1) : end])
        at = max(end, at + 1)
    return None


def _may_be_name(piece: Piece, english: Collection[str]) -> bool:
    word = piece.words.removesuffix("'s")
    return (
        piece.unknown
        and word not in english
        and word not in name_cues("opens")
        and word not in name_cues("titles")
        and len(word) >= _SHORTEST
        and word.replace("'", "").isalpha()
    )


def _is_introduced(pieces: Sequence[Piece], at: int, end: int, written: Sequence[str], *, asks: bool) -> bool:
    before = pieces[at - 1] if at else None
    capital = all(word[0].isupper() for word in written)
    if written[-1].lower().endswith("'s"):
        return asks or capital
    if before is None or pieces[at].after_break:
        return (capital or asks) and end - at >= _SHORTEST
    last = before.words.split()[-1]
    if last == "is" and at > 1 and pieces[at - 2].words == "who":
        return True
    if last in name_cues("titles") or before.means("ask"):
        return True
    if last in name_cues("opens"):
        return capital or asks or (last not in name_cues("weak"))
    return capital and asks


def _tidy(written: Sequence[str]) -> str:
    words = [word.removesuffix("'s").removesuffix("’s") for word in written]
    return " ".join(word if any(letter.isupper() for letter in word) else word.title() for word in words)
