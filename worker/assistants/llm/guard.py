"""What a model may not say: contacts, links, and figures that are nobody's. Pure.

Whatever was written into a record or a message to talk a model round, it ends here: numbers to call, addresses to
visit and prices come from the records, by our own code.
"""

import re
import unicodedata
from collections.abc import Iterable

from session.bounds import without_heaps
from worker.assistants.llm.links import has_links, without_links
from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.redaction import BLANK, redacted

_LONGEST = 1000
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
#: Signs that one sign may become in its normal spelling.
_GROWTH = 18


def plain(text: str) -> str:
    """Return a model's text without invisible characters, and not longer than a message should be."""
    return _seen(text).strip()[:_LONGEST]


def has_contacts(text: str) -> bool:
    """Whether a text holds a telephone number, an address of the web or of mail."""
    return BLANK in redacted(_normal(text)) or has_links(_as_a_browser(text))


def figures(text: str) -> frozenset[float]:
    """Return the large figures of a text, as they are meant: "2.5m" is 2500000."""
    said = redacted(_normal(text))
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
    unlinked = without_links(_as_a_browser(text), _CONTACT)
    return redacted(_normal(unlinked)).replace(BLANK, _CONTACT)


def _seen(text: str) -> str:
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char)[0] != "C")


def _as_a_browser(text: str) -> str:
    """Return a text in the spelling in which a browser looks for a host: Arabic letters stay what they are."""
    return unicodedata.normalize("NFKC", without_heaps(_seen(text))).casefold()


def _normal(text: str) -> str:
    """Return all of a text in its normal spelling: what were cut off would not be looked at."""
    return normal(text, most=_GROWTH * len(text)).replace("|", " ")
