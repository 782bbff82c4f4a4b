"""A place in the stack: the process that fills it, and what is done when that falls."""

import time
from collections.abc import Callable

from session.errors import InturnError
from worker.cli.running.child import CannotStart, Child, told
from worker.cli.running.console import Console
from worker.cli.running.ending import Ender
from worker.cli.running.process import Limits, Process


class Fallen(InturnError):
    """Raised when a process does not start, or ends again and again."""


class Post:
    """Keeps one process running."""

    def __init__(
        self,
        process: Process,
        *,
        console: Console,
        limits: Limits,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.process = process
        self.child: Child | None = None
        self._console = console
        self._limits = limits
        self._monotonic = monotonic
        self._ready = False
        self._started_at = 0.0
        self._again_at: float | None = None
        self._deaths: list[float] = []

    def start(self) -> None:
        """Start the process. Raises `Fallen` if the system does not."""
        try:
            self.child = Child(self.process, self._console.line)
        except CannotStart as error:
            raise Fallen(f"{self.process.name} cannot be started: {error}") from error
        self._started_at = self._monotonic()
        self._ready = False
        self._again_at = None

    def is_ready(self) -> bool:
        """Return whether the process that was just started does its work. Raises `Fallen` if it never will."""
        if self.child is None or self._ready:
            return self._ready
        name = self.process.name
        status = self.child.status()
        if status is not None:
            raise Fallen(
                f"{name} did not start, it {told(status)}. Its last lines:\n{self.child.last_words()}"
            )
        self._ready = self.process.ready()
        if not self._ready and self._is_late():
            raise Fallen(
                f"{name} was not ready after {self._limits.start:.0f} seconds. Its last lines:\n{self.child.last_words()}"
            )
        return self._ready

    def look(self) -> bool:
        """Start the process again if it has fallen; return whether a new one was started.

        Raises `Fallen` when it has fallen too often.
        """
        if self._again_at is not None:
            if self._monotonic() < self._again_at:
                return False
            self.start()
            return True
        if self.child is None:
            return False
        status = self.child.status()
        if status is not None:
            self._bury(self.child, told(status))
        elif not self._ready:
            if self.process.ready():
                self._ready = True
                self._console.note(f"{self.process.name} works again")
            elif self._is_late():
                self._bury(self.child, f"was not ready after {self._limits.start:.0f} seconds")
        return False

    def _bury(self, child: Child, what: str) -> None:
        # What it has started may hold its port.
        Ender(within=0).kill(child)
        now = self._monotonic()
        self._deaths = [at for at in self._deaths if now - at < self._limits.window] + [now]
        count = len(self._deaths)
        if count >= self._limits.deaths:
            raise Fallen(
                f"{self.process.name} {what}, for the {count}th time within {self._limits.window:.0f} seconds; "
                f"given up. Its last lines:\n{child.last_words()}"
            )
        pause = min(self._limits.pause * 2 ** (count - 1), self._limits.longest_pause)
        self._again_at = now + pause
        self._console.alarm(f"{self.process.name} {what}; started again in {pause:g} s")

    def _is_late(self) -> bool:
        return self._monotonic() - self._started_at > self._limits.start
