"""`inturn catalogue`: loads the operator's own records, searches them, and shows what is loaded."""

import sys
from pathlib import Path
from typing import Any

import click

from session.clock import SystemClock
from session.errors import NoCatalogue
from session.printable import visible, visible_json
from worker.assistants.catalogue import (
    KINDS,
    LoadedCatalogue,
    LoadReport,
    MemberRecord,
    Record,
    SearchResult,
    load,
    load_samples,
    open_catalogue,
)
from worker.assistants.catalogue import as_json as _fields
from worker.assistants.catalogue.free_text import sought_in
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Domain
from worker.opening import open_meaning
from worker.settings import WorkerSettings

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_KIND = click.Choice(list(KINDS))
_DIRECTORY = click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="The directory of the catalogue; CATALOGUE_DIR by default.",
)
#: Kind of records -> domain of the understanding.
_DOMAINS: dict[str, Domain] = {"properties": "property", "members": "member"}
_SHOWN = 20  #: skipped rows that are listed


@click.group()
def catalogue() -> None:
    """Load, search and inspect the records that the assistants search."""


@catalogue.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--kind", type=_KIND, help="The kind of records in the file.")
@click.option("--samples", is_flag=True, help="Load the sample records.")
@click.option("--missing", is_flag=True, help="With --samples: load only kinds of which nothing is loaded.")
@_DIRECTORY
def load_(
    file: Path | None, kind: str | None, directory: Path | None, *, samples: bool, missing: bool
) -> None:
    """Load FILE (CSV, Excel, LibreOffice, JSON or JSON lines); it replaces all loaded records of its kind.

    Columns are found by their names. Rows that cannot be read are skipped and reported. Running workers use the new
    records from the next message on.
    """
    if samples == (file is not None) or (file is not None and kind is None):
        raise click.UsageError("give a FILE with its --kind, or --samples")
    if missing and not samples:
        raise click.UsageError("--missing goes with --samples")
    settings, now = WorkerSettings.load(), SystemClock().now()
    directory, meaning = directory or settings.catalogue_dir, open_meaning(settings)
    if file is None or kind is None:
        for loaded in load_samples(directory, now=now, only_missing=missing, meaning=meaning):
            _report(loaded)
        return
    country = settings.default_country
    loaded = load(file, kind, directory, now=now, country=country, progress=_progress, meaning=meaning)
    _clear()
    _report(loaded)


@catalogue.command()
@click.argument("text", default="")
@click.option("--kind", type=_KIND, default="properties", show_default=True)
@click.option("--where", "filters", multiple=True, metavar="NAME=VALUE", help="A filter; can be repeated.")
@click.option("--order", default="", help='For example "price" or "-price".')
@click.option("--limit", type=click.IntRange(1, 100), default=5, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0, show_default=True)
@_AS_JSON
@_DIRECTORY
def search(
    text: str, kind: str, filters: tuple[str, ...], directory: Path | None, *, as_json: bool, **page: Any
) -> None:
    """Search as an assistant does; if no record matches everything, filters are relaxed and named."""
    settings = WorkerSettings.load()
    found_in = open_catalogue(directory or settings.catalogue_dir, open_meaning(settings))
    try:
        query, wanted = sought_in(found_in, kind, text, understand(text, domain=_DOMAINS[kind]))
        found = found_in.find(kind, query, wanted | _filters(filters), **page)
    finally:
        found_in.close()
    if as_json:
        _print_json(
            {
                "query": query,
                "filters": wanted | _filters(filters),
                "total": found.total,
                "offset": found.offset,
                "relaxed": found.relaxed,
                "records": [_fields(record) for record in found],
            }
        )
        return
    _show(kind, found)


@catalogue.command()
@_AS_JSON
@_DIRECTORY
def info(directory: Path | None, *, as_json: bool) -> None:
    """Show what is loaded, when it was loaded, and from which file."""
    directory = _directory(directory)
    found_in = open_catalogue(directory)
    try:
        known = {kind: _about(found_in, kind) for kind in KINDS}
    finally:
        found_in.close()
    if as_json:
        _print_json({"directory": str(directory), **known})
        return
    click.echo(f"in {directory.absolute()}")
    for kind, about in known.items():
        if about is None:
            click.echo(f"{kind:<12} nothing is loaded")
        else:
            click.echo(
                f"{kind:<12} {int(about['records']):>9,} records, {about['left_out']} skipped,"
                f" from {about['source']} at {about['loaded_at']}"
            )


def _directory(given: Path | None) -> Path:
    return given or WorkerSettings.load().catalogue_dir


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{words}", err=True, nl=False)


def _clear() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", err=True, nl=False)


def _report(loaded: LoadReport) -> None:
    click.echo(f"{loaded.records:,} {loaded.kind} are loaded into {loaded.path}")
    if loaded.ignored:
        click.echo(visible(f"columns that were not used: {', '.join(loaded.ignored)}"), err=True)
    if loaded.left_out:
        click.echo(f"{len(loaded.left_out):,} rows were skipped:", err=True)
    for row in loaded.left_out[:_SHOWN]:
        click.echo(f"  {row.where}: {visible(row.reason)}", err=True)
    if len(loaded.left_out) > _SHOWN:
        click.echo(f"  and {len(loaded.left_out) - _SHOWN:,} more", err=True)


def _filters(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in given]
    if bad := [name for name, equals, _ in pairs if not equals]:
        raise click.UsageError(f"--where takes NAME=VALUE, not {bad[0]!r}")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _about(found_in: LoadedCatalogue, kind: str) -> dict[str, str] | None:
    try:
        return found_in.about(kind)
    except NoCatalogue:
        return None


def _show(kind: str, found: SearchResult) -> None:
    if not found:
        click.echo(f"no {kind} found" if not found.total else f"no more: there are {found.total} {kind}")
        return
    if found.relaxed:
        click.echo(f"no record matches everything; relaxed: {', '.join(found.relaxed)}")
    click.echo(f"{found.offset + 1}-{found.offset + len(found)} of {found.total:,} {kind}")
    for number, record in enumerate(found, start=found.offset + 1):
        click.echo(f"{number:>4}. {visible(_line(record))}")


def _line(record: Record) -> str:
    if isinstance(record, MemberRecord):
        parts = [record.name, record.specialty, record.profession, record.locality, record.city, record.phone]
    else:
        price = f"{record.price:,} {record.currency}" + (" a month" if record.purpose == "rent" else "")
        size = f"{record.area:g} m²" if record.area else None
        parts = [record.title, price, size, record.city]
    return ", ".join(filter(None, parts)) + f"  [{record.id}]"


def _print_json(value: object) -> None:
    click.echo(visible_json(value, indent=2))
