"""Reads the files in which an operator writes a table for each thing, as TOML, and notices when one changes: senders, hooks, rate cards."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from session.errors import SettingsError

#: Time of the last write of a file in ns, and its size.
Stamp = tuple[int, int]


def text_in(path: Path, named: str) -> str:
    """Return the text of a file. Raises `SettingsError`, which begins with `named`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"{named}: {error}") from error


def stamp_of(path: Path) -> Stamp:
    """Return what changes with every change of a file: its time in nanoseconds and its size; zeros without a file."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def tables_in(text: str, kind: str, *, named: str) -> list[dict[str, Any]]:
    """Return the tables `[[kind]]` of a text; fractions are exact. Raises `SettingsError`, which begins with `named`."""
    try:
        found = tomllib.loads(text, parse_float=Decimal).get(kind, [])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{named}: {error}") from error
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SettingsError(f"{named}: write each {kind} as [[{kind}]]")
    return found


def wrong_in(error: ValidationError) -> tuple[str, str]:
    """Return where the first fault of a table is, and what it is; never the value, which may be a secret."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
