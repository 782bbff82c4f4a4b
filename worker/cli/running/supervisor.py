"""Starts processes stage by stage, keeps them running, and ends them in the opposite order. It knows none of them."""

import time
from collections.abc import Callable, Sequence

from worker.cli.running.child import Child
from worker.cli.running.console import Console
from worker.cli.running.ending import Ender
from worker.cli.running.post import Fallen, Post
from worker.cli.running.process import Limits, Process
from worker.cli.running.stop import Stop

#: Seconds between two looks.
_TICK = 0.05

#: Told of all running processes, in their stages, whenever one of them is new.
Changed = Callable[[Sequence[Sequence[Child]]], None]


class Supervisor:
    """Runs a stack until somebody asks it to stop or a process cannot be kept running."""

    def __init__(
        self,
        stages: Sequence[Sequence[Process]],
        *,
        console: Console,
        stop: Stop,
        changed: Changed,
        limits: Limits,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stages = [
            [Post(process, console=console, limits=limits, monotonic=monotonic) for process in stage]
            for stage in stages
        ]
        self._console = console
        self._stop = stop
        self._changed = changed
        self._limits = limits
        self._monotonic = monotonic

    def run(self, headline: Callable[[float], str]) -> int:
        """Start everything, print `headline` with the seconds that it took, watch; return the exit status."""
        began = self._monotonic()
        try:
            if all(self._start(stage) for stage in self._stages):
                self._console.headline(headline(self._monotonic() - began))
                self._watch()
        except Fallen as fallen:
            self._console.alarm(str(fallen))
            return 1
        else:
            return 0
        finally:
            self._end()

    def _start(self, stage: Sequence[Post]) -> bool:
        """Start a stage and wait until all of it is ready; False if the stack is to end before."""
        for post in stage:
            post.start()
            self._tell()
        waiting = list(stage)
        while waiting:
            if self._is_over():
                return False
            waiting = [post for post in waiting if not post.is_ready()]
        return True

    def _watch(self) -> None:
        while not self._is_over():
            for stage in self._stages:
                for post in stage:
                    if post.look():
                        self._tell()

    def _is_over(self) -> bool:
        return self._console.lost or self._stop.asked(within=_TICK)

    def _tell(self) -> None:
        self._changed(self._children())

    def _children(self) -> list[list[Child]]:
        return [[post.child for post in stage if post.child] for stage in self._stages]

    def _end(self) -> None:
        stages = [stage for stage in reversed(self._children()) if stage]
        if stages:
            self._console.note("ending everything")
            Ender(within=self._limits.end, monotonic=self._monotonic).end(stages)
            self._console.note("everything has ended")
