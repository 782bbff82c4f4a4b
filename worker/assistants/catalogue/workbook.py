"""Reads a workbook of Excel or LibreOffice in a separate process: see `workbook_process`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from worker.assistants.catalogue.errors import LoadRefused

_PROGRAM = "worker.assistants.catalogue.workbook_process"
#: Seconds. The process has a limit of CPU time; this one is for a machine that is blocked.
_TIMEOUT = 300
_DIED = "it needs too much time or memory, or is damaged; save the sheet as CSV"

#: The first bytes of archives (.xlsx, .ods) and of old Microsoft formats (.xls, and files with a password).
_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def is_workbook(path: Path) -> bool:
    """Whether the content of a file is a workbook. Raises `OSError` if it cannot be read."""
    with path.open("rb") as file:
        return file.read(4) in _MAGIC


def read_workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first visible sheet that is not empty, with their numbers from 1, without blank ones.

    Raises `LoadRefused` if the workbook is damaged, has a password, or needs too much time or memory.
    """
    with TemporaryFile() as rows:
        _run(path, rows.fileno())
        rows.seek(0)
        for line in rows:
            row = json.loads(line) if line.endswith(b"\n") else ""
            if row is None:
                return
            if isinstance(row, str):
                raise LoadRefused(f"{path} cannot be read as a workbook: {row or _DIED}")
            yield row[0], row[1]
    raise LoadRefused(f"{path} cannot be read as a workbook: {_DIED}")


def _run(path: Path, out: int) -> None:
    # -P: nothing is imported from the operator's folder.
    argv = (sys.executable, "-P", "-m", _PROGRAM, str(path.absolute()))
    # Its output shows whether it has read everything.
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603  (our own program)
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
            check=False,
        )
