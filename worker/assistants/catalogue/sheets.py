"""Reads an operator's file as rows: CSV with any usual separator, a workbook, a JSON list, or JSON lines.

Each row has a number: its line in the file, its row in the sheet, or its position in the list. Knows no kinds and columns.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.assistants.catalogue.errors import LoadRefused
from worker.assistants.catalogue.workbook import is_workbook, read_workbook

_SEPARATORS = ",;\t|"
_BYTE_ORDERS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row of a file."""

    number: int
    cells: dict[str, str]
    problem: str = ""  #: why the row cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file of rows."""

    path: Path
    unit: str  #: what the numbers of rows count: "line", "row" or "item"
    headers: tuple[str, ...]
    rows: Iterator[SheetRow]


def open_sheet(path: Path) -> Sheet:
    """Return the rows of a file. Raises `LoadRefused` if it cannot be read or is not a table."""
    try:
        if is_workbook(path):
            return _workbook(path)
    except OSError as error:
        raise LoadRefused(f"{path} cannot be read: {error.strerror}") from error
    content = _content(path)
    if not content.strip():
        raise LoadRefused(f"{path} is empty")
    suffix = path.suffix.lower()
    if suffix in {".jsonl", ".ndjson"}:
        return _json_lines(path, content)
    if suffix == ".json" or content.lstrip()[0] in "[{":
        return _json(path, content)
    return _csv(path, content)


def _content(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode(_BYTE_ORDERS.get(raw[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise LoadRefused(f"{path} is not encoded in UTF-8 (line {line}); save it as CSV UTF-8") from error


def _workbook(path: Path) -> Sheet:
    rows = read_workbook(path)
    headers = next((cells for _, cells in rows if _are_headings(cells)), None)
    if headers is None:
        raise LoadRefused(f"{path} has no sheet with a table in it")
    names = tuple(map(str.strip, headers))
    lines = (
        SheetRow(number=number, cells=dict(zip(names, cells, strict=False)))
        for number, cells in rows
        if any(map(str.strip, cells))
    )
    return Sheet(path=path, unit="row", headers=names, rows=lines)


def _are_headings(cells: list[str]) -> bool:
    """Whether a row has at least two different texts, so that it is not only a title above the table."""
    return len({cell.strip() for cell in cells} - {""}) > 1


def _csv(path: Path, content: str) -> Sheet:
    first = content.lstrip().split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=separator)
    try:
        headers = next(tuple(map(str.strip, row)) for row in reader if any(map(str.strip, row)))
    except csv.Error as error:
        raise LoadRefused(f"{path} has no readable headings: {error}") from None
    return Sheet(path=path, unit="line", headers=headers, rows=_csv_lines(reader, headers))


def _csv_lines(reader: Any, headers: tuple[str, ...]) -> Iterator[SheetRow]:
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield SheetRow(number=number, cells={}, problem=str(error))
            continue
        if len(row) > len(headers) and any(cell.strip() for cell in row[len(headers) :]):
            yield SheetRow(number=number, cells={}, problem=f"{len(row)} cells under {len(headers)} headings")
        elif any(cell.strip() for cell in row):
            yield SheetRow(number=number, cells=dict(zip(headers, row, strict=False)))


def _json(path: Path, content: str) -> Sheet:
    try:
        items = json.loads(content)
    except RecursionError:
        raise LoadRefused(f"{path} is nested too deeply to be read") from None
    except ValueError as error:
        if content.lstrip().startswith("{") and "\n" in content.strip():
            return _json_lines(path, content)
        raise LoadRefused(f"{path} is not valid JSON: {error}") from None
    if isinstance(items, dict):
        lists = [value for value in items.values() if isinstance(value, list)]
        items = lists[0] if len(lists) == 1 else [items]
    if not isinstance(items, list):
        raise LoadRefused(f"{path} has no list of records")
    lines = [_item(number, item) for number, item in enumerate(items, start=1)]
    return Sheet(path=path, unit="item", headers=_headers(lines), rows=iter(lines))


def _json_lines(path: Path, content: str) -> Sheet:
    lines = []
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip():
            try:
                lines.append(_item(number, json.loads(line)))
            except (ValueError, RecursionError):
                lines.append(SheetRow(number=number, cells={}, problem="not valid JSON"))
    return Sheet(path=path, unit="line", headers=_headers(lines), rows=iter(lines))


def _item(number: int, item: Any) -> SheetRow:
    if not isinstance(item, dict):
        return SheetRow(number=number, cells={}, problem="not an object with named fields")
    return SheetRow(number=number, cells={name: as_written(value) for name, value in item.items()})


def as_written(value: Any) -> str:
    """Return a value of JSON or of a workbook as the text that a person would write into a table."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(as_written(one) for one in value)
    # Not as 3e+06.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _headers(lines: list[SheetRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(header for line in lines for header in line.cells))
