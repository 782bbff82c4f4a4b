"""Makes a text safe to show in a log or on a terminal: customers are masked, control characters are shown as text. Pure.

Masked are phone numbers in any spelling, business-scoped ids, and message ids that contain a number, in one pass over
the text and in linear time.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from session.channels import NAMESPACES, WHATSAPP

#: Digits in a run that may be a phone number: shorter runs are codes, counts and years.
_FEWEST = 7
_SHOWN = 3  #: digits that stay visible, so that a person who knows the number can recognise it
#: What may stand between the digits of a number, as it is written or as it is escaped in a URL.
_BETWEEN = (
    r"(?:[ \t.()/~*·+\-\u00a0\u00ad\u2000-\u2015\u2024\u2027\u202a-\u202f\u2060-\u206f\u2212\u3000\ufe63\uff08\uff09"
    r"\uff0b\uff0d\uff0e]|%(?:20|28|29|2[bBdDeEfF]|[cC]2%[aA]0)){0,4}"
)
_PREFIXES = [name for name in NAMESPACES if name != WHATSAPP.name]
_SENSITIVE = re.compile(
    # The characters with which any of these can begin; most text is skipped by this alone.
    rf"(?=[\d+A-Zuwa-f{''.join(name[0] for name in _PREFIXES)}])(?:"
    # A customer of another namespace than WhatsApp's, and a message of one: "telegram:123456789/45".
    rf"(?P<namespace>\b(?:{'|'.join(_PREFIXES) or '(?!)'}):(?:[a-z0-9_-]{{1,32}}:)?)(?P<own>\d+)(?P<message_number>(?:/\w+)*)|"
    # Meta's message ids: base64 that contains the customer's number; recognised without their prefix too.
    r"(?P<message>(?:wamid\.|\bHBg(?=[A-Za-z0-9+/=_\-]{20}))(?:[A-Za-z0-9+/=_\-]|%3[dD]|%2[bBfF])+)"
    r"|(?<![A-Za-z0-9])(?P<scoped>(?:[A-Z]{2}(?:\.ENT)?|user)\.)(?P<id>[A-Za-z0-9]{4,})"
    # Numbers that are not phone numbers: ids, times, server addresses, fractions of seconds.
    r"|(?P<other>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|\b[A-Z]{2}[0-9a-f]{32}\b"
    r"|(?<![\d+])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d.\-])(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?)?"
    r"|\b\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"|(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?=:\d{1,5}\b)|(?<![\d+.])0\.\d+(?=s\b))"
    rf"|\+?\d(?:{_BETWEEN}\d)*)"
)
_NO_DIGITS = re.compile(r"\D+")
_MAY_BE_AN_ID = re.compile(r"\.[A-Za-z0-9]{4}")
#: The short name of a message id has no digits, so that it is never masked again.
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def mask(text: str) -> str:
    """Return a text in which every phone number and business-scoped id shows only its last three characters.

    Meta's message ids become short names, the same for the same id: "wamid~fkbmalpodiek". Masked text stays unchanged.
    """
    # Most texts contain nothing of the kind; this check is much faster.
    if (
        len(_NO_DIGITS.sub("", text)) < _FEWEST
        and "wamid." not in text
        and "HBg" not in text
        and not any(f"{name}:" in text for name in _PREFIXES)
        and not _MAY_BE_AN_ID.search(text)
    ):
        return text
    return _SENSITIVE.sub(_hidden, text)


#: Longer texts hardly come twice, and would take room.
_SHORT = 120


def mask_again(text: str) -> str:
    """Return the same as `mask`, and remember it: most lines of a log name what an earlier one has named."""
    return _remembered(text) if len(text) <= _SHORT else mask(text)


_remembered = lru_cache(4096)(mask)


def _hidden(found: re.Match[str]) -> str:
    # The group that ended last says which alternative it is; a plain number has none.
    if found.lastgroup is None:
        digits = "".join(filter(str.isdecimal, found[0]))
        return "…" + digits[-_SHOWN:] if len(digits) >= _FEWEST else found[0]
    if found["namespace"]:
        own = found["own"]
        shown = own[-_SHOWN:] if len(own) > _SHOWN else ""
        return f"{found['namespace']}…{shown}{found['message_number'].translate(_LETTERS)}"
    if found["message"]:
        # 72 of its bits are random, so a guessed number cannot be confirmed from the name.
        bare = found["message"].removeprefix("wamid.").replace("%3D", "=").replace("%3d", "=").rstrip("=")
        return "wamid~" + blake2b(bare.encode(), digest_size=6).hexdigest().translate(_LETTERS)
    if found["scoped"]:
        told = any(letter.isdigit() for letter in found["id"])
        return f"{found['scoped']}…{found['id'][-_SHOWN:]}" if told else found[0]
    return found[0]


#: Control characters (C0, DEL, C1), direction overrides (Unicode, UAX 9), line separators, and lone surrogates, which
#: no terminal accepts.
_OBEYED = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_ANY = re.compile(f"[{_OBEYED}]+")
_ON_A_LINE = json.JSONEncoder(ensure_ascii=False)
_FIRST_BIDI = "\u0100"  #: below it, a character is shown as an escape sequence
_TAB = "\t"


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return a text that is safe to print: "\x1b" for an escape, "⟨U+202E⟩" for a direction override.

    It is one line. With `lines` it may have several; those after the first are indented, so that none of them looks
    like a line of ours.
    """
    # No printable character is one of them, and Python looks for others much faster.
    if text.isprintable():
        return text
    if not lines:
        return _ANY.sub(_as_shown, text)
    return "\n    ".join(_ANY.sub(_as_shown, line) for line in text.replace("\r\n", "\n").split("\n"))


def visible_json(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON that is readable and safe to print; parsing it gives the same value."""
    text = json.dumps(value, indent=indent, ensure_ascii=False) if indent else _ON_A_LINE.encode(value)
    return text if text.isprintable() else _ANY.sub(_as_escaped, text)


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 reply", "2 replies"; `many` is `one` and an "s" unless it is given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _shown(letter: str) -> str:
    if letter == _TAB:
        return " "
    return repr(letter)[1:-1] if letter < _FIRST_BIDI else f"⟨U+{ord(letter):04X}⟩"


def _escaped(letter: str) -> str:
    # A separator between two values is ours; inside a value JSON has already escaped it.
    if letter == "\n":
        return letter
    return "".join(f"\\u{unit:04x}" for unit in _units(letter))


class _Spellings(dict[int, str]):
    """How characters are spelled, for `str.translate`: a text may consist of nothing else."""

    def __init__(self, spell: Callable[[str], str]) -> None:
        super().__init__()
        self._spell = spell

    def __missing__(self, code: int) -> str:
        self[code] = spelled = self._spell(chr(code))
        return spelled


_SPELLED_IN_TEXT, _SPELLED_IN_JSON = _Spellings(_shown), _Spellings(_escaped)


def _as_shown(found: re.Match[str]) -> str:
    return found[0].translate(_SPELLED_IN_TEXT)


def _as_escaped(found: re.Match[str]) -> str:
    return found[0].translate(_SPELLED_IN_JSON)


def _units(letter: str) -> list[int]:
    pairs = letter.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(pairs[place : place + 2]) for place in range(0, len(pairs), 2)]
