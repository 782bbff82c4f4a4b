"""Makes a record's row out of one line of an operator's table, or says why it cannot be one."""

from hashlib import blake2b

from worker.assistants.catalogue.cells import phone
from worker.assistants.catalogue.errors import BadCell
from worker.assistants.catalogue.headings import Mapped
from worker.assistants.catalogue.kinds import Kind, Row
from worker.assistants.catalogue.sheets import Line


def read_row(kind: Kind, mapped: Mapped, line: Line, *, country: str) -> Row:
    """Return the row of a line; `country` is that of phone numbers that name none. Raises `BadCell` with the reason if it cannot be one."""
    if line.problem:
        raise BadCell(line.problem)
    row: Row = {column.name: column.default for column in kind.columns}
    for heading, column in mapped.columns.items():
        cell = line.cells.get(heading, "").strip()
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
        row["id"] = _digest(row)
    return row


def _title(row: Row) -> str:
    rooms = f"{row['bedrooms']}-bedroom " if row["bedrooms"] else ""
    title = f"{rooms}{row['property_type']} in {row['compound'] or row['location']}"
    return title[0].upper() + title[1:]


def _digest(row: Row) -> str:
    """Return an id that the same row will have again after the next load."""
    parts = "\x1f".join(map(repr, row.values()))
    return blake2b(parts.encode(), digest_size=5).hexdigest()
