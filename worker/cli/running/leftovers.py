"""Ends the processes that a killed supervisor leaves: at once by a guardian process, or at the next start.

`python -m worker.cli.running.leftovers DATA_DIR PID` is the guardian. It waits until its standard input ends, which
happens when the supervisor at the other end has ended. Unlike the kernel's death signal (PR_SET_PDEATHSIG) this works on
macOS too, and for processes that the processes have started.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.cli.folder import PYTHON
from worker.cli.running.process_groups import end_groups, signal_group, start_time_of
from worker.cli.running.stack import RunningStack, read_record

_GUARDIAN = "worker.cli.running.leftovers"
#: Seconds. A supervisor that is killed is meant to end quickly.
_WITHIN = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """The group of a process that another supervisor has started."""

    pid: int
    start_time: str

    def signal(self, number: int) -> None:
        """Send a signal to the group, if its leader still is the process that was started."""
        if not self.gone():
            signal_group(self.pid, number)

    def gone(self) -> bool:
        """Return whether the leader has ended."""
        return start_time_of(self.pid) != self.start_time


def end_leftovers(stack: RunningStack, *, within: float) -> Sequence[str]:
    """End the processes of a stack that has lost its supervisor, within so many seconds; return the names of those that ran."""
    left = [process for process in stack.processes if start_time_of(process.pid) == process.start_time]
    stages = sorted({process.stage for process in left}, reverse=True)
    end_groups(
        [
            [Leftover(pid=one.pid, start_time=one.start_time) for one in left if one.stage == stage]
            for stage in stages
        ],
        within=within,
    )
    return [process.name for process in left]


@contextmanager
def guarded(data_dir: Path, *, pid: int, env: Mapping[str, str]) -> Iterator[None]:
    """Start a guardian, which ends the recorded processes if this process is killed within the block."""
    with subprocess.Popen(  # noqa: S603  (our own module)
        (*PYTHON, _GUARDIAN, str(data_dir), str(pid)),
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):
        yield


def main(data_dir: str, pid: str) -> None:
    """Wait until the supervisor has ended; end the processes that it has left."""
    sys.stdin.buffer.read()
    stack = read_record(Path(data_dir))
    # A supervisor that ended normally has removed its record, and a later one has written its own.
    if stack and stack.pid == int(pid):
        end_leftovers(stack, within=_WITHIN)


if __name__ == "__main__":
    main(*sys.argv[1:])
