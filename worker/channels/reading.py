"""Reads JSON that anybody may have written, without ever trusting its types. Knows no provider."""

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any

#: How deep an item may be nested. Providers nest six levels; pydantic refuses to write or read more than 200.
DEEPEST = 64

#: Integers with more digits than this are kept as text: Redis, Lua and JSON readers cannot hold them.
_LONGEST_INTEGER = 15

#: In seconds since the epoch: the year 5138. A datetime ends in 9999, and a value in ms lies far beyond.
_END_OF_TIME = 10**11


class Malformed(ValueError):
    """Raised when a body, or an item of it, cannot be read; its text says why, without quoting it."""


def load(body: bytes) -> Any:
    """Return the JSON value of a body; bytes that are no UTF-8 are replaced, they may lie in one item only.

    Numbers that JSON cannot express or Python would not convert (NaN, 1e999, 5,000 digits) come back as their text,
    so that one of them does not cost its neighbours.
    """
    try:
        return json.loads(
            body.decode("utf-8-sig", "replace"),
            parse_int=_integer,
            parse_float=_number,
            parse_constant=str,
        )
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except ValueError:
        raise Malformed("not JSON") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INTEGER else digits


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if isfinite(number) else digits


def dump(item: object, *, otherwise: str) -> str:
    """Return an item as the JSON it came as, in ASCII; `otherwise` if it cannot be written."""
    try:
        return json.dumps(item)
    except (RecursionError, ValueError, TypeError):
        return otherwise


def wellformed(text: str) -> str:
    """Return the text with U+FFFD in the place of every lone surrogate, so that it can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def clean(item: Any, deepest: int = DEEPEST) -> Any:
    """Return a copy of an item that a `Record` can keep and give back unchanged.

    Strings are well-formed; members that are null are left out, as a `Record` leaves them out.
    """
    if isinstance(item, str):
        return wellformed(item)
    if not isinstance(item, dict | list):
        return item
    if not deepest:
        raise Malformed("nested too deeply")
    if isinstance(item, list):
        return [clean(value, deepest - 1) for value in item]
    return {wellformed(key): clean(value, deepest - 1) for key, value in item.items() if value is not None}


def object_at(holder: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the object of that name; an empty one if there is something else, or nothing."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def list_at(holder: Mapping[str, Any], name: str) -> list[Any]:
    """Return the list of that name; an empty one if there is something else, or nothing."""
    value = holder.get(name)
    return value if isinstance(value, list) else []


def text_at(holder: Mapping[str, Any], name: str) -> str:
    """Return the text of that name; "" if there is something else, or nothing."""
    value = holder.get(name)
    return wellformed(value) if isinstance(value, str) else ""


def word_at(holder: Mapping[str, Any], name: str) -> str | None:
    """Return an id or a code, which providers write as text or as a whole number; None if there is neither."""
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return wellformed(value) if isinstance(value, str) and value.strip() else None


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
