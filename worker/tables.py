"""Reads the files in which an operator writes a table for each thing, as TOML, and notices when one changes: senders, hooks, rate cards."""

import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from loguru import logger
from pydantic import ValidationError

from session.errors import SettingsError

#: Time of the last write of a file in ns, and its size.
Stamp = tuple[int, int]
_T = TypeVar("_T")


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


class Followed(Generic[_T]):
    """What a file says as it is now: it is read again when it has changed.

    Thread-safe: a change is one assignment. A changed file that cannot be read changes nothing, and is told in the log.
    """

    def __init__(self, path: Path, read: Callable[[Path], _T]) -> None:
        self._path, self._read = path, read
        self._stamp = stamp_of(path)
        self._found = read(path)

    @property
    def now(self) -> _T:
        """What was read last."""
        stamp = stamp_of(self._path)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._found = self._read(self._path)
            except SettingsError as error:
                logger.error("what was read before stays: {}", error)
            else:
                logger.info("{} has changed and was read again", self._path)
        return self._found
