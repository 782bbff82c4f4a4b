"""One spelling for what can be written in many ways. Pure; everything that compares words compares these."""

import re
import unicodedata

_LETTERS = str.maketrans("أإآٱىیةکڤپچ", "ااااييهكفبج")
_SIGNS = str.maketrans("٫٬،؛؟٪’‘`–—", ".,,;?%'''--")
_SAME = _LETTERS | _SIGNS
#: Before NFKC takes them apart: "2½" is 2.5.
_FRACTIONS = str.maketrans({"½": ".5", "¼": ".25", "¾": ".75"})
#: Vowel signs, the stretching line, and marks that only steer the direction of writing.
_DROPPED = re.compile(r"[\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_ARTICLE = "ال"
_SHORTEST = 3


def normal(text: str) -> str:
    """Return a text in one spelling: NFKC, lower case, western digits, plain Arabic letters, no vowel signs."""
    if text.isascii():
        return text.lower().replace("`", "'")
    while (plain := _once(text)) != text:
        text = plain
    return plain


def _once(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _DROPPED.sub("", text.translate(_FRACTIONS)))
    return _OTHER_DIGIT.sub(
        lambda digit: str(unicodedata.decimal(digit[0])), plain.translate(_SAME)
    ).casefold()


def words(text: str) -> list[str]:
    """Return the words of a text in their normal spelling."""
    return _WORD.findall(normal(text))


def bare(word: str) -> str:
    """Return a word in its normal spelling without the Arabic article, if enough of it is left."""
    if word.startswith(_ARTICLE) and len(word) >= len(_ARTICLE) + _SHORTEST:
        return word[len(_ARTICLE) :]
    return word
