"""Time that moves only when a test says so."""

from datetime import datetime, timedelta

from session.testing import NOW

#: Stored deadlines are also expiries of the real server, which must not come true: begin in the far future.
START = NOW


class ManualClock:
    """A clock that obeys."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta | None = None, /, **duration: float) -> datetime:
        """Move on by a duration, or by `seconds=`, `minutes=`...; returns the new time."""
        self.at += by if by is not None else timedelta(**duration)
        return self.at
