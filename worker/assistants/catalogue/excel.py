"""Reads a workbook of Excel or LibreOffice, in a process of its own: see `workbook`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from worker.assistants.catalogue.errors import LoadRefused

_PROGRAM = "worker.assistants.catalogue.workbook"
#: Seconds. It has its own limit of processor time; this one is for a machine that stands still.
_PATIENCE = 300
_DIED = "it takes too much time or memory, or is damaged; save the sheet as CSV"

#: How files begin that are archives (.xlsx, .ods) or old ones of Microsoft's (.xls, and those with a password).
_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def is_workbook(path: Path) -> bool:
    """Whether a file is a workbook, whatever its name says. Raises `OSError` if it cannot be read."""
    with path.open("rb") as file:
        return file.read(4) in _MAGIC


def read_workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first visible sheet that has any, with their numbers from 1; blank ones are left out.

    Raises `LoadRefused` if it cannot be read, is damaged, has a password, or takes too much to be read.
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
    # The operator's folder is no place to import from here.
    argv = (sys.executable, "-P", "-m", _PROGRAM, str(path.absolute()))
    # Whatever becomes of it, what it has said tells whether it came to an end.
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603  (our own program)
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        )
