"""Beat's schedule, whatever happens to the clock of its machine."""

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from celery.beat import Scheduler
from loguru import logger

from session.clock import Clock, SteadyClock


class SteadyScheduler(Scheduler):  # type: ignore[misc]
    """Publishes each task in its interval, which the monotonic clock measures.

    Celery's own schedulers calculate with the time of day: set back by an hour, they publish nothing for an hour. Nothing is
    kept in their file, because a sweep too many does no harm: that it exists only says that something was published.
    """

    def __init__(
        self, *args: Any, schedule_filename: str | None = None, clock: Clock | None = None, **options: Any
    ) -> None:
        """Take what Celery passes to a scheduler."""
        self._file = Path(schedule_filename) if schedule_filename else None
        self._clock = clock or SteadyClock()
        self._due: dict[str, datetime] = {}
        super().__init__(*args, **options)

    def tick(self, *_: Any, **__: Any) -> float:
        """Publish what is due, at the first call everything; returns the seconds until the next call."""
        now = self._clock.now()
        for name, entry in self.schedule.items():
            if self._due.setdefault(name, now) <= now:
                self._due[name] = now + entry.schedule.run_every
                self.apply_entry(entry, producer=self.producer)
        soonest = min((at - now for at in self._due.values()), default=timedelta(seconds=self.max_interval))
        return soonest.total_seconds()

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Publish a task. If the broker does not answer, the next interval is the next attempt, and one line says so."""
        try:
            self.apply_async(entry, producer=producer, advance=False)
        except Exception as error:  # noqa: BLE001  (a broker fails in as many ways as there are libraries for it)
            logger.error("{} was not published ({}); the next one follows", entry.name, error)
        else:
            self._tell()

    def _tell(self) -> None:
        file, self._file = self._file, None
        if file:
            # Whoever looks for the file has given a folder that can be written.
            with suppress(OSError):
                file.touch()
