"""Ends process groups: asks them first, kills what is left."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from worker.cli.running.identity import birth_of

#: Seconds that the system may take to carry out SIGKILL.
_KILLED_WITHIN = 1.0
_TICK = 0.05


class Group(Protocol):
    """A process and everything that it has started."""

    def signal(self, number: int) -> None:
        """Send a signal to all of its members."""

    def gone(self) -> bool:
        """Return whether none of its members runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """The group of a process that somebody else has started."""

    pid: int
    birth: str

    def signal(self, number: int) -> None:
        """Send a signal to the group, if its leader still is the process that was started."""
        if not self.gone():
            signal_group(self.pid, number)

    def gone(self) -> bool:
        """Return whether the leader has ended."""
        return birth_of(self.pid) != self.birth


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group, which may have ended already."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ender:
    """Ends groups within a time, in seconds."""

    within: float
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep

    def end(self, stages: Sequence[Sequence[Group]]) -> None:
        """End groups stage by stage, each when those before it are gone; kill what does not go in time.

        The last stage has a second of its own, however long those before it took.
        """
        until = self.monotonic() + self.within
        for stage in stages[:-1]:
            self._end(stage, until=until - 1)
        for stage in stages[-1:]:
            self._end(stage, until=max(until, self.monotonic() + 1))

    def kill(self, group: Group) -> None:
        """Kill a group at once."""
        self._signal([group], signal.SIGKILL, until=self.monotonic() + _KILLED_WITHIN)

    def _end(self, groups: Sequence[Group], *, until: float) -> None:
        self._signal(groups, signal.SIGTERM, until=until)
        self._signal(groups, signal.SIGKILL, until=self.monotonic() + _KILLED_WITHIN)

    def _signal(self, groups: Sequence[Group], number: int, *, until: float) -> None:
        left = [group for group in groups if not group.gone()]
        for group in left:
            group.signal(number)
        while self.monotonic() < until and not all(group.gone() for group in left):
            self.sleep(_TICK)
