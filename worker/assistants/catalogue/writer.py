"""Writes the records of one kind into a new file, which then atomically replaces the old one.

The new file is complete and on disk before anyone can read it; open readers of the old file can go on reading it.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from worker.assistants.catalogue.descriptions import RecordDescriptions
from worker.assistants.catalogue.errors import BadCell, LoadRefused
from worker.assistants.catalogue.features import tokens
from worker.assistants.catalogue.schema import Column, RecordFields, RecordKind
from worker.assistants.catalogue.seen import Before, before, carry_on
from worker.assistants.catalogue.spelling import indexed, key
from worker.assistants.catalogue.tables import VERSION, final_statements, statements
from worker.assistants.catalogue.vectors import VectorWriter

if TYPE_CHECKING:
    from worker.assistants.semantic.meaning import Meaning

_PREFIX = ".loading-"
_ABANDONED = 24 * 3600.0  #: seconds after which a leftover of a killed load is removed


class RecordWriter:
    """Writes records into a new file."""

    def __init__(
        self,
        kind: RecordKind,
        connection: sqlite3.Connection,
        known: Before,
        vectors: VectorWriter | None = None,
    ) -> None:
        self._kind = kind
        self._vectors, self._descriptions = vectors, RecordDescriptions(kind)
        self._connection = connection
        self._known = known
        self._fields = [column.name for column in kind.fields]
        self._named = [column.name for column in kind.fields if column.named]
        columns = self._fields + [f"{name}_key" for name in self._named]
        self._insert = f"INSERT INTO records ({', '.join(columns)}) VALUES ({_marks(columns)})"  # noqa: S608
        self._index = f"INSERT INTO text (rowid, {', '.join(kind.parts)}) VALUES (?, {_marks(kind.parts)})"  # noqa: S608
        for statement in statements(kind):
            connection.execute(statement)

    def add(self, row: RecordFields) -> None:
        """Write one record. Raises `BadCell` if an earlier record has the same id."""
        keys = {name: key(str(row[name])) for name in self._named if row[name] is not None}
        values = [row[name] for name in self._fields] + [keys.get(name) for name in self._named]
        try:
            rowid = self._connection.execute(self._insert, values).lastrowid or 0
        except sqlite3.IntegrityError:
            raise BadCell(f"an earlier row has the same id, {row['id']}") from None
        parts: dict[str, list[str]] = {part: [] for part in self._kind.parts}
        for column in self._kind.columns:
            if row[column.name] is not None:
                self._name(column, row, keys)
                if column.part:
                    parts[column.part] += self._spoken(column, str(row[column.name]))
        texts = {part: indexed(spoken) for part, spoken in parts.items()}
        described = self._descriptions.of(row) if self._kind.features or self._vectors else ()
        if self._kind.features:
            texts[self._kind.features] += f" {tokens(described)}"
        self._connection.execute(self._index, [rowid, *texts.values()])
        if self._vectors:
            self._vectors.add(rowid, described)

    def finish(self, about: Mapping[str, str], progress: Callable[[str], None]) -> None:
        """Write the facts about the load, among them `loaded_at`, what is new since then, the vectors, and the indexes."""
        carry_on(self._connection, self._kind, self._known, about["loaded_at"])
        facts = {"version": VERSION, "kind": self._kind.name, **about}
        self._connection.executemany("INSERT INTO about VALUES (?, ?)", facts.items())
        if self._vectors:
            self._vectors.finish(progress)
        for statement in final_statements(self._kind):
            self._connection.execute(statement)
        self._connection.commit()

    def _name(self, column: Column, row: RecordFields, keys: Mapping[str, str]) -> None:
        field = column.names_for or (column.name if column.named else "")
        if field in keys:
            value = str(row[field])
            for name in str(row[column.name]).split("|") if column.names_for else [value]:
                said = (key(name), field, keys[field], value, name.strip())
                self._connection.execute("INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?, ?)", said)

    def _spoken(self, column: Column, value: str) -> list[str]:
        said = column.indexed_as.format(value)
        return [said, self._kind.synonyms_of_values.get(column.name, {}).get(value, "")]


@contextmanager
def replacement_of(kind: RecordKind, path: Path, meaning: "Meaning | None" = None) -> Iterator[RecordWriter]:
    """Yield a writer for a new file, which replaces `path` at the end; after an error it is removed.

    With `meaning` it has vectors. The new file has the mode of the old one. A file with people, and a new directory, can be read by this user only.

    Raises `LoadRefused` if the directory cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryDirectory(dir=path.parent, prefix=_PREFIX) as place:
            _sweep(Path(place))
            new = Path(place) / path.name
            with closing(sqlite3.connect(new)) as connection:
                # MEMORY and not OFF: a refused record is rolled back.
                connection.execute("PRAGMA journal_mode = MEMORY")
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute("PRAGMA cache_size = -65536")
                vectors = VectorWriter(connection, meaning, path) if meaning else None
                yield RecordWriter(kind, connection, before(kind, path), vectors)
            if mode := _mode(kind, path):
                new.chmod(mode)
            _sync(new)
            new.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise LoadRefused(f"{path} cannot be written: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise LoadRefused(f"{path} cannot be written: {error}") from error


def _mode(kind: RecordKind, path: Path) -> int | None:
    """Return the mode of the new file, None for that of the umask."""
    old = path.stat().st_mode & 0o777 if path.exists() else None
    if not kind.is_personal:
        return old
    # "Everybody may read it" is the default of the umask; "the group may" is a decision, which is kept.
    return old if old and not old & 0o007 else 0o600


def _sweep(place: Path) -> None:
    """Remove what killed loads have left behind."""
    with suppress(OSError):
        for left in place.parent.glob(f"{_PREFIX}*"):
            if left.stat().st_mtime < place.stat().st_mtime - _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _marks(columns: Sized) -> str:
    return ", ".join("?" * len(columns))
