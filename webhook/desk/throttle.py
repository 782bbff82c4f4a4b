"""Slows down whoever guesses passwords. Kept in this process alone; it must not know Flask, nor what a password is."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock

from session.clock import Clock

#: Wrong passwords within the window after which a name, or an address, must wait. Several agents share an address.
PER_NAME, PER_ADDRESS = 8, 24
WINDOW = timedelta(minutes=15)
#: Names and addresses that are remembered; whoever sends more of them than that is slowed down by the address.
_REMEMBERED = 10_000


class Throttle:
    """Counts failures by name and by address; both forget after a while."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._failures: dict[tuple[str, str], deque[datetime]] = {}

    def wait_for(self, *, name: str, address: str) -> timedelta:
        """Return how long this one must wait before the next try; zero if not at all."""
        with self._lock:
            return max(
                self._left(("name", name.casefold()), PER_NAME), self._left(("address", address), PER_ADDRESS)
            )

    def failed(self, *, name: str, address: str) -> None:
        """Note a wrong password."""
        now = self._clock.now()
        with self._lock:
            for key, most in ((("name", name.casefold()), PER_NAME), (("address", address), PER_ADDRESS)):
                if len(self._failures) >= _REMEMBERED:
                    self._failures.pop(next(iter(self._failures)))
                self._failures.setdefault(key, deque(maxlen=most)).append(now)

    def succeeded(self, *, name: str) -> None:
        """Forget the failures of a name: this was its agent. The address keeps its own."""
        with self._lock:
            self._failures.pop(("name", name.casefold()), None)

    def _left(self, key: tuple[str, str], most: int) -> timedelta:
        failures = self._failures.get(key)
        if failures is None:
            return timedelta()
        now = self._clock.now()
        while failures and failures[0] + WINDOW <= now:
            failures.popleft()
        if not failures:
            del self._failures[key]
        return failures[0] + WINDOW - now if len(failures) >= most else timedelta()
