"""The customer service window: whether a customer has written within the last day. Off unless it is switched on."""

import threading
from datetime import datetime, timedelta

from session.clock import Clock

#: How long after a customer's latest message the business may write freely.
WINDOW = timedelta(hours=24)
#: What providers report of a message that came too late.
CLOSED_CODES = {"meta": 131047, "twilio": 63016}


class Windows:
    """When each customer wrote last; every method may be called from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrote: dict[tuple[str, str], datetime] = {}
        self.enforced = False

    def wrote(self, channel: str, customer: str) -> None:
        """Note that a customer has written."""
        with self._lock:
            self._wrote[channel, customer] = self._clock.now()

    def closed(self, channel: str, customer: str) -> int | None:
        """Return the provider's code if a message that is no template comes too late; None if it may be sent."""
        if not self.enforced or channel not in CLOSED_CODES:
            return None
        with self._lock:
            wrote = self._wrote.get((channel, customer))
        is_open = wrote is not None and self._clock.now() < wrote + WINDOW
        return None if is_open else CLOSED_CODES[channel]

    def clear(self) -> None:
        """Forget who wrote, and let everything through."""
        with self._lock:
            self._wrote.clear()
        self.enforced = False


class ShiftedClock:
    """A clock that can be set ahead, so that windows close and files expire while somebody looks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead = timedelta()

    def now(self) -> datetime:
        """Return the present instant, with what it is ahead."""
        return self._clock.now() + self.ahead
