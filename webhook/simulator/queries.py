"""Reads numbers from the query string of the simulator's own API."""

import math

from flask import abort, request


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
