"""One process of the system in a group of its own, with its log in a file: started, signalled, killed, started again."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.chaos.clock import wait_until


class Program:
    """A program that is started again under the same name whenever the run wants it."""

    def __init__(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], folder: Path, says: str | None = None
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._argv = list(argv)
        self._env = dict(env)
        self._folder = folder
        self.release = "present"
        self._says = says  #: a word in its log by which it is known to be ready
        self._process: subprocess.Popen[bytes] | None = None
        self._from = 0
        self.wanted = False  #: whether the run expects it to be there

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def has_fallen(self) -> bool:
        """Whether it has ended though nobody wanted it to."""
        return self.wanted and not self.runs

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def become(self, release: str, env: Mapping[str, str]) -> None:
        """Be the program of another release from the next start on."""
        self.release, self._env = release, dict(env)

    def start(self) -> None:
        """Start it, in a group of its own."""
        self.wanted = True
        with self.log.open("ab") as output:
            self._from = output.tell()
            self._process = subprocess.Popen(
                self._argv,
                env=self._env,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                restore_signals=False,  # a server that meets the limit of its files lives, as on a full disk
            )

    def is_ready(self) -> bool:
        """Return whether it has said since its last start that it is ready."""
        if self._says is None:
            return self.runs
        with self.log.open("rb") as lines:
            lines.seek(self._from)
            return self._says.encode() in lines.read()

    def signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def signal_main(self, number: int) -> None:
        """Send a signal to the process alone, as an operator's `kill` does."""
        if self._process:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def kill(self) -> None:
        """Kill the whole group and wait until the system has done it."""
        self.wanted = False
        self.signal(signal.SIGKILL)
        if self._process:
            self._process.wait(10)

    def ends_within(self, seconds: float) -> bool:
        """Return whether it ends in time; members of its group that stay behind are killed."""
        self.wanted = False
        ended = wait_until(lambda: not self.runs, within=seconds)
        if ended:
            self.signal(signal.SIGKILL)
        return ended

    def children(self) -> list[int]:
        """Return the processes that it has started itself and that still run."""
        if not self.runs:
            return []
        tasks = Path(f"/proc/{self.pid}/task")
        found: list[int] = []
        with suppress(OSError):
            for task in tasks.iterdir():
                found += [int(pid) for pid in (task / "children").read_text().split()]
        return found

    def last_words(self) -> str:
        """Return the last line of its log that is an alarm."""
        lines = self.tail(20_000).splitlines()
        return next((line for line in reversed(lines) if "CRITICAL" in line), lines[-1] if lines else "")

    def tail(self, size: int = 3000) -> str:
        """Return the end of its log."""
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""
