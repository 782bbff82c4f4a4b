"""Tells whether a process or a process group is still there, and still the one that was started.

A number alone does not: the system gives it to another process sooner or later.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
#: Fields of /proc/<pid>/stat behind the name, which may hold blanks: state, group, start.
_STATE, _GROUP, _BIRTH = 0, 2, 19
_DEAD = ("Z", "X")


def birth_of(pid: int) -> str | None:
    """Return when a process was started, in the system's own words; None if it has ended."""
    if _PROC.is_dir():
        fields = _stat(_PROC / str(pid))
        return fields[_BIRTH] if fields and fields[_STATE] not in _DEAD else None
    told = subprocess.run(  # noqa: S603  (fixed words and a number)
        ("/bin/ps", "-o", "state=,lstart=", "-p", str(pid)), capture_output=True, text=True, check=False
    ).stdout.strip()
    return told.partition(" ")[2].strip() or None if told and not told.startswith(_DEAD) else None


def group_is_alive(group: int) -> bool:
    """Return whether a process group has a member that runs."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        # macOS refuses for a group of which only the dead are left.
        return False
    # In a container nobody may bury the dead; they answer to signal 0 for ever.
    return not _PROC.is_dir() or any(
        int(fields[_GROUP]) == group and fields[_STATE] not in _DEAD for fields in _all_stats()
    )


def _all_stats() -> Iterator[list[str]]:
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (fields := _stat(entry)):
            yield fields


def _stat(process: Path) -> list[str]:
    try:
        return (process / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
