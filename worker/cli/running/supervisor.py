"""Starts programs stage by stage, restarts those that fail, and ends them in the opposite order. It knows none of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from session.errors import InturnError
from worker.cli.running.console import Console
from worker.cli.running.process import CannotStart, Process, Program
from worker.cli.running.process_groups import end_groups, kill_groups

#: Seconds between two checks.
_TICK = 0.05

#: Called with all running processes, in their stages, whenever there is a new one.
Changed = Callable[[Sequence[Sequence[Process]]], None]
#: Waits up to so many seconds; returns whether the stack is to end.
Stopping = Callable[[float], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorLimits:
    """How long the supervisor waits, in seconds, and how often it restarts a program."""

    start: float = 60  #: for a program to become ready
    end: float = 6  #: for all processes to end by themselves; then they are killed
    pause: float = 0.5  #: before the first restart; it doubles each time
    longest_pause: float = 10
    failures: int = 5  #: a program that failed this often within `window` is not restarted
    window: float = 60


class ProgramFailed(InturnError):
    """Raised when a program does not start, or failed too often."""


class Supervisor:
    """Runs a stack until it is stopped or a program fails for good."""

    def __init__(
        self,
        stages: Sequence[Sequence[Program]],
        *,
        console: Console,
        stopping: Stopping,
        changed: Changed,
        limits: SupervisorLimits,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stages = [
            [_SupervisedProgram(program, console, limits, monotonic) for program in stage] for stage in stages
        ]
        self._console = console
        self._stopping = stopping
        self._changed = changed
        self._limits = limits
        self._monotonic = monotonic

    def run(self, headline: Callable[[float], str]) -> int:
        """Start everything, print `headline` with the seconds that it took, and supervise; return the exit status."""
        began = self._monotonic()
        try:
            if all(self._start(stage) for stage in self._stages):
                self._console.headline(headline(self._monotonic() - began))
                self._supervise()
        except ProgramFailed as failed:
            self._console.alarm(str(failed))
            return 1
        else:
            return 0
        finally:
            self._end()

    def _start(self, stage: "Sequence[_SupervisedProgram]") -> bool:
        """Start a stage and wait until all of it is ready; False if the stack is to end before."""
        for program in stage:
            program.start()
            self._changed(self._processes())
        waiting = list(stage)
        while waiting:
            if self._is_over():
                return False
            waiting = [program for program in waiting if not program.is_ready()]
        return True

    def _supervise(self) -> None:
        while not self._is_over():
            for stage in self._stages:
                for program in stage:
                    if program.restarted():
                        self._changed(self._processes())

    def _is_over(self) -> bool:
        return self._console.lost or self._stopping(_TICK)

    def _processes(self) -> list[list[Process]]:
        return [[program.process for program in stage if program.process] for stage in self._stages]

    def _end(self) -> None:
        stages = [stage for stage in reversed(self._processes()) if stage]
        if stages:
            self._console.note("ending everything")
            end_groups(stages, within=self._limits.end)
            self._console.note("everything has ended")


class _SupervisedProgram:
    """Keeps one program running."""

    def __init__(
        self, program: Program, console: Console, limits: SupervisorLimits, monotonic: Callable[[], float]
    ) -> None:
        self.process: Process | None = None
        self._program = program
        self._console = console
        self._limits = limits
        self._monotonic = monotonic
        self._ready = False
        self._started_at = 0.0
        self._restart_at: float | None = None
        self._failures: list[float] = []

    def start(self) -> None:
        """Start the program. Raises `ProgramFailed` if the operating system cannot."""
        try:
            self.process = Process(self._program, self._console.line)
        except CannotStart as error:
            raise ProgramFailed(f"{self._program.name} cannot be started: {error}") from error
        self._started_at = self._monotonic()
        self._ready = False
        self._restart_at = None

    def is_ready(self) -> bool:
        """Return whether the program that was just started works. Raises `ProgramFailed` if it never will."""
        if self.process is None or self._ready:
            return self._ready
        status = self.process.status()
        self._ready = status is None and self._program.ready()
        problem = self._unready(status)
        if not self._ready and problem:
            raise ProgramFailed(
                f"{self._program.name} did not start: it {problem}. Its last lines:\n{self.process.last_output()}"
            )
        return self._ready

    def restarted(self) -> bool:
        """Restart the program if it has failed; return whether a new process was started.

        Raises `ProgramFailed` if it failed too often.
        """
        if self._restart_at is not None:
            if self._monotonic() < self._restart_at:
                return False
            self.start()
            return True
        if self.process is None:
            return False
        status = self.process.status()
        if status is None and not self._ready and self._program.ready():
            self._ready = True
            self._console.note(f"{self._program.name} works again")
        elif (status is not None or not self._ready) and (problem := self._unready(status)):
            self._fail(self.process, problem)
        return False

    def _unready(self, status: int | None) -> str | None:
        """Return why a process will not become ready; None if it still may."""
        if status is not None:
            return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        if self._monotonic() - self._started_at > self._limits.start:
            return f"was not ready after {self._limits.start:.0f} seconds"
        return None

    def _fail(self, process: Process, problem: str) -> None:
        """Kill what is left of a process and plan the restart. Raises `ProgramFailed` if it failed too often."""
        # Programs that it has started may hold its port.
        kill_groups([process])
        now = self._monotonic()
        self._failures = [at for at in self._failures if now - at < self._limits.window] + [now]
        count = len(self._failures)
        if count >= self._limits.failures:
            raise ProgramFailed(
                f"{self._program.name} {problem}, {count} failures within {self._limits.window:.0f} seconds; "
                f"it is not restarted. Its last lines:\n{process.last_output()}"
            )
        pause = min(self._limits.pause * 2 ** (count - 1), self._limits.longest_pause)
        self._restart_at = now + pause
        self._console.alarm(f"{self._program.name} {problem}; restarting it in {pause:g} s")
