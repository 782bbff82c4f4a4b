"""How much of what a stranger writes is kept and read. Pure.

Everything above this line may trust that a text of a customer is short, and that no letter in it carries a heap of
marks: sorting the marks of one letter takes time that grows with the square of their number.
"""

import re
import unicodedata

#: Characters of a text; more is not sent in one message of WhatsApp.
LONGEST_TEXT = 4096
#: Marks on one letter. Writing needs fewer: Arabic 3, Hebrew with its accents 4, Burmese and Tibetan 6.
MARKS = 8
#: What stands at the end of a text that was cut off.
ELLIPSIS = "…"

#: No mark is a letter, a figure, a blank or ASCII, so what does not match this has no heap.
_SUSPECT = re.compile(rf"[^\w\s\x00-\x7f]{{{MARKS + 1}}}")


def bounded(text: str, most: int = LONGEST_TEXT) -> str:
    """Return a text of at most `most` characters and `MARKS` marks a letter; what was cut off ends in an ellipsis."""
    if len(text) > most:
        text = text[: most - 1] + ELLIPSIS
    return without_heaps(text)


def without_heaps(text: str) -> str:
    """Return a text in which every letter keeps its first `MARKS` marks. Invisible signs between marks part nothing."""
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
