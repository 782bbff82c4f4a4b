"""Loads an operator's file into the catalogue; rows that cannot be read are skipped and reported."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from worker.assistants.catalogue.errors import BadCell, LoadRefused
from worker.assistants.catalogue.kinds import KINDS, file_of, kind_named
from worker.assistants.catalogue.rows import HeadingMap, map_headings, read_row
from worker.assistants.catalogue.schema import RecordFields, RecordKind
from worker.assistants.catalogue.sheets import Sheet, open_sheet
from worker.assistants.catalogue.writer import replacement_of

if TYPE_CHECKING:
    from worker.assistants.semantic.meaning import Meaning

#: Told how far a load is, in words: "500 rows".
Progress = Callable[[str], None]

_PROGRESS_EVERY = 500  #: rows


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRow:
    """A row that was not loaded."""

    where: str  #: "line 17"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """The result of a load."""

    kind: str
    path: Path  #: the file of the catalogue
    records: int
    left_out: tuple[SkippedRow, ...]
    ignored: tuple[str, ...]  #: headings of columns that were not used


def load(
    source: Path,
    kind: str,
    directory: Path,
    *,
    now: datetime,
    country: str = "",
    progress: Progress = lambda _: None,
    meaning: "Meaning | None" = None,
) -> LoadReport:
    """Load a file; it replaces the records of this kind that were loaded before.

    `country` (ISO 3166-1) is that of phone numbers without a country code. With `meaning` the records have vectors.

    Raises:
        LoadRefused: the file cannot be read, a required column is missing, or no row can be used. Nothing changed.
        NoSuchKind: the kind does not exist.

    """
    wanted = kind_named(kind)
    sheet = open_sheet(source)
    headings = map_headings(wanted, sheet.headers)
    if headings.missing:
        raise LoadRefused(_unmapped(wanted, sheet, headings))
    path = file_of(directory, kind)
    left_out: list[SkippedRow] = []
    with replacement_of(wanted, path, meaning) as writer:
        read = 0
        for read, row in enumerate(sheet.rows, start=1):
            try:
                writer.add(_with_picture(read_row(wanted, headings, row, country=country), source.parent))
            except BadCell as error:
                left_out.append(SkippedRow(where=f"{sheet.unit} {row.number}", reason=str(error)))
            if read % _PROGRESS_EVERY == 0:
                progress(f"{read:,} rows")
        if read == len(left_out):
            raise LoadRefused(_unusable(source, left_out))
        writer.finish(
            {
                "source": source.name,
                "loaded_at": now.isoformat(timespec="seconds"),
                "records": str(read - len(left_out)),
                "left_out": str(len(left_out)),
            },
            progress,
        )
    return LoadReport(
        kind=kind,
        path=path,
        records=read - len(left_out),
        left_out=tuple(left_out),
        ignored=headings.ignored,
    )


def load_samples(
    directory: Path, *, now: datetime, only_missing: bool = False, meaning: "Meaning | None" = None
) -> list[LoadReport]:
    """Load the sample records; with `only_missing` only kinds of which nothing is loaded."""
    loaded = []
    for kind in KINDS:
        if not (only_missing and file_of(directory, kind).exists()):
            with as_file(files("worker.assistants.catalogue") / "samples" / f"{kind}.csv") as source:
                loaded.append(load(source, kind, directory, now=now, meaning=meaning))
    return loaded


def _with_picture(row: RecordFields, folder: Path) -> RecordFields:
    """Return a row whose picture is a file that is there; nothing outside the folder of the table is one."""
    image = row.get("image")
    if not isinstance(image, str) or "://" in image:
        return row
    place = (folder / image).resolve()
    if not place.is_relative_to(folder.resolve()) or not place.is_file():
        raise BadCell(f"image: there is no {image} beside the table")
    return row | {"image": str(place)}


def _unmapped(kind: RecordKind, sheet: Sheet, headings: HeadingMap) -> str:
    has = ", ".join(filter(None, sheet.headers)) or "none"
    takes = ", ".join(column.name for column in kind.columns)
    return (
        f"{sheet.path} is not a table of {kind.name}: it has no column for {', '.join(headings.missing)}.\n"
        f"  its columns: {has}\n  columns that are read: {takes}"
    )


def _unusable(source: Path, left_out: list[SkippedRow]) -> str:
    shown = "".join(f"\n  {row.where}: {row.reason}" for row in left_out[:5])
    return f"{source} has no row that can be loaded{shown}"
