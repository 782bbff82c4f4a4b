"""Small programs that stand in for the parts of a stack, and a supervisor that runs them in a thread."""

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.valkey import until
from worker.cli.run import StopRequest
from worker.cli.running.console import Console
from worker.cli.running.process import Process, Program
from worker.cli.running.process_groups import start_time_of
from worker.cli.running.stack import ProcessRecord, RunningStack
from worker.cli.running.supervisor import Supervisor, SupervisorLimits

#: Runs until SIGTERM. Every program writes a file with its name when it is up.
PATIENT = "import signal; up(); signal.pause()"

#: Ignores SIGTERM.
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); up(); [signal.pause() for _ in range(9)]"
)

#: Ends at SIGTERM; its child ignores it.
PARENT = f"""
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {STUBBORN.replace("up();", "print(flush=True);")!r}], stdout=-1)
child.stdout.readline()
(folder / "grandchild").write_text(str(child.pid))
up(); signal.pause()
"""

#: Prints a reason and fails.
DOOMED = "print('no such luck'); sys.exit(3)"

#: Fails as soon as there is a file `go`.
MORTAL = "import signal, time\nup()\nwhile not (folder / 'go').exists(): time.sleep(0.005)\nsys.exit(3)"

#: Writes its name to a file at SIGTERM.
POLITE = """
import signal
def go(*_):
    with (folder / "ended").open("a") as ended: ended.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, go)
up(); signal.pause()
"""

_HEAD = """
import sys, pathlib
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def up():
    print(name, "is up", flush=True)
    with (folder / name).open("a") as note: note.write("up\\n")
"""


def program(name: str, code: str, folder: Path) -> Program:
    """Return a program that runs some code and is ready when the code has called `up`."""
    return Program(
        name=name,
        argv=(sys.executable, "-c", _HEAD + code, name, str(folder)),
        env=os.environ,
        ready=(folder / name).exists,
    )


def stack_of(pid: int, *processes: tuple[int, str], start_time: str | None = None) -> RunningStack:
    """Return the record of a stack."""
    return RunningStack(
        pid=pid,
        start_time=start_time or start_time_of(pid) or "",
        redis_url="redis://127.0.0.1:6390/0",
        webhook_url="http://127.0.0.1:8000",
        simulator_url=None,
        environment={"REDIS_URL": "redis://127.0.0.1:6390/0"},
        processes=tuple(
            ProcessRecord(name=f"process {number}", pid=pid, start_time=start_time, stage=number)
            for number, (pid, start_time) in enumerate(processes)
        ),
    )


class RunningSupervisor:
    """A supervisor that runs in a thread."""

    def __init__(
        self,
        stages: Sequence[Sequence[Program]],
        limits: SupervisorLimits,
        write: Callable[[str], object] | None = None,
    ) -> None:
        self.out = io.StringIO()
        self.stop = StopRequest()
        self.processes: list[Process] = []
        self.status: int | None = None
        names = [program.name for stage in stages for program in stage]
        self.console = Console(write or self.out.write, names, colours=False)
        self._supervisor = Supervisor(
            stages,
            console=self.console,
            stopping=self.stop.made,
            changed=self._changed,
            limits=limits,
        )
        self._thread = threading.Thread(target=self._run)

    def _changed(self, stages: Sequence[Sequence[Process]]) -> None:
        self.processes += [process for stage in stages for process in stage if process not in self.processes]

    def _run(self) -> None:
        self.status = self._supervisor.run(lambda _: "ready")

    def start(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    @property
    def said(self) -> str:
        """All that was printed."""
        return self.out.getvalue()

    def says(self, words: str) -> None:
        """Wait until something was printed."""
        until(lambda: words in self.said, f"it says {words!r}; it said\n{self.said}", seconds=20)

    def ends(self) -> int | None:
        """Wait for the end, and return the exit status."""
        self._thread.join(timeout=30)
        assert not self._thread.is_alive(), self.said
        self.console.close()
        return self.status

    def close(self) -> None:
        """End everything, also if the test failed."""
        self.stop.make()
        self.ends()


@contextmanager
def supervising(
    *stages: Sequence[Program], write: Callable[[str], object] | None = None, **limits: float
) -> Iterator[RunningSupervisor]:
    """Run a supervisor for the length of a block."""
    running = RunningSupervisor(
        stages, SupervisorLimits(**{"start": 20, "end": 10, "pause": 0.01, **limits}), write
    )
    running.start()
    try:
        yield running
    finally:
        running.close()
