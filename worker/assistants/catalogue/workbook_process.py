"""Reads a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods) and prints its rows; a separate program, started by `workbook`.

A few kilobytes of such a file can stand for terabytes of cells, and the library would try to keep all of them in memory.
So it is read in a process with limits of memory and time, not in the program that loads.

Each line on standard output is one row as JSON: its number, from 1, and its cells as texts. The last line is null, or a
text that says why the file cannot be read.
"""

import json
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from worker.assistants.catalogue.sheets import as_written

#: Limits: bytes of memory, seconds of CPU time. A sheet of 200,000 rows and 20 columns takes 0.45 GB and 4 s.
MEMORY, SECONDS = 2 * 1024**3, 30
#: Limit of the output in bytes.
PRINTED = 512 * 1024**2

#: First row, first column, last row, last column, from 0.
Range = tuple[int, int, int, int]


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield number (from 1) and cells of each row of the first visible sheet that is not empty, without blank rows."""
    with _opened(path) as book:
        visible = [sheet.name for sheet in book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible]
        sheets = (book.get_sheet_by_name(name) for name in visible)
        sheet = next((sheet for sheet in sheets if sheet.end is not None), None)
        if sheet is not None:
            yield from _filled(sheet)


def _opened(path: Path) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_path(path)
    except PasswordError:
        raise
    except CalamineError:
        # The extension may be wrong.
        with suppress(CalamineError), path.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)
        raise


def _filled(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows; all cells of a merged range have its value."""
    merged = sorted((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    waiting = merged[::-1]  # the next range is the last of the list
    values: dict[Range, Any] = {}
    for number, cells in enumerate(sheet.iter_rows()):
        while waiting and waiting[-1][0] <= number:
            place = waiting.pop()
            if place[0] == number and place[1] < len(cells):
                values[place] = cells[place[1]]
        for place in [place for place in values if place[2] < number]:
            del values[place]
        for (_, left, _, right), value in values.items():
            end = min(right + 1, len(cells))
            cells[left:end] = [value] * (end - left)
        if any(cell != "" for cell in cells):
            yield number + 1, [_text(cell) for cell in cells]


def _text(cell: Any) -> str:
    match cell:
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
        case date() | time() | timedelta():
            return str(cell)
    return as_written(cell)


def main(arguments: Sequence[str]) -> None:
    """Print the rows of the workbook at the path in `arguments`."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_FSIZE: PRINTED,
        # No core dump after a kill.
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        # Some systems lack a limit, others have already set a lower one.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    end = None
    try:
        for row in rows_of(Path(arguments[0])):
            sys.stdout.write(json.dumps(row) + "\n")
    except PasswordError:
        end = "it is protected by a password; save it without one"
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001  (panics of the library are not an `Exception`)
        end = str(error).splitlines()[0] if str(error) else type(error).__name__
    sys.stdout.write(json.dumps(end) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
