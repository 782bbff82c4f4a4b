"""How long to wait before the next attempt. Pure."""

from datetime import timedelta


def backoff(attempt: int, *, first: timedelta, at_most: timedelta, chance: float) -> timedelta:
    """Return the wait after a failed attempt (1 for the first): doubled each time, bounded, spread.

    `chance` is a random number from 0 to 1; it removes up to half, so that simultaneous failures are not retried
    simultaneously.
    """
    doubled: timedelta = first * 2 ** min(attempt - 1, 30)
    return min(doubled, at_most) * (1 - chance / 2)
