"""Process groups: whether a process is still the one that was started, and how groups are ended.

A process id alone does not identify a process: the system reuses ids. Therefore the start time is compared too.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_PROC = Path("/proc")
#: Fields of /proc/<pid>/stat after the name, which may contain spaces: state, group, start time.
_STATE, _GROUP, _START_TIME = 0, 2, 19
_DEAD = ("Z", "X")
#: Seconds within which the system carries out SIGKILL.
_KILLED_WITHIN = 1.0
_TICK = 0.05


class Group(Protocol):
    """A process and everything that it has started."""

    def signal(self, number: int) -> None:
        """Send a signal to all members."""

    def gone(self) -> bool:
        """Return whether no member runs."""


def start_time_of(pid: int) -> str | None:
    """Return when a process was started, in the format of the system; None if it has ended."""
    if _PROC.is_dir():
        fields = _stat(_PROC / str(pid))
        return fields[_START_TIME] if fields and fields[_STATE] not in _DEAD else None
    found = subprocess.run(  # noqa: S603  (fixed words and a number)
        ("/bin/ps", "-o", "state=,lstart=", "-p", str(pid)), capture_output=True, text=True, check=False
    ).stdout.strip()
    return found.partition(" ")[2].strip() or None if found and not found.startswith(_DEAD) else None


def group_is_alive(group: int) -> bool:
    """Return whether a process group has a running member."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        # macOS refuses for a group that has only zombies left.
        return False
    # Signal 0 also reaches zombies, and in a container without an init process nothing reaps them.
    return not _PROC.is_dir() or any(
        int(fields[_GROUP]) == group and fields[_STATE] not in _DEAD for fields in _all_stats()
    )


def signal_group(group: int, number: int) -> None:
    """Send a signal to a process group; nothing happens if it has ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def end_groups(stages: Sequence[Sequence[Group]], *, within: float) -> None:
    """End groups stage by stage within so many seconds: SIGTERM first, SIGKILL for what is left.

    The last stage has at least one second, however long the earlier ones took.
    """
    end = time.monotonic() + within
    for place, stage in enumerate(stages, start=1):
        now = time.monotonic()
        _signal_and_wait(stage, signal.SIGTERM, max(end - now, 1) if place == len(stages) else end - 1 - now)
        kill_groups(stage)


def kill_groups(groups: Sequence[Group]) -> None:
    """Kill groups and wait until they are gone."""
    _signal_and_wait(groups, signal.SIGKILL, _KILLED_WITHIN)


def _signal_and_wait(groups: Sequence[Group], number: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    left = [group for group in groups if not group.gone()]
    for group in left:
        group.signal(number)
    while time.monotonic() < until and not all(group.gone() for group in left):
        time.sleep(_TICK)


def _all_stats() -> Iterator[list[str]]:
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (fields := _stat(entry)):
            yield fields


def _stat(process: Path) -> list[str]:
    try:
        return (process / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
