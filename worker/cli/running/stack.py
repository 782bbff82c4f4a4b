"""The record of a running stack in its data directory: its URLs, settings and processes.

By it other terminals find the stack, and the next start finds the processes that a killed supervisor left.
`python -m worker.cli.running.stack PROGRAM ...` runs a program with the settings of the running stack.
"""

import fcntl
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from session.errors import InturnError
from session.settings import BaseSettings
from worker.cli.running.process_groups import start_time_of
from worker.cli.running.settings import RunSettings, inherited_environment

S = TypeVar("S", bound=BaseSettings)

_RECORD, _LOCK = "run.json", "run.lock"
#: The record contains secrets of the simulated providers, perhaps the password of a Redis.
_PRIVATE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """A process of the stack; its pid is also the id of its group."""

    name: str
    pid: int
    start_time: str
    stage: int  #: stages are started in order and ended in the opposite one


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStack:
    """A stack that `inturn run` supervises."""

    pid: int  #: of the supervisor
    start_time: str  #: of the supervisor
    redis_url: str = field(repr=False)  #: may contain a password
    webhook_url: str
    simulator_url: str | None
    #: The settings that its processes have in addition to the user's; some are secrets.
    environment: Mapping[str, str] = field(repr=False)
    processes: tuple[ProcessRecord, ...] = field(default=())

    @property
    def runs(self) -> bool:
        """Whether its supervisor still runs."""
        return start_time_of(self.pid) == self.start_time


class AlreadyRunning(InturnError):
    """Raised when another stack runs on this data directory."""


class UnusableFolder(InturnError):
    """Raised when the data directory cannot be written."""


_AS_JSON = TypeAdapter(RunningStack)


def read_record(data_dir: Path) -> RunningStack | None:
    """Return the record of the last stack on a data directory, whether it still runs or not; None if there is none."""
    try:
        return _AS_JSON.validate_json((data_dir / _RECORD).read_bytes())
    except (OSError, ValidationError):
        return None


def write_record(data_dir: Path, stack: RunningStack) -> None:
    """Write the record of a stack atomically."""
    fresh = data_dir / f"{_RECORD}.new"
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE), "wb") as out:  # noqa: PTH123
        out.write(_AS_JSON.dump_json(stack, indent=2))
    fresh.replace(data_dir / _RECORD)


def remove_record(data_dir: Path) -> None:
    """Remove the record of a stack that has ended."""
    (data_dir / _RECORD).unlink(missing_ok=True)


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Lock a data directory against a second stack. The system releases the lock when the process ends, however it ends.

    Raises:
        AlreadyRunning: another stack has the lock.
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
            raise AlreadyRunning(_other_stack(data_dir)) from None
        yield
    finally:
        with suppress(OSError):
            os.close(lock)


def running_stack(data_dir: Path | None = None) -> RunningStack | None:
    """Return the stack that runs on a data directory, by default that of the settings; None if none runs.

    Raises `SettingsError` if a setting is invalid.
    """
    stack = read_record(data_dir or RunSettings.load().data_dir)
    return stack if stack and stack.runs else None


def settings_of_stack(kind: type[S]) -> S:
    """Return settings as the processes of the running stack have them; the user's own if none runs.

    If the settings name a Redis, they are used as they are, whatever runs on this machine. Raises `SettingsError` if a
    setting is invalid.
    """
    own = RunSettings.load()
    stack = None if own.redis_is_named else running_stack(own.data_dir)
    settings = kind.load()
    if stack is None:
        return settings
    values: dict[str, Any] = {name.lower(): value for name, value in stack.environment.items()}
    return kind(**values)


def main(argv: list[str]) -> None:
    """Replace this process by a program that has the settings of the running stack; see `settings_of_stack`."""
    try:
        stack = None if RunSettings.load().redis_is_named else running_stack()
    except InturnError as error:
        sys.exit(str(error))
    own = stack.environment if stack else {}
    os.execvpe(argv[0], argv, {**inherited_environment(), **own})  # noqa: S606  (the caller's own words)


def _other_stack(data_dir: Path) -> str:
    stack = read_record(data_dir)
    if stack is None or not stack.runs:
        return f"already running on DATA_DIR={data_dir} (it is starting or ending)"
    return (
        f"already running on DATA_DIR={data_dir}: pid {stack.pid}, webhook at {stack.webhook_url}. "
        f"End it with Ctrl-C in its terminal, or with: kill {stack.pid}"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
