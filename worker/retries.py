"""How long to wait before the next attempt, and before a sender with sends in doubt is used again. Pure."""

from datetime import timedelta
from typing import Final

#: A doubt counts for so long after the latest one: longer than the longest pause plus the next send.
COUNTED_FOR: Final = timedelta(minutes=7)
#: The code of a pause for doubts.
IN_DOUBT: Final = "in-doubt"

_ENOUGH = 3
_FIRST = timedelta(seconds=30)
_AT_MOST = timedelta(minutes=5)


def backoff(attempt: int, *, first: timedelta, at_most: timedelta, chance: float) -> timedelta:
    """Return the wait after a failed attempt (1 for the first): doubled each time, bounded, spread.

    `chance` is a random number from 0 to 1; it removes up to half, so that simultaneous failures are not retried
    simultaneously.
    """
    doubled: timedelta = first * 2 ** min(attempt - 1, 30)
    return min(doubled, at_most) * (1 - chance / 2)


def rest_after(doubts: int) -> timedelta | None:
    """Return how long a sender is paused after so many sends in doubt: from the third on, doubled each time, bounded."""
    if doubts < _ENOUGH:
        return None
    doubled: timedelta = _FIRST * 2 ** min(doubts - _ENOUGH, 10)
    return min(doubled, _AT_MOST)
