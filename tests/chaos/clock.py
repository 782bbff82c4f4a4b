"""The wall clock of the harness, in seconds since the epoch, and how it waits for conditions."""

import time
from collections.abc import Callable


def now() -> float:
    """Return the time by the clock that the processes under test share."""
    return time.time()


def wait_until(holds: Callable[[], object], *, within: float, every: float = 0.05) -> bool:
    """Return as soon as a condition holds, or False after `within` seconds."""
    until = time.monotonic() + within
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(every)
    return True
