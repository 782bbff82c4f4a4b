"""Franco-Arabic has no spelling: words that sound alike are folded into one. Pure."""

import re
from functools import lru_cache

#: Letters of a word that is looked at; strangers choose what is remembered.
_LONGEST = 64
_PAIRS = re.compile(r"kh|5'|ch|ou|oo|ee|ei|ai|ph")
_SOUNDS = {
    "kh": "5",
    "5'": "5",
    "ch": "sh",
    "ou": "o",
    "oo": "o",
    "ee": "e",
    "ei": "e",
    "ai": "a",
    "ph": "f",
}
_LETTERS = str.maketrans({"i": "e", "u": "o", "q": "2", "'": None})
_TWICE = re.compile(r"([a-z])\1+")
_LAST = re.compile(r"(?:y|eh|ih)$")


def fold(word: str) -> str:
    """Return how a word sounds: "khames", "5amis" and "5ames" are one; a word that is too long for one stays."""
    return _fold(word) if len(word) <= _LONGEST else word


@lru_cache(maxsize=8192)
def _fold(word: str) -> str:
    sound = _PAIRS.sub(lambda pair: _SOUNDS[pair[0]], word).translate(_LETTERS)
    return _TWICE.sub(r"\1", _LAST.sub("e", sound))
