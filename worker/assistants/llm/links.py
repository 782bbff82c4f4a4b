"""Finds what leads out of the conversation: links, as phones make them clickable or as people spell them, and handles. Pure.

A link is a name with a dot and a known suffix, in any script, with or without a scheme. The suffixes are those of the Public
Suffix List as its package contains them; nothing is requested over the network.
"""

import re
from functools import cache
from typing import Any

#: A character of a label of a host: letters, digits and marks of any script, and hyphens.
_LABEL = r"[^\s\x00-,./:-@\[-`{-\x7f]"
#: Possessive: no backtracking, so the time is linear.
_HOST = re.compile(rf"(?<!{_LABEL})({_LABEL}++(?:\.{_LABEL}++)+)(\.?(?::[0-9]|[/?#]))?")
_UNBROKEN = re.compile(r"\S+")
#: Characters that are read as dots and that NFKC keeps: the Chinese one by browsers (RFC 3490), the Urdu one by people.
_DOTS = str.maketrans("。۔", "..")
#: Those that people read as dots only inside a name: with blanks around them they separate what is listed.
_DOTS_IN_NAMES = _DOTS | str.maketrans("·•∙⋅‧٫", "." * 6)
#: Suffixes that begin no sentence, and go on with none after a comma.
_COMMON = r"(?:c\s?o\s?m|org|biz|io|ly|xyz)"
#: More of them, where the dot stands apart from the word before it.
_MORE = r"(?:c\s?o\s?m|net|org|info|biz|co|io|eg|ly|app|link|site|xyz|shop|ru|cn)"
#: After "dot" as a word: any word that is short, but those that go on with a sentence ("the dot on the map").
_AFTER_DOT = (
    r"(?!(?:is|in|it|to|at|as|by|so|no|on|of|or|my|us|am|are|be|do|and|the|for|was|has)\b)[a-z]{2,3}\b"
)
#: Well-known short addresses, which people also write with blanks.
_SHORT = r"(?:wa|t|fb|ig|bit|goo|tinyurl|forms|cutt|linktr|telegram)\s?\.\s?(?:me|com|ly|gl|gle|ee)\b"
_SPELLED_OUT = re.compile(
    "|".join(
        (
            r"[(\[{<]\s?(?:at|dot|\.)\s?[)\]}>]",  # "(at)", "[.]"
            rf"\bdot\s?(?:{_COMMON}|net|co|info|app|site|shop|online|link|store|world|estate|homes)\b",
            rf"\bdot\s{_AFTER_DOT}",
            # Arabic: "dot" as a foreign word means nothing else; "point" only before a suffix.
            r"\bدوت(?:\s\w|كوم)",
            r"\b(?:نقط[ةه]|no2ta|nokta|noqta)\s(?:كوم|كو|نت|[أا]ورج|ام[يى]|مي|[اإ]ي\s?جي|com|net|org|me|co|eg|io|ly)\b",
            rf"\s\.\s?{_MORE}\b",
            rf"[.,]\s{_COMMON}\b",
            r"\w,com\b",
            r"\bcom\s(?:slash|/)",
            rf"\b{_SHORT}",
            r"\bwww\b",
            r"[a-z][a-z0-9+-]{0,30}://",  # of any scheme: "tg://", "hxxp://"
            r"\b(?:mailto|tel|sms|whatsapp):\S",
            # A handle, or an address of a payment: "@omar", "omar@instapay"; but not "@5.2m".
            r"@(?![\d.,]++(?:k|m|mn)?\b)[\d._]*+[^\W\d_][\w.]",
        )
    )
)
#: The same with the rest of its last word: a name goes with its sign.
_WRITTEN_TO = re.compile(rf"(?:{_SPELLED_OUT.pattern})\S*")
_LONGEST_HOST = 253  #: characters, RFC 1035
_SUFFIX_LABELS = 4  #: labels to look at; a public suffix has at most three
_ADDRESS_PARTS = 4  #: of an IPv4 address


def has_links(said: str) -> bool:
    """Whether a text contains a link or a handle; the text must be in NFKC and lower case."""
    return _SPELLED_OUT.search(said.translate(_DOTS)) is not None or _has_host(said)


def without_links(said: str, instead: str) -> str:
    """Return such a text; each link, up to the whitespace around it, is replaced by `instead`."""
    plain = _WRITTEN_TO.sub(f" {instead} ", said.translate(_DOTS))
    return _UNBROKEN.sub(lambda part: instead if _has_host(part[0]) else part[0], plain)


def _has_host(said: str) -> bool:
    return any(map(_is_host, _HOST.finditer(said.translate(_DOTS_IN_NAMES))))


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
