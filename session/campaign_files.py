"""Reads the recipients of a campaign from a file of comma-separated values. Pure.

The first line names the columns: `to`, the number of the customer; the parameters of the template's body by their names (`1`,
`2` or `name`), `header`, and `button_0`, `button_1` for buttons that take a value. A parameter whose name is that of another
column is `body_<name>`. Each further line is one recipient. A cell has no line break, because no parameter may have one: so a
quote that is not closed concerns its own line only. Cells are separated by commas, semicolons, tabs or bars, as in the first line.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from pydantic import ValidationError

from session.campaigns import MOST_ROWS, Recipient
from session.conversations import is_business_scoped
from session.errors import InturnError
from session.files import File
from session.identities import canonical
from session.phones import BadNumber, e164
from session.template_definitions import Definition
from session.template_fitting import filled
from session.templates import BODY_LIMIT, HEADER_LIMIT, Template, TemplateButton, UnusableTemplate, parameter

#: Bytes of a line: all parameters of a template at their longest take less.
LONGEST_LINE: Final = 65_536
_SEPARATORS: Final = ",;\t|"
_SHOWN: Final = 40  #: characters of an unknown column
_BODY: Final = "body_"  #: before a parameter with the name of another column
_LONGEST_NAME: Final = 80  #: characters of a customer
_TOO_LONG: Final = f"it has more than {LONGEST_LINE:,} bytes"


class UnreadableRecipients(InturnError):
    """Raised for a file that is no list of recipients for its template: its first line does not fit, or it is too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a file: a recipient, why it is none, or one who stands in an earlier line."""

    line: int  #: from 1; the first line has the columns
    recipient: Recipient | None = None
    error: str = ""
    repeats: int = 0  #: the line in which the same customer stands, who counts once


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Where the values of a template stand in a row."""

    count: int
    to: int
    body: tuple[tuple[str, int], ...]  #: parameter and place
    header: int | None
    buttons: tuple[tuple[int, str, int], ...]  #: index of the button, what it needs, and place


def lines_in(file: BinaryIO) -> Iterator[str]:
    """Yield the lines of a file, whatever it is: of longer ones than `LONGEST_LINE` the beginning, and bytes that are not UTF-8 as surrogates."""
    first = True
    while line := file.readline(LONGEST_LINE + 1):
        if not line.endswith(b"\n"):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(LONGEST_LINE)
        yield line.decode("utf-8-sig" if first else "utf-8", "surrogateescape")
        first = False


def read_recipients(
    lines: Iterable[str], definition: Definition, country: str, *, ignored: Iterable[str] = ()
) -> Iterator[Row]:
    """Return the rows of a file, each compared with the definition of its template; lines without anything are left out.

    `country` applies to numbers without a country code, "" if there is no default. Columns that the template does not have must
    be `ignored`. Raises `UnreadableRecipients`, also later, in the place of a row too many.
    """
    numbered = enumerate(lines, start=1)
    for _, line in numbered:
        if line.strip():
            separator = max(_SEPARATORS, key=line.count)
            try:
                head = _cells(line, separator)
            except ValueError as error:
                raise UnreadableRecipients(f"the first line cannot be used: {error}") from None
            columns = _columns(head, definition, frozenset(ignored))
            return _rows(numbered, separator, columns, definition, country)
    raise UnreadableRecipients("the file is empty")


def columns_of(definition: Definition) -> list[str]:
    """Return the columns that a file for a template has, those that may be left out included."""
    taken = {"to", "header", *(f"button_{place}" for place in range(len(definition.buttons)))}
    names = [f"{_BODY}{name}" if name in taken else name for name in definition.parameters]
    header = ["header"] if definition.needs_header else []
    buttons = (f"button_{place}" for place, one in enumerate(definition.buttons) if one.needs)
    return ["to", *names, *header, *buttons]


def _columns(names: list[str], definition: Definition, ignored: frozenset[str]) -> _Columns:
    if not definition.is_read:
        raise UnreadableRecipients("the parameters of the template are not known: inturn templates pull")
    if definition.needs_header and definition.header and definition.header.kind == "location":
        raise UnreadableRecipients("the header of the template is a place, which no column can give")
    wanted = columns_of(definition)
    places: dict[str, int] = {}
    unknown = []
    for place, name in enumerate(names):
        plain = name if name in wanted else _meant(name, wanted, ignored)
        if plain in places:
            raise UnreadableRecipients(f"the column {plain} stands there twice")
        if plain in wanted:
            places[plain] = place
        elif name and name not in ignored:
            unknown.append(name[:_SHOWN])
    takes = f"a file for this template has the columns {', '.join(wanted)}"
    optional = {f"button_{place}" for place, one in enumerate(definition.buttons) if one.needs == "payload"}
    missing = [name for name in wanted if name not in places and name not in optional]
    if unknown and "to" not in missing:
        raise UnreadableRecipients(f"unknown columns: {', '.join(unknown[:20])}; {takes}")
    if missing:
        raise UnreadableRecipients(f"missing columns: {', '.join(missing)}; {takes}")
    body = zip(definition.parameters, wanted[1:], strict=False)
    buttons = (
        (place, one.needs, f"button_{place}") for place, one in enumerate(definition.buttons) if one.needs
    )
    return _Columns(
        count=len(names),
        to=places["to"],
        body=tuple((name, places[column]) for name, column in body),
        header=places.get("header"),
        buttons=tuple((index, needs, places[name]) for index, needs, name in buttons if name in places),
    )


