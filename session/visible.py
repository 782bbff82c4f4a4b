"""Texts as a terminal or a log may show them: what a stranger wrote is shown, and never obeyed. Pure."""

import json
import re
from typing import Any

#: Control characters (C0, DEL, C1), what turns the direction of a line around (Unicode, UAX 9), what ends a line, and
#: halves of characters, which no terminal can be sent.
_OBEYED = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_ANY = re.compile(f"[{_OBEYED}]")
_FIRST_BIDI = "\u0100"  #: below it, a character is written as programmers do
_TAB = "\t"


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return a text that a terminal only shows: "\x1b" for an escape, "⟨U+202E⟩" for what turns a line around.

    It is one line; with `lines` it may be several, and those after the first are indented, so that none of them looks
    like a line of ours.
    """
    if not lines:
        return _ANY.sub(_shown, text)
    return "\n    ".join(_ANY.sub(_shown, line) for line in text.replace("\r\n", "\n").split("\n"))


def visible_json(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON that a person can read and a terminal does not obey; a program reads the same value."""
    return _ANY.sub(_escaped, json.dumps(value, indent=indent, ensure_ascii=False))


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 reply", "2 replies"; `many` is `one` and an "s" unless it is said."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _shown(found: re.Match[str]) -> str:
    letter = found[0]
    if letter == _TAB:
        return " "
    return repr(letter)[1:-1] if letter < _FIRST_BIDI else f"⟨U+{ord(letter):04X}⟩"


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    # Between two values it is ours; within one, JSON has escaped it already.
    if letter == "\n":
        return letter
    return "".join(f"\\u{unit:04x}" for unit in _units(letter))


def _units(letter: str) -> list[int]:
    pairs = letter.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(pairs[place : place + 2]) for place in range(0, len(pairs), 2)]
