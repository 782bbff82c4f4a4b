"""What a model may not say: contacts, links, and figures that come from neither customer nor records.

This limits prompt injection: phone numbers, addresses and prices are printed by our code, from the records.
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
_MULTIPLIERS = dict.fromkeys(("k", "thousand", "alf", "الف", "الاف"), 1e3) | dict.fromkeys(
    ("m", "mn", "million", "melyon", "mellion", "مليون", "ملايين"), 1e6
)
#: Smaller figures count rooms, metres or results.
_LARGE = 1000
#: Years are not prices.
_YEARS = range(1990, 2060)
_CONTACT = "[contact]"
_BLANKS = re.compile(r"[^\S\n]{2,}")
#: Characters that one character can become in its normal spelling.
_GROWTH = 18
#: So many times the length: what becomes longer is no text that somebody has typed.
_MUCH_LONGER = 4


def plain(text: str) -> str:
    """Return the text of a model without invisible characters, cut to the length of a message."""
    return visible(text).strip()[:_LONGEST]


def has_contacts(text: str) -> bool:
    """Whether a text contains a phone number, a web address or an e-mail address."""
    return BLANK in redacted(_normal(text)) or has_links(_as_in_browser(text))


def figures(text: str) -> frozenset[float]:
    """Return the large figures of a text as numbers: "2.5m" is 2500000."""
    said = redacted(_normal(text))
    found = (
        float(figure.replace(",", "")) * _MULTIPLIERS.get(times or "", 1.0)
        for figure, times in _FIGURE.findall(said)
    )
    return frozenset(round(figure, 2) for figure in found if figure >= _LARGE and figure not in _YEARS)


def is_clean(text: str, *, known: Iterable[float]) -> bool:
    """Whether the text of a model may be sent: no contacts, and no large figure that is not in `known`."""
    return not has_contacts(text) and figures(text) <= frozenset(round(float(one), 2) for one in known)


def without_contacts(text: str) -> str:
    """Return a text without contacts, for a model; if there were any, the text is in its normal spelling."""
    if not has_contacts(text):
        return text
    spelled = _as_in_browser(text)
    if len(spelled) > _MUCH_LONGER * len(text):
        return _CONTACT  # ligatures that nobody types are not worth the time
    unlinked = without_links(spelled, _CONTACT)
    left = redacted(_normal(unlinked)).replace(BLANK, _CONTACT)
    # Where the gap itself makes a contact of what is around it, nothing is worth the risk.
    return _CONTACT if has_contacts(left) else left


def visible(text: str) -> str:
    """Return a text without invisible characters."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char)[0] != "C")


def _as_in_browser(text: str) -> str:
    """Return a text in the spelling in which a browser reads a host, with single blanks; Arabic letters stay."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", without_heaps(visible(text))).casefold())


def _normal(text: str) -> str:
    """Return the whole text in its normal spelling: a part that is cut off would not be checked."""
    return normal(text, most=_GROWTH * len(text)).replace("|", " ")
