"""Turns a line of an operator's table into a record: which column is which, and what the cells say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from worker.assistants.catalogue.cells import phone
from worker.assistants.catalogue.errors import BadCell
from worker.assistants.catalogue.schema import Column, RecordFields, RecordKind
from worker.assistants.catalogue.sheets import SheetRow
from worker.assistants.catalogue.spelling import key


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadingMap:
    """The columns that the headings of a table stand for."""

    columns: dict[str, Column]  #: heading -> column
    ignored: tuple[str, ...]  #: unknown headings, and second ones for the same column
    missing: tuple[str, ...]  #: required columns without a heading


def map_headings(kind: RecordKind, headings: Iterable[str]) -> HeadingMap:
    """Return which columns the headings of a table stand for; of several for one column the first is used."""
    known = {
        _joined(spelling): column
        for column in kind.columns
        for spelling in (column.name, *column.headers.split(","))
    }
    columns: dict[str, Column] = {}
    ignored = []
    for heading in headings:
        column = known.get(_joined(heading)) or known.get(_joined(re.sub(r"\([^()]*\)", "", heading)))
        if column is None or column in columns.values():
            ignored.append(heading)
        else:
            columns[heading] = column
    missing = tuple(
        column.name for column in kind.columns if column.required and column not in columns.values()
    )
    return HeadingMap(columns=columns, ignored=tuple(filter(None, ignored)), missing=missing)


def _joined(text: str) -> str:
    return key(text.replace("_", " ")).replace(" ", "")


def read_row(kind: RecordKind, headings: HeadingMap, sheet_row: SheetRow, *, country: str) -> RecordFields:
    """Return the fields of a record; phone numbers without country code are taken as those of `country`.

    Raises `BadCell` with the reason if the row cannot be read.
    """
    if sheet_row.problem:
        raise BadCell(sheet_row.problem)
    row: RecordFields = {column.name: column.default for column in kind.columns}
    for heading, column in headings.columns.items():
        cell = sheet_row.cells.get(heading, "").strip()
        if cell:
            try:
                row[column.name] = phone(cell, country) if column.phones else column.read(cell)
            except BadCell as error:
                raise BadCell(f"{heading}: {error}") from None
    for column in kind.columns:
        if column.required and row[column.name] is None:
            raise BadCell(f"{column.name} is empty")
    if "title" in row and row["title"] is None:
        row["title"] = _title(row)
    if row["id"] is None:
        row["id"] = _digest(kind, row)
    return row


def _title(row: RecordFields) -> str:
    rooms = f"{row['bedrooms']}-bedroom " if row["bedrooms"] else ""
    title = f"{rooms}{row['property_type']} in {row['compound'] or row['location']}"
    return title[0].upper() + title[1:]


def _digest(kind: RecordKind, row: RecordFields) -> str:
    """Return an id that an identical row gets again at the next load."""
    later = {column.name for column in kind.columns if column.later}
    parts = "\x1f".join(repr(value) for name, value in row.items() if name not in later)
    return blake2b(parts.encode(), digest_size=5).hexdigest()
