"""The note that a running stack leaves in its data directory: where it listens and which processes belong to it.

Another terminal finds the stack by it, and the next start what a killed supervisor has left behind.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from session.errors import InturnError
from worker.cli.running.ending import Ender, Leftover
from worker.cli.running.identity import birth_of

_RECORD, _LOCK = "run.json", "run.lock"
#: It holds secrets of the simulated providers, perhaps the password of a Redis.
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A process of the stack; its pid is the number of its group."""

    name: str
    pid: int
    birth: str
    #: Stages are started in order and ended in the opposite one.
    stage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStack:
    """A stack that `inturn run` keeps running."""

    pid: int  #: of the supervisor
    birth: str
    redis_url: str = field(repr=False)  #: may hold a password
    webhook_url: str
    simulator_url: str | None
    #: The settings that its processes have beyond the user's own; some are secrets.
    environment: Mapping[str, str] = field(repr=False)
    members: tuple[Member, ...] = field(default=())

    @property
    def runs(self) -> bool:
        """Whether its supervisor is still there."""
        return birth_of(self.pid) == self.birth


class AlreadyRunning(InturnError):
    """Raised when a stack runs on this data directory already."""


class UnusableFolder(InturnError):
    """Raised when the data directory cannot be written."""


_AS_JSON = TypeAdapter(RunningStack)


def read_record(data_dir: Path) -> RunningStack | None:
    """Return what the last stack on a data directory has noted, whether it still runs or not."""
    try:
        return _AS_JSON.validate_json((data_dir / _RECORD).read_bytes())
    except (OSError, ValidationError):
        return None


def write_record(data_dir: Path, stack: RunningStack) -> None:
    """Note a stack, so that a reader sees the old note or the new one and nothing between."""
    fresh = data_dir / f"{_RECORD}.new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as out:  # noqa: PTH123
        out.write(_AS_JSON.dump_json(stack, indent=2))
    fresh.replace(data_dir / _RECORD)


def forget_record(data_dir: Path) -> None:
    """Remove the note of a stack that has ended."""
    (data_dir / _RECORD).unlink(missing_ok=True)


def end_leftovers(stack: RunningStack, *, within: float) -> Sequence[str]:
    """End the processes of a stack that has lost its supervisor; return the names of those that still ran."""
    left = [member for member in stack.members if birth_of(member.pid) == member.birth]
    stages = sorted({member.stage for member in left}, reverse=True)
    Ender(within=within).end(
        [
            [Leftover(pid=member.pid, birth=member.birth) for member in left if member.stage == stage]
            for stage in stages
        ]
    )
    return [member.name for member in left]


@contextmanager
def held(data_dir: Path) -> Iterator[None]:
    """Keep a second stack away from a data directory. The lock is the system's: it ends with the process that has it, however that ends.

    Raises:
        AlreadyRunning: this one is the second.
        UnusableFolder: the data directory cannot be written.

    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data_dir / _LOCK, os.O_RDWR | os.O_CREAT, _PRIVATE)
    except OSError as error:
        raise UnusableFolder(f"DATA_DIR={data_dir} cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_who_runs(data_dir)) from None
        yield
    finally:
        with suppress(OSError):
            os.close(lock)


def _who_runs(data_dir: Path) -> str:
    stack = read_record(data_dir)
    if stack is None or not stack.runs:
        return f"already running on DATA_DIR={data_dir} (just starting or ending)"
    return (
        f"already running on DATA_DIR={data_dir}: pid {stack.pid}, webhook at {stack.webhook_url}. "
        f"End it with Ctrl-C in its terminal, or with: kill {stack.pid}"
    )
