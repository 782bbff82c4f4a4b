"""Finds the name of a member: behind a title, "contact of", "is ... a member", before "'s number"."""

from collections.abc import Collection, Sequence
from functools import cache

from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.pieces import Piece
from worker.assistants.understanding.tokens import RAW
from worker.assistants.understanding.vocabulary import read

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
