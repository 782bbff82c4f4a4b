"""Loads an operator's file into the catalogue: what can be read is kept, what cannot is reported."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from pathlib import Path

from worker.assistants.catalogue.building import replacing
from worker.assistants.catalogue.errors import BadCell, LoadRefused
from worker.assistants.catalogue.headings import Mapped, map_headings
from worker.assistants.catalogue.kinds import Kind
from worker.assistants.catalogue.registry import KINDS, file_of, kind_named
from worker.assistants.catalogue.rows import read_row
from worker.assistants.catalogue.sheets import Sheet, open_sheet

#: Hears how many rows were read so far.
Progress = Callable[[int], None]

_TELL_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A row that was not loaded."""

    where: str  #: "line 17"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of a file."""

    kind: str
    path: Path  #: of the catalogue
    records: int
    left_out: tuple[LeftOut, ...]
    ignored: tuple[str, ...]  #: headings of which nothing was taken


def load(
    source: Path,
    kind: str,
    directory: Path,
    *,
    now: datetime,
    country: str = "",
    progress: Progress = lambda _: None,
) -> Loaded:
    """Load a file and put it in the place of what was loaded of this kind before.

    `country` is that of phone numbers that do not name theirs (ISO 3166-1).

    Raises:
        LoadRefused: the file cannot be read, has none of the columns, or has no usable row. Nothing changed.
        NoSuchKind: this kind is not known.

    """
    wanted = kind_named(kind)
    sheet = open_sheet(source)
    mapped = map_headings(wanted, sheet.headers)
    if mapped.missing:
        raise LoadRefused(_unmapped(wanted, sheet, mapped))
    path = file_of(directory, kind)
    left_out: list[LeftOut] = []
    with replacing(wanted, path) as build:
        read = 0
        for read, line in enumerate(sheet.lines, start=1):
            try:
                build.add(read_row(wanted, mapped, line, country=country))
            except BadCell as error:
                left_out.append(LeftOut(where=f"{sheet.unit} {line.number}", reason=str(error)))
            if read % _TELL_EVERY == 0:
                progress(read)
        if read == len(left_out):
            raise LoadRefused(_unusable(source, left_out))
        build.finish(
            {
                "source": source.name,
                "loaded_at": now.isoformat(timespec="seconds"),
                "records": str(read - len(left_out)),
                "left_out": str(len(left_out)),
            }
        )
    return Loaded(
        kind=kind,
        path=path,
        records=read - len(left_out),
        left_out=tuple(left_out),
        ignored=mapped.ignored,
    )


def load_samples(directory: Path, *, now: datetime, only_missing: bool = False) -> list[Loaded]:
    """Load the sample records that come with the program; on request only where nothing was loaded before."""
    loaded = []
    for kind in KINDS:
        if not (only_missing and file_of(directory, kind).exists()):
            with as_file(files("worker.assistants.catalogue") / "samples" / f"{kind}.csv") as source:
                loaded.append(load(source, kind, directory, now=now))
    return loaded


def _unmapped(kind: Kind, sheet: Sheet, mapped: Mapped) -> str:
    has = ", ".join(filter(None, sheet.headers)) or "none"
    takes = ", ".join(column.name for column in kind.columns)
    return (
        f"{sheet.path} is no table of {kind.name}: no column for {', '.join(mapped.missing)}.\n"
        f"  its columns: {has}\n  what is taken: {takes}"
    )


def _unusable(source: Path, left_out: list[LeftOut]) -> str:
    shown = "".join(f"\n  {row.where}: {row.reason}" for row in left_out[:5])
    return f"{source} has no row that can be loaded{shown}"
