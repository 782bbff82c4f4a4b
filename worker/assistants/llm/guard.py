"""What a model may not say: contacts, links, and figures that come from neither customer nor records.

This limits prompt injection: phone numbers, addresses and prices are printed by our code, from the records.

A link is what a phone makes clickable: a name with a dot and a known suffix, in any script. The suffixes are those of the
Public Suffix List as its package contains them; nothing is requested over the network.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

from session.bounds import without_heaps
from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.redaction import BLANK, redacted

#: A character of a label of a host: letters, digits and marks of any script, and hyphens.
_LABEL = r"[^\s\x00-,./:-@\[-`{-\x7f]"
#: Possessive: no backtracking, so the time is linear.
_HOST = re.compile(rf"(?<!{_LABEL})({_LABEL}++(?:\.{_LABEL}++)+)(\.?(?::[0-9]|[/?#]))?")
_UNBROKEN = re.compile(r"\S+")
#: Characters that browsers treat as dots in host names (RFC 3490) and that NFKC keeps.
_DOTS = str.maketrans("。", ".")
#: Dots and at signs written as words or in brackets.
_SPELLED_OUT = re.compile(
    r"[(\[{<]\s?(?:at|dot|\.)\s?[)\]}>]|\bdot\s(?:com|net|org|co|io)\b|\s\.\s?(?:com|net|org|info|biz|io|eg|ly|app|link|site|xyz|shop|ru|cn)\b"
)
_LONGEST_HOST = 253  #: characters, RFC 1035
_SUFFIX_LABELS = 4  #: labels to look at; a public suffix has at most three
_ADDRESS_PARTS = 4  #: of an IPv4 address


def has_links(said: str) -> bool:
    """Whether a text contains a link; the text must be in NFKC and lower case."""
    return _SPELLED_OUT.search(said) is not None or any(map(_is_host, _HOST.finditer(said.translate(_DOTS))))


def without_links(said: str, instead: str) -> str:
    """Return such a text; each link, up to the whitespace around it, is replaced by `instead`."""
    plain = _SPELLED_OUT.sub(f" {instead} ", said.translate(_DOTS))
    return _UNBROKEN.sub(
        lambda part: instead if any(map(_is_host, _HOST.finditer(part[0]))) else part[0], plain
    )


def _is_host(host: re.Match[str]) -> bool:
    """Whether a name with dots is a host."""
    labels = host[1][-_LONGEST_HOST:].rsplit(".", _SUFFIX_LABELS)[-_SUFFIX_LABELS:]
    last = labels[-1].strip("-")
    if any(label.startswith("xn--") for label in labels):
        return True
    if all(label.isdecimal() for label in labels):
        return len(labels) == _ADDRESS_PARTS
    # With a port or path after it, any suffix counts.
    if host[2] and len(last) > 1 and last[:1].isalpha():
        return True
    return bool(_public_suffixes().publicsuffix(".".join(labels)))


@cache
def _public_suffixes() -> Any:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415  (installed with the extra only)

    return PublicSuffixList(accept_unknown=False)


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
#: Characters that one character can become in its normal spelling.
_GROWTH = 18


def plain(text: str) -> str:
    """Return the text of a model without invisible characters, cut to the length of a message."""
    return _visible(text).strip()[:_LONGEST]


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
    unlinked = without_links(_as_in_browser(text), _CONTACT)
    return redacted(_normal(unlinked)).replace(BLANK, _CONTACT)


def _visible(text: str) -> str:
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char)[0] != "C")


def _as_in_browser(text: str) -> str:
    """Return a text in the spelling in which a browser reads a host; Arabic letters stay."""
    return unicodedata.normalize("NFKC", without_heaps(_visible(text))).casefold()


def _normal(text: str) -> str:
    """Return the whole text in its normal spelling: a part that is cut off would not be checked."""
    return normal(text, most=_GROWTH * len(text)).replace("|", " ")
