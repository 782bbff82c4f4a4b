"""The only module that reads the machine's clock. Everything else receives a clock."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Provides the time."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return datetime.now(UTC)
