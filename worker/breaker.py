"""Pauses a sender with many sends in doubt, because each further one may arrive twice. Pure."""

from datetime import timedelta
from typing import Final

#: A doubt counts for so long after the latest one: longer than the longest pause plus the next send.
COUNTED_FOR: Final = timedelta(minutes=7)
#: The code of such a pause.
IN_DOUBT: Final = "in-doubt"

_ENOUGH = 3
_FIRST = timedelta(seconds=30)
_AT_MOST = timedelta(minutes=5)


def rest_after(doubts: int) -> timedelta | None:
    """Return how long a sender is paused after so many sends in doubt: from the third on, doubled each time, bounded."""
    if doubts < _ENOUGH:
        return None
    doubled: timedelta = _FIRST * 2 ** min(doubts - _ENOUGH, 10)
    return min(doubled, _AT_MOST)
