"""One spelling for text that can be written in many ways. Pure.

All comparisons of words use the normal spelling. Franco-Arabic has no fixed spelling, so its words are also folded by sound.
"""

import re
import unicodedata
from functools import lru_cache

from session.bounds import LONGEST_TEXT, without_heaps

_LETTERS = str.maketrans("أإآٱىیةکڤپچ", "ااااييهكفبج")
_SIGNS = str.maketrans("٫٬،؛؟٪’‘`–—", ".,,;?%'''--")
_SAME = _LETTERS | _SIGNS
#: Replaced before NFKC would split them: "2½" is 2.5.
_FRACTIONS = str.maketrans({"½": ".5", "¼": ".25", "¾": ".75"})
#: Vowel signs, the kashida, and marks that only control the direction of text.
_DROPPED = re.compile(r"[\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ARTICLE = "ال"
_SHORTEST = 3
#: The result of one round may need another; no character of Unicode needs more than two.
_ROUNDS = 8


def normal(text: str, *, most: int = LONGEST_TEXT) -> str:
    """Return a text in its normal spelling: NFKC, lower case, Western digits, plain Arabic letters, no vowel signs.

    At most `most` characters are read, and at most as many returned: NFKC can make eighteen characters of one.
    """
    text = text[:most]
    if text.isascii():
        return text.lower().replace("`", "'")
    for _ in range(_ROUNDS):
        plain = _once(text)[:most]
        if plain == text:
            break
        text = plain
    return text


def _once(text: str) -> str:
    # Marks may become adjacent when the characters between them are dropped.
    without_article = without_heaps(_DROPPED.sub("", text.translate(_FRACTIONS)))
    plain = unicodedata.normalize("NFKC", without_article)
    return _OTHER_DIGIT.sub(
        lambda digit: str(unicodedata.decimal(digit[0])), plain.translate(_SAME)
    ).casefold()


_LATIN_ACCENTED = re.compile("[\u00e0-\u00f6\u00f8-\u017e]")


def without_accents(plain: str) -> str:
    """Return a text in its normal spelling with plain Latin letters: "chalé" is "chale". Other letters stay as they are."""
    if plain.isascii():
        return plain
    return _LATIN_ACCENTED.sub(lambda letter: unicodedata.normalize("NFD", letter[0])[0], plain)


_RUN = re.compile(r"([^\W\d_])\1{2,}|(ا)ا+|(ه)ه+\b")


def without_runs(plain: str) -> str:
    """Return a text without letters that are repeated for emphasis: "pleaseee", "عاايز", "شقههه"."""
    return _RUN.sub(lambda run: run[0][0], plain)


def words(text: str, *, most: int = LONGEST_TEXT) -> list[str]:
    """Return the words of a text in their normal spelling; at most `most` characters are read."""
    return _WORD.findall(normal(text, most=most))


def without_article(word: str) -> str:
    """Return a word (in its normal spelling) without the Arabic article, if at least three letters are left."""
    if word.startswith(_ARTICLE) and len(word) >= len(_ARTICLE) + _SHORTEST:
        return word[len(_ARTICLE) :]
    return word


#: Longer words are not folded, so that customers cannot fill the cache with long texts.
_LONGEST_WORD = 64
_LETTER_PAIRS = re.compile(r"4|kh|5'|ch|ou|oo|ee|ei|ai|ph")
_SOUNDS = {
    "kh": "5",
    "5'": "5",
    "4": "sh",
    "ch": "sh",
    "ou": "o",
    "oo": "o",
    "ee": "e",
    "ei": "e",
    "ai": "a",
    "ph": "f",
}
_SAME_SOUND = str.maketrans({"i": "e", "u": "o", "q": "2", "'": None})
_DOUBLED = re.compile(r"([a-z])\1+")
_FINAL_VOWEL = re.compile(r"(?:y|eh|ih)$|(?<=a)h$")


def fold(word: str) -> str:
    """Return how a word sounds: "khames", "5amis" and "5ames" are the same; a word of over 64 letters stays as it is."""
    return _fold(word) if len(word) <= _LONGEST_WORD else word


_VOWELS = frozenset("aeoy3")
_LOOSE_SOUNDS = str.maketrans(
    {**dict.fromkeys("aeoy3'"), "k": "2", "j": "g", "p": "b", "v": "f", "h": "7", "9": "s", "z": "s"}
)


def skeleton(word: str) -> str:
    """Return the consonants of a word, those that are mistaken for each other as one: "m2adam" and "mo2addam" are the same.

    Looser than `fold`: only for words that mean nothing otherwise. A word of over 64 letters stays as it is.
    """
    if len(word) > _LONGEST_WORD:
        return word
    sound = _fold(word).replace("gh", "8").replace("sh", "4")
    begins = "a" if sound[:1] in _VOWELS else ""  # no vowel is missing at the beginning: "a2rab" is not Korba
    return begins + _DOUBLED.sub(r"\1", sound.translate(_LOOSE_SOUNDS))


@lru_cache(maxsize=8192)
def _fold(word: str) -> str:
    sound = _LETTER_PAIRS.sub(lambda pair: _SOUNDS[pair[0]], word).translate(_SAME_SOUND)
    return _DOUBLED.sub(r"\1", _FINAL_VOWEL.sub(lambda end: "" if end[0] == "h" else "e", sound))
