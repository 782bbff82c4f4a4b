"""What a reading costs: processor time of this thread, the best of several, so that a busy machine does not count."""

from collections.abc import Callable
from time import thread_time
from typing import Any

RUNS = 4


def cost(read: Callable[[Any], Any], text: Any, *, enough: float = 0.0) -> float:
    """Return the seconds of one reading; the first that is cheap enough will do."""
    best = float("inf")
    for _ in range(RUNS):
        began = thread_time()
        read(text)
        best = min(best, thread_time() - began)
        if best <= enough:
            break
    return best
