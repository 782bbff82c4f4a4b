"""Texts made safe for a terminal or a log: control characters are shown as text. Pure."""

import json
import re
from typing import Any

#: Control characters (C0, DEL, C1), direction overrides (Unicode, UAX 9), line separators, and lone surrogates, which
#: no terminal accepts.
_OBEYED = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_ANY = re.compile(f"[{_OBEYED}]")
_FIRST_BIDI = "\u0100"  #: below it, a character is shown as an escape sequence
_TAB = "\t"


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return a text that is safe to print: "\x1b" for an escape, "⟨U+202E⟩" for a direction override.

    It is one line. With `lines` it may have several; those after the first are indented, so that none of them looks
    like a line of ours.
    """
    if not lines:
        return _ANY.sub(_shown, text)
    return "\n    ".join(_ANY.sub(_shown, line) for line in text.replace("\r\n", "\n").split("\n"))


def visible_json(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON that is readable and safe to print; parsing it gives the same value."""
    return _ANY.sub(_escaped, json.dumps(value, indent=indent, ensure_ascii=False))


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: "1 reply", "2 replies"; `many` is `one` and an "s" unless it is given."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _shown(found: re.Match[str]) -> str:
    letter = found[0]
    if letter == _TAB:
        return " "
    return repr(letter)[1:-1] if letter < _FIRST_BIDI else f"⟨U+{ord(letter):04X}⟩"


def _escaped(found: re.Match[str]) -> str:
    letter = found[0]
    # A separator between two values is ours; inside a value JSON has already escaped it.
    if letter == "\n":
        return letter
    return "".join(f"\\u{unit:04x}" for unit in _units(letter))


def _units(letter: str) -> list[int]:
    pairs = letter.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(pairs[place : place + 2]) for place in range(0, len(pairs), 2)]
