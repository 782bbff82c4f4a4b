"""When a record first had its price: what is new since a load, and what has become cheaper. A load carries it on from the file before.

A record that was gone for a while and comes back with a price that it had is not new, so that a load of half a table by mistake
does not make everything new. Kinds without a price have 0.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from worker.assistants.catalogue.filters import Condition
from worker.assistants.catalogue.schema import RecordKind

TABLE = (
    "CREATE TABLE IF NOT EXISTS {place}seen (id TEXT, price INTEGER, at TEXT, was INTEGER,"
    " PRIMARY KEY (id, price)) WITHOUT ROWID"
)


@dataclass(frozen=True, slots=True)
class Before:
    """What the file before a load knows."""

    #: id, price, since when, price before
    rows: list[tuple[str, int, str, int | None]] = field(default_factory=list)
    latest: Mapping[str, int] = field(default_factory=dict)  #: id -> the price that it had last


def before(kind: RecordKind, path: Path) -> Before:
    """Return what a file knows; nothing if there is none, or none that can be read."""
    if not path.exists():
        return Before()
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as old:
            current = old.execute(f"SELECT id, {_price(kind)} FROM records r").fetchall()  # noqa: S608  (our own columns)
            if old.execute("SELECT 1 FROM sqlite_master WHERE name = 'seen'").fetchone():
                rows = old.execute("SELECT id, price, at, was FROM seen ORDER BY at").fetchall()
            else:
                # A file of an earlier release.
                (at,) = old.execute("SELECT value FROM about WHERE name = 'loaded_at'").fetchone()
                rows = [(id_, price, at, None) for id_, price in current]
    except (sqlite3.Error, TypeError):
        return Before()
    return Before(rows, {row[0]: row[1] for row in rows} | dict(current))


def carry_on(connection: sqlite3.Connection, kind: RecordKind, known: Before, at: str) -> None:
    """Write what was known, and the records that are new or have another price since this load."""
    connection.executemany("INSERT INTO seen VALUES (?, ?, ?, ?)", known.rows)
    loaded = connection.execute(f"SELECT id, {_price(kind)} FROM records r").fetchall()  # noqa: S608
    fresh = ((id_, price, at, known.latest.get(id_)) for id_, price in loaded)
    connection.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)", fresh)


def since(kind: RecordKind, at: str) -> Condition:
    """Return the condition that a record is new, or has become cheaper, since a load."""
    sql = (
        "EXISTS (SELECT 1 FROM seen s WHERE s.id = r.id AND s.price = "  # noqa: S608  (our own columns)
        f"{_price(kind)} AND s.at > ? AND (s.was IS NULL OR s.was > s.price))"
    )
    return Condition(sql=sql, values=(at,))


def _price(kind: RecordKind) -> str:
    return "r.price" if any(column.name == "price" for column in kind.fields) else "0"
