"""Limits how much text of a stranger is kept and read. Pure.

Everything after this can rely on short texts without long runs of combining marks: sorting the marks of one letter
takes quadratic time.
"""

import re
import unicodedata

#: Characters of a text; WhatsApp sends no more in one message.
LONGEST_TEXT = 4096
#: Combining marks on one letter. Writing needs fewer: Arabic 3, Hebrew with accents 4, Burmese and Tibetan 6.
MARKS = 8
#: Appended to a text that was cut.
ELLIPSIS = "…"

#: A mark is never a letter, a digit, a blank or ASCII, so other characters cannot be part of a run.
_SUSPECT = re.compile(rf"[^\w\s\x00-\x7f]{{{MARKS + 1}}}")


def bounded(text: str, most: int = LONGEST_TEXT) -> str:
    """Return a text of at most `most` characters and `MARKS` marks on each letter; a cut text ends in an ellipsis."""
    if len(text) > most:
        text = text[: most - 1] + ELLIPSIS
    return without_heaps(text)


def without_heaps(text: str) -> str:
    """Return a text in which every letter keeps its first `MARKS` marks. Invisible characters do not split a run."""
    if text.isascii() or _SUSPECT.search(text) is None:
        return text
    kept = []
    heap = 0
    for sign in text:
        category = unicodedata.category(sign)
        if category.startswith("M"):
            heap += 1
            if heap > MARKS:
                continue
        elif category != "Cf":
            heap = 0
        kept.append(sign)
    return "".join(kept)
