"""One spelling for what can be written in many ways. Pure; everything that compares words compares these."""

import re
import unicodedata

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك"})
#: Vowel signs, the stretching line, and marks that only steer the direction of writing.
_DROPPED = re.compile(r"[\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def normal(text: str) -> str:
    """Return a text in one spelling: NFKC, lower case, western digits, plain Arabic letters, no vowel signs."""
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text))
    return plain.translate(_DIGITS).translate(_LETTERS).casefold()


def words(text: str) -> list[str]:
    """Return the words of a text in their normal spelling."""
    return _WORD.findall(normal(text).replace("’", "'"))
