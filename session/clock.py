"""The only module that reads the machine's clocks. Everything else receives a clock.

What is stored or compared with something stored is the time of the server of Redis: scripts read it, and return it with
what they hand out. This machine only measures how much has passed since.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Provides the time."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""


class SystemClock:
    """What this machine takes for the time. It may be wrong, and may jump: nothing in Redis is compared with it."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return datetime.now(UTC)


class SteadyClock:
    """Measures durations: what it shows means nothing by itself, but never jumps, whoever sets the machine's clock."""

    def now(self) -> datetime:
        """Return an instant, aware and in UTC."""
        return datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=time.monotonic())


class ContinuedClock:
    """The time of the server, from the moment at which it was told."""

    def __init__(self, told: datetime, steady: Clock) -> None:
        """Take the server's time, and what measures how much has passed since."""
        self._told = told
        self._steady = steady
        self._began = steady.now()

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return self._told + (self._steady.now() - self._began)
