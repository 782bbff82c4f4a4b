"""Reads the cards in a vCard, of the versions 2.1, 3.0 and 4.0. Pure.

It is the file of a stranger: it is read in linear time, and what is not a complete card is left out. Sources: RFC 2426 and
RFC 6350; vCard 2.1 writes other than ASCII as quoted-printable (RFC 2045, section 6.7).
"""

import quopri
import re
from collections.abc import Iterable, Iterator
from typing import Final

from session.bounds import bounded
from session.content_parts import Card
from session.media_work import capped_cards

#: Bytes of a file that are read.
MOST_READ: Final = 65_536
#: Characters of a value; numbers and addresses of one card. As for cards that providers send themselves.
_LONGEST, _MOST_VALUES = 256, 20
_READ: Final = frozenset({"FN", "N", "TEL", "EMAIL", "ORG"})
_PIECE: Final = re.compile(r"\\.|[^\\;]+|[\\;]", re.DOTALL)
_CONTROLS: Final = dict.fromkeys(range(32), " ") | {127: " "}


def cards_in(content: bytes) -> tuple[Card, ...]:
    """Return the cards in a file, as many as are kept; none if it is not a vCard. Never raises."""
    text = content[:MOST_READ].decode("utf-8", "replace").removeprefix("\ufeff")
    return capped_cards(list(_cards(_unfolded(text))))


def _cards(lines: Iterable[str]) -> Iterator[Card]:
    card: dict[str, list[str]] | None = None
    for name, value in map(_property, lines):
        is_card = value.strip().upper() == "VCARD"
        if name == "BEGIN" and is_card:
            card = {}
        elif name == "END" and is_card and card is not None:
            if read := _card(card):
                yield read
            card = None
        elif card is not None and name in _READ:
            card.setdefault(name, []).append(value)


def _unfolded(text: str) -> Iterator[str]:
    """Yield the logical lines: one that begins with a blank continues the one before it."""
    parts: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if parts and line[:1] in (" ", "\t"):
            parts.append(line[1:])
        elif parts and parts[-1].endswith("=") and _is_quoted(parts[0]):
            parts[-1] = parts[-1][:-1]
            parts.append(line)
        else:
            yield "".join(parts)
            parts = [line]
    yield "".join(parts)


def _is_quoted(line: str) -> bool:
    return "QUOTED-PRINTABLE" in line[:_LONGEST].partition(":")[0].upper()


def _property(line: str) -> tuple[str, str]:
    """Return the name of a line, without its group and parameters, and its value."""
    at = 0
    for n, piece in enumerate(line.split('"')):
        colon = -1 if n % 2 else piece.find(":")
        if colon >= 0:
            at += colon
            break
        at += len(piece) + 1
    head, value = line[:at], line[at + 1 :]
    if _is_quoted(line):
        value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
    return head.partition(";")[0].rpartition(".")[2].strip().upper(), value


def _card(found: dict[str, list[str]]) -> Card | None:
    names = [_plain(";".join(_parts(value))) for value in found.get("FN", ())]
    family, given, further, before, after, *_ = [*_parts(next(iter(found.get("N", ())), "")), *[""] * 5]
    names.append(_plain(f"{before} {given} {further} {family} {after}"))
    organisations = [_plain(_parts(value)[0]) for value in found.get("ORG", ())]
    card = Card(
        name=next(filter(None, names), ""),
        phones=_several(found.get("TEL", ()), "tel:"),
        emails=_several(found.get("EMAIL", ()), "mailto:"),
        organisation=next(filter(None, organisations), None),
    )
    return None if card == Card() else card


def _several(values: Iterable[str], scheme: str) -> tuple[str, ...]:
    plain = (_plain(";".join(_parts(value))) for value in values)
    bare = (one[len(scheme) :] if one.lower().startswith(scheme) else one for one in plain)
    return tuple(dict.fromkeys(filter(None, bare)))[:_MOST_VALUES]


def _parts(value: str) -> list[str]:
    """Return what stands between the semicolons of a value, without escapes; at least one."""
    parts: list[list[str]] = [[]]
    for piece in _PIECE.findall(value):
        if piece == ";":
            parts.append([])
        elif piece.startswith("\\"):
            parts[-1].append(" " if piece in ("\\n", "\\N") else piece[1:])
        else:
            parts[-1].append(piece)
    return ["".join(part) for part in parts]


def _plain(text: str) -> str:
    return bounded(" ".join(text.translate(_CONTROLS).split()), _LONGEST)
