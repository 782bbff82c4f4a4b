"""Finds what a phone makes a link of: a name with a dot and an ending that there is, in any script. Pure but for a list.

The endings are those of the Public Suffix List, as the package brings them; nothing is asked on the network.
"""

import re
from functools import cache
from typing import Any

#: What a label of a host is made of: letters, figures and marks of any script, and hyphens.
_LABEL = r"[^\s\x00-,./:-@\[-`{-\x7f]"
#: No part of it can be read in two ways, so the time grows with the length alone.
_HOST = re.compile(rf"(?<!{_LABEL})({_LABEL}++(?:\.{_LABEL}++)+)(\.?(?::[0-9]|[/?#]))?")
_UNBROKEN = re.compile(r"\S+")
#: Dots that browsers take for dots in the names of hosts (RFC 3490), where NFKC leaves them.
_DOTS = str.maketrans("。", ".")
#: Dots and at signs that are written in words or put into brackets.
_SPELT = re.compile(
    r"[(\[{<]\s?(?:at|dot|\.)\s?[)\]}>]|\bdot\s(?:com|net|org|co|io)\b|\s\.\s?(?:com|net|org|info|biz|io|eg|ly|app|link|site|xyz|shop|ru|cn)\b"
)
_LONGEST_HOST = 253  #: characters, RFC 1035
_MOST_LABELS = 4  #: of an ending: "kawasaki.jp" has two, none has more
_BYTES = 4  #: of an address in figures


def has_links(said: str) -> bool:
    """Whether a text holds something to visit; it is to be in NFKC and small letters."""
    return _SPELT.search(said) is not None or any(map(_leads, _HOST.finditer(said.translate(_DOTS))))


def without_links(said: str, instead: str) -> str:
    """Return such a text with something else in the place of all that is unbroken around a link."""
    plain = _SPELT.sub(f" {instead} ", said.translate(_DOTS))
    return _UNBROKEN.sub(
        lambda part: instead if any(map(_leads, _HOST.finditer(part[0]))) else part[0], plain
    )


def _leads(host: re.Match[str]) -> bool:
    """Whether a name with dots leads somewhere."""
    labels = host[1][-_LONGEST_HOST:].rsplit(".", _MOST_LABELS)[-_MOST_LABELS:]
    last = labels[-1].strip("-")
    if any(label.startswith("xn--") for label in labels):
        return True
    if all(label.isdecimal() for label in labels):
        return len(labels) == _BYTES
    # With a path behind it nobody asks whether the ending is one.
    if host[2] and len(last) > 1 and last[:1].isalpha():
        return True
    return bool(_endings().publicsuffix(".".join(labels)))


@cache
def _endings() -> Any:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415  (it comes with the extra only)

    return PublicSuffixList(accept_unknown=False)
