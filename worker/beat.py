"""Beat's schedule, whatever happens to the clock of its machine."""

from datetime import datetime, timedelta
from typing import Any

from celery.beat import Scheduler

from session.clock import Clock, SteadyClock


class SteadyScheduler(Scheduler):  # type: ignore[misc]
    """Publishes each task in its interval, which the monotonic clock measures.

    Celery's own schedulers calculate with the time of day: set back by an hour, they publish nothing for an hour. Nothing is
    kept in a file, because a sweep too many does no harm.
    """

    def __init__(self, *args: Any, clock: Clock | None = None, **options: Any) -> None:
        """Take what Celery passes to a scheduler."""
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
