"""When a sender slows down: many of its sends are in doubt, and each further one may arrive twice. Pure."""

from datetime import timedelta
from typing import Final

#: A doubt counts for so long after the latest one: longer than the longest rest and the send after it, which may be the next.
COUNTED_FOR: Final = timedelta(minutes=7)
#: What the pause of a sender is called that slows down.
IN_DOUBT: Final = "in-doubt"

_ENOUGH = 3
_FIRST = timedelta(seconds=30)
_AT_MOST = timedelta(minutes=5)


def rest_after(doubts: int) -> timedelta | None:
    """Return how long a sender rests after so many sends in doubt: from the third on, twice as long each time, bounded."""
    if doubts < _ENOUGH:
        return None
    doubled: timedelta = _FIRST * 2 ** min(doubts - _ENOUGH, 10)
    return min(doubled, _AT_MOST)