def _meant(name: str, wanted: list[str], ignored: frozenset[str]) -> str:
    """Return the column that a name means: what is no parameter may be in capitals, and a parameter may have its prefix."""
    low = name.lower()
    is_fixed = low in {"to", "header"} or low.startswith("button_")
    return low if is_fixed and low in wanted and name not in ignored else name.removeprefix(_BODY)


def _rows(
    lines: Iterator[tuple[int, str]], separator: str, columns: _Columns, definition: Definition, country: str
) -> Iterator[Row]:
    known: dict[str, int] = {}
    for number, line in lines:
        try:
            cells = _cells(line, separator)
            if not any(cells):
                continue
            found = _recipient(cells, columns, definition, country)
        except ValueError as error:
            yield Row(line=number, error=str(error))
            continue
        first = known.setdefault(found.customer, number)
        if first != number:
            yield Row(line=number, repeats=first)
            continue
        if len(known) > MOST_ROWS:
            raise UnreadableRecipients(f"a campaign has at most {MOST_ROWS:,} recipients")
        yield Row(line=number, recipient=found)


def _cells(line: str, separator: str) -> list[str]:
    """Return the cells of a line. Raises `ValueError` with why it has none."""
    if not line.isascii():
        if len(line.encode("utf-8", "surrogatepass")) > LONGEST_LINE:
            raise ValueError(_TOO_LONG)
        if any("\ud800" <= letter <= "\udfff" for letter in line):
            raise ValueError("it is not encoded in UTF-8: save the file as CSV UTF-8")
    if "\0" in line:
        raise ValueError("it has a character NUL: save the file as CSV UTF-8")
    if len(line) > LONGEST_LINE:
        raise ValueError(_TOO_LONG)
    try:
        cells = next(csv.reader([line.rstrip("\r\n")], delimiter=separator, strict=True), [])
    except csv.Error as error:
        raise ValueError(f"it cannot be split into cells ({error})") from None
    return [cell.strip() for cell in cells]


def _recipient(cells: list[str], columns: _Columns, definition: Definition, country: str) -> Recipient:
    """Return who stands in a row. Raises `ValueError` with the column that does not fit, and why."""
    if len(cells) > columns.count and any(cells[columns.count :]):
        raise ValueError(f"it has {len(cells)} cells under {columns.count} columns")
    cells += [""] * (columns.count - len(cells))
    with _column("to"):
        customer = customer_in(cells[columns.to], country)
    values = {}
    for name, place in columns.body:
        with _column(name):
            values[name] = parameter(_given(cells[place]), BODY_LIMIT)
    header = None
    if columns.header is not None:
        with _column("header"):
            header = _header(cells[columns.header], definition)
    buttons = []
    for index, needs, place in columns.buttons:
        if cells[place]:
            with _column(f"button_{index}"):
                buttons.append(TemplateButton.model_validate({"index": index, needs: cells[place]}))
    template = Template(
        name=definition.name,
        language=definition.language,
        header=header,
        body=tuple(values.values()) if all(map(str.isdecimal, values)) else values,
        buttons=tuple(buttons),
    )
    try:
        filled(template, definition)
    except UnusableTemplate as error:
        raise ValueError(error.why) from None
    return Recipient(customer=customer, body=template.body, header=header, buttons=template.buttons)


@contextmanager
def _column(name: str) -> Iterator[None]:
    """Name the column in what is wrong with its cell."""
    try:
        yield
    except ValidationError as error:
        why = "; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors())
        raise ValueError(f"{name}: {why}") from None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def customer_in(cell: str, country: str) -> str:
    """Return the customer whom a number or an id of WhatsApp names. Raises `ValueError`."""
    if len(cell) > _LONGEST_NAME:
        raise BadNumber("it is too long for a phone number")
    return cell if is_business_scoped(cell) else canonical(e164(cell, country))


def _header(cell: str, definition: Definition) -> str | File:
    """Return the header of a template: a text, or the file at an address."""
    if definition.header is None or definition.header.kind == "text":
        return parameter(_given(cell), HEADER_LIMIT)
    return File.model_validate({"url": cell, "kind": definition.header.kind})


def _given(cell: str) -> str:
    if not cell:
        raise ValueError("it is empty; it needs a value")
    return cell
