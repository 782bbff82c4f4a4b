"""Outlives a killed supervisor just long enough to end its processes.

`python -m worker.cli.running.guardian DATA_DIR PID` waits until its standard input ends, which happens when the
supervisor at the other end is no more, killed or not. It works on macOS as on Linux, and for grandchildren too,
which a death signal of the kernel (PR_SET_PDEATHSIG) does neither.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from worker.cli.folder import PYTHON
from worker.cli.running.record import end_leftovers, read_record

#: Whoever kills the supervisor wants it over.
_WITHIN = 4.0


@contextmanager
def guarded(data_dir: Path, *, pid: int, env: Mapping[str, str]) -> Iterator[None]:
    """Have the processes that are on record ended if this process is killed within the block."""
    with subprocess.Popen(  # noqa: S603  (our own module)
        (*PYTHON, __name__, str(data_dir), str(pid)),
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):
        yield


def main(data_dir: str, pid: str) -> None:
    """Wait for the supervisor's end; end what it has left."""
    sys.stdin.buffer.read()
    stack = read_record(Path(data_dir))
    # A supervisor that ended in order has removed its record, and a later one has written its own.
    if stack and stack.pid == int(pid):
        end_leftovers(stack, within=_WITHIN)


if __name__ == "__main__":
    main(*sys.argv[1:])
