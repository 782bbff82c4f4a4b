"""Reads untrusted JSON without relying on its types. Independent of providers."""

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from session.authors import word_at as word_at  # noqa: PLC0414  (read from here by others)

#: How deep an item may be nested. Providers nest six levels; pydantic reads and writes at most 200.
DEEPEST = 64

#: Integers with more digits than this are kept as text: Redis, Lua and JSON readers cannot hold them.
_LONGEST_INTEGER = 15

#: In seconds since the epoch, the year 5138: less than the largest datetime, and less than any time in ms.
_END_OF_TIME = 10**11


_NESTED = (dict, list)


class Malformed(ValueError):
    """Raised when a body, or an item of it, cannot be read; the text says why and quotes nothing."""


#: An escape that may leave a lone surrogate; nothing else in a decoded body can.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def load(body: bytes) -> Any:
    """Return the JSON value of a body, with every string well-formed.

    Bytes that are not UTF-8 are replaced, because they may be in one item only. Numbers that JSON cannot express or Python
    would not convert (NaN, 1e999, 5,000 digits) come back as their text, so that one of them does not cost its neighbours.
    """
    text = body.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text, parse_int=_integer, parse_float=_number, parse_constant=str)
        return _wellformed(value) if _SURROGATE.search(text) else value
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError:
        raise Malformed("not JSON") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if isfinite(number) else digits


def text_of(body: bytes) -> str:
    """Return a body as a dead letter keeps it; bytes that are not UTF-8 are escaped as surrogates."""
    return body.decode("utf-8", "surrogateescape")


def dump(item: object, *, otherwise: bytes = b"") -> str:
    """Return an item as the JSON it came as, in ASCII; the text of `otherwise` if it cannot be written."""
    try:
        return json.dumps(item)
    except (RecursionError, ValueError, TypeError):
        return text_of(otherwise)


def wellformed(text: str) -> str:
    """Return the text with U+FFFD in place of every lone surrogate, so that it can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _wellformed(value: Any) -> Any:
    if isinstance(value, str):
        return wellformed(value)
    if isinstance(value, list):
        return [_wellformed(one) for one in value]
    if isinstance(value, dict):
        return {wellformed(name): _wellformed(one) for name, one in value.items()}
    return value


def clean(item: Any, deepest: int = DEEPEST) -> Any:
    """Return a copy of a loaded item that a `Record` can keep and give back unchanged.

    Members that are null are left out, as a `Record` leaves them out. Raises `Malformed` if it is nested too deeply.
    """
    if not isinstance(item, _NESTED):
        return item
    if not deepest:
        raise Malformed("nested too deeply")
    if isinstance(item, list):
        return [clean(one, deepest - 1) if isinstance(one, _NESTED) else one for one in item]
    return {
        name: clean(one, deepest - 1) if isinstance(one, _NESTED) else one
        for name, one in item.items()
        if one is not None
    }


def object_at(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the object with this name; an empty one if there is none."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def list_at(holder: Mapping[str, Any], name: str) -> list[Any]:
    """Return the list with this name; an empty one if there is none."""
    value = holder.get(name)
    return value if isinstance(value, list) else []


def objects_at(holder: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of the list of a name, cleaned; what is none, or cannot be cleaned, is left out."""
    found: list[dict[str, Any]] = []
    for item in list_at(holder, name):
        try:
            cleaned = clean(item)
        except Malformed:
            continue
        if isinstance(cleaned, dict):
            found.append(cleaned)
    return found


def text_at(holder: Mapping[str, Any], name: str) -> str:
    """Return the text with this name; "" if there is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def number_at(holder: Mapping[str, Any], name: str) -> float | None:
    """Return a finite number, which providers write as a number or as text; None if there is neither."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None


def instant_at(holder: Mapping[str, Any], name: str) -> int | None:
    """Return a time given in seconds since the epoch as ms; None if there is none, or an impossible one."""
    seconds = number_at(holder, name)
    return int(seconds) * 1000 if seconds is not None and 0 < seconds < _END_OF_TIME else None
