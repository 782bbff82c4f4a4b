"""Reads what is given to the simulator's own API: numbers in the query string, and JSON."""

import math
from typing import TypeVar

from flask import abort, request
from pydantic import TypeAdapter, ValidationError

_Given = TypeVar("_Given")


def number_of(name: str, *, default: float = 0, highest: float = math.inf) -> float:
    """Return a number that is not negative, at most `highest`; any other value is answered with 400."""
    given = request.args.get(name)
    if given is None:
        return default
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if not (0 <= number < math.inf):
        abort(400, f"{name} must be a number that is not negative")
    return min(number, highest)


def given(kind: TypeAdapter[_Given], value: object) -> _Given:
    """Return a value of a request as what it must be; anything else is answered with 400, and what is wrong first."""
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        wrong = first["msg"].removeprefix("Value error, ")
        abort(400, f"{where}: {wrong}" if where else wrong)
