"""Time that moves only when a test says so."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Begins in the far future: stored deadlines are also expiries of the real server, which must not come true."""

    def __init__(self, at: datetime = datetime(2100, 1, 1, 12, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, **duration: float) -> None:
        self.at += timedelta(**duration)
