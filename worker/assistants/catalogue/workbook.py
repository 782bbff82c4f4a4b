"""Reads a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods) and prints its rows; a program of its own, started by `excel`.

A few kilobytes of such a file can stand for terabytes of cells, and the library that reads it would try to hold them.
So it is read here, where the system ends whatever takes too much, and not in the program that loads.

Each line on the standard output is one row as JSON: its number, from 1, and its cells as texts. The last one is null,
or a text that says why the file cannot be read.
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

#: Bytes of memory, and seconds of a processor. A sheet of 200,000 rows and 20 columns takes 0.45 GB and 4 s.
MEMORY, SECONDS = 2 * 1024**3, 30
#: Bytes of all rows as they are printed.
PRINTED = 512 * 1024**2

#: First row, first column, last row, last column, from 0.
Range = tuple[int, int, int, int]


def rows_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first visible sheet that has any: their numbers from 1, and their cells; no blank ones."""
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
        # Its name may lie.
        with suppress(CalamineError), path.open("rb") as file:
            return CalamineWorkbook.from_filelike(file)
        raise


def _filled(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Yield rows in which every cell of a merged one has its value, as a reader sees it."""
    merged = sorted((*first, *last) for first, last in sheet.merged_cell_ranges or ())
    waiting = merged[::-1]  # the next one last
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
    """Print the rows of the workbook that is named."""
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_FSIZE: PRINTED,
        # One that is ended for its memory leaves no copy of it.
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        # Not every system has all of them, and some have set lower ones.
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))
    end = None
    try:
        for row in rows_of(Path(arguments[0])):
            sys.stdout.write(json.dumps(row) + "\n")
    except PasswordError:
        end = "it is protected by a password"
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001  (the library's own panics are no `Exception`)
        end = str(error).splitlines()[0] if str(error) else type(error).__name__
    sys.stdout.write(json.dumps(end) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
