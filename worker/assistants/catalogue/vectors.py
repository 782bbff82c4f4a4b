"""The vectors of the descriptions of records, in the file of the records. A load takes those of unchanged texts from the file before.

An exact scan, as an index of the catalogue's own: many builds of Python cannot load extensions into SQLite, and the extension for
vectors scans as well.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worker.assistants.catalogue.connections import FileStamp
from worker.assistants.catalogue.text_conditions import SURE

if TYPE_CHECKING:
    from worker.assistants.semantic.meaning import Meaning, Texts

TABLES: Final = (
    "CREATE TABLE descriptions (id INTEGER PRIMARY KEY, key BLOB UNIQUE, vector BLOB)",
    (
        "CREATE TABLE described (description INTEGER, record INTEGER, PRIMARY KEY (description, record))"
        " WITHOUT ROWID"
    ),
)
INDEX: Final = "CREATE INDEX describing ON described (record)"
#: The fact about a load that names the model.
EMBEDDER: Final = "embedder"
#: Texts that are embedded at a time.
_BATCH: Final = 64
#: The part of the nearness of the best that others need, and how many they are at most.
_BESIDE: Final = {True: 0.6, False: 0.4}
_MOST: Final = 12


def embedder_of(connection: sqlite3.Connection) -> str:
    """Return the name of the model that made the vectors of a file; "" if it has none."""
    found = connection.execute("SELECT value FROM about WHERE name = ?", (EMBEDDER,)).fetchone()
    return str(found[0]) if found else ""


class Nearness:
    """How near the descriptions of one kind of records are to a text. Thread-safe."""

    def __init__(self, meaning: "Meaning | None") -> None:
        self._meaning = meaning
        self._read: tuple[FileStamp, tuple[int, ...], Texts] | None = None  # one assignment replaces it

    def of(self, connection: sqlite3.Connection, stamp: FileStamp, text: str) -> Mapping[int, float]:
        """Return the descriptions that a text may mean, by id, the nearest first; none without vectors of this model."""
        if self._meaning is None or not text or embedder_of(connection) != self._meaning.name:
            return {}
        read = self._read
        if read is None or read[0] != stamp:
            rows = connection.execute("SELECT id, vector FROM descriptions ORDER BY id").fetchall()
            read = (stamp, tuple(row[0] for row in rows), self._meaning.unpacked([row[1] for row in rows]))
            self._read = read
        _, ids, texts = read
        best = texts.nearest(text, _MOST)
        if not best or best[0][1] <= 0:
            return {}
        enough = _BESIDE[best[0][1] >= SURE] * best[0][1]
        return {ids[at]: near for at, near in best if near >= enough}


class VectorWriter:
    """Writes the descriptions of records, and their vectors at the end."""

    def __init__(self, connection: sqlite3.Connection, meaning: "Meaning", before: Path) -> None:
        """`before` is the file of the load before, which need not exist."""
        self._connection = connection
        self._meaning = meaning
        self._known = _vectors_before(before, meaning.name)
        self._ids: dict[str, int] = {}
        for statement in TABLES:
            connection.execute(statement)

    def add(self, record: int, texts: Iterable[str]) -> None:
        """Write which descriptions a record has."""
        ids = [self._ids.setdefault(text, len(self._ids)) for text in texts]
        self._connection.executemany("INSERT INTO described VALUES (?, ?)", [(one, record) for one in ids])

    def finish(self, progress: Callable[[str], None]) -> None:
        """Write the vectors; `progress` is told how many of the new texts are embedded."""
        keys = {text: blake2b(text.encode(), digest_size=16).digest() for text in self._ids}
        new = [text for text, key in keys.items() if key not in self._known]
        vectors = {keys[text]: self._known[keys[text]] for text in self._ids if keys[text] in self._known}
        for first in range(0, len(new), _BATCH):
            progress(f"{first:,} of {len(new):,} texts are embedded")
            batch = new[first : first + _BATCH]
            vectors |= zip((keys[text] for text in batch), self._meaning.packed(batch), strict=True)
        rows = [(number, keys[text], vectors[keys[text]]) for text, number in self._ids.items()]
        self._connection.executemany("INSERT INTO descriptions VALUES (?, ?, ?)", rows)
        self._connection.execute("INSERT INTO about VALUES (?, ?)", (EMBEDDER, self._meaning.name))
        self._connection.execute(INDEX)


def _vectors_before(path: Path, embedder: str) -> Mapping[bytes, bytes]:
    """Return the vectors of the file before a load by the keys of their texts; none if a different model made them."""
    if not path.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as old:
            if embedder_of(old) == embedder:
                return dict(old.execute("SELECT key, vector FROM descriptions"))
    except sqlite3.Error:
        pass  # nor can anything else be read from it
    return {}
