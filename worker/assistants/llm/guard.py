"""What a model may not say: contacts, links, and figures that are nobody's. Pure.

Whatever was written into a record or a message to talk a model round, it ends here: numbers to call, addresses to
visit and prices come from the records, by our own code.
"""

import re
import unicodedata
from collections.abc import Iterable

from worker.understanding.masks import BLANK, masked
from worker.understanding.normal import normal

_LONGEST = 1000
_DOMAIN = re.compile(
    r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:\.|\s\.\s)(?:com|net|org|info|biz|io|me|co|eg|in|ly|gl|app|link|site|xyz|shop|top|ru|cn|dev)\b(?!\.\w)"
    r"|\b\w+\s*(?:\(at\)|\[at\])\s*\w+|\bt\.me\b|\bwa\.me\b"
)
_FIGURE = re.compile(
    r"(?<![\w.,])(\d[\d,]*(?:\.\d+)?)\s*(k|m|mn|million|thousand|alf|melyon|mellion|مليون|ملايين|الف|الاف)?\b"
)
_TIMES = dict.fromkeys(("k", "thousand", "alf", "الف", "الاف"), 1e3) | dict.fromkeys(
    ("m", "mn", "million", "melyon", "mellion", "مليون", "ملايين"), 1e6
)
#: Below it a figure counts rooms, metres or results.
_SMALL = 1000
#: So is a year.
_YEARS = range(1990, 2060)
_CONTACT = "[contact]"


def plain(text: str) -> str:
    """Return a model's text without invisible characters, and not longer than a message should be."""
    kept = (char for char in text if char in "\n\t" or unicodedata.category(char)[0] != "C")
    return "".join(kept).strip()[:_LONGEST]


def has_contacts(text: str) -> bool:
    """Whether a text holds a telephone number, an address of the web or of mail."""
    said = normal(text).replace("|", " ")
    return BLANK in masked(said) or _DOMAIN.search(said) is not None


def figures(text: str) -> frozenset[float]:
    """Return the large figures of a text, as they are meant: "2.5m" is 2500000."""
    said = masked(normal(text))
    found = (
        float(figure.replace(",", "")) * _TIMES.get(times or "", 1.0)
        for figure, times in _FIGURE.findall(said)
    )
    return frozenset(round(figure, 2) for figure in found if figure >= _SMALL and figure not in _YEARS)


def is_clean(text: str, *, known: Iterable[float]) -> bool:
    """Whether a model's text may be said: no contacts, and no large figure that is not known."""
    return not has_contacts(text) and figures(text) <= frozenset(round(float(one), 2) for one in known)


def without_contacts(text: str) -> str:
    """Return a text for a model; one with contacts in it comes in its normal spelling, without them."""
    if not has_contacts(text):
        return text
    return _DOMAIN.sub(_CONTACT, masked(normal(text)).replace(BLANK, _CONTACT))
