"""The SQLite tables of one kind of record. Written once by a load, read by every worker.

records   one row for each record: its fields, and `<name>_key` for each name that is filtered in any spelling
names     the key of a name or alias, its column, and the key and the text of the value that it stands for
text      FTS5 without content; the rowid is that of the record
seen      when a record first had its price, see `seen`
about     what was loaded, when, from where; and the version of this layout
"""

import sqlite3

from worker.assistants.catalogue import seen
from worker.assistants.catalogue.schema import RecordKind

#: To be increased when files of an older release would be misread.
VERSION = "1"


def completed(connection: sqlite3.Connection, kind: RecordKind) -> list[str]:
    """Return the statements that give the records of an older file the columns, and the table of what is new, that it does not have; they are empty."""
    there = {name for _, name, *_ in connection.execute("PRAGMA main.table_info(records)")}
    later = [column.name for column in kind.columns if column.later]
    missing = [f"NULL AS {name}" for name in later if name not in there]
    # Nothing is new in a file that does not say so.
    found = connection.execute("SELECT 1 FROM main.sqlite_master WHERE name = 'seen'").fetchone()
    first = [] if found else [seen.TABLE.format(place="temp.")]
    if not missing or not there:
        return first
    return [*first, f"CREATE TEMP VIEW records AS SELECT rowid, *, {', '.join(missing)} FROM main.records"]  # noqa: S608 - names of ours


def statements(kind: RecordKind) -> list[str]:
    """Return the statements that create the empty tables of a kind."""
    fields = [f"{column.name} {column.sql}" for column in kind.fields]
    keys = [f"{column.name}_key TEXT" for column in kind.fields if column.named]
    return [
        f"CREATE TABLE records (rowid INTEGER PRIMARY KEY, {', '.join(fields + keys)}, UNIQUE (id))",
        (
            "CREATE TABLE names (key TEXT, field TEXT, value_key TEXT, value TEXT, name TEXT,"
            " PRIMARY KEY (key, field, value_key)) WITHOUT ROWID"
        ),
        (
            f"CREATE VIRTUAL TABLE text USING fts5({', '.join(kind.parts)}, content='', detail=full,"
            ' tokenize="unicode61 remove_diacritics 0")'
        ),
        seen.TABLE.format(place=""),
        "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    ]


def final_statements(kind: RecordKind) -> list[str]:
    """Return the statements to run after the last record: indexes, and statistics for the query planner."""
    return [
        *(f"CREATE INDEX by_{number} ON records ({columns})" for number, columns in enumerate(kind.indexes)),
        "INSERT INTO text(text) VALUES ('optimize')",
        "ANALYZE",
    ]


def selected(kind: RecordKind) -> str:
    """Return the columns of a record as SQL, in the order of its fields."""
    return ", ".join(f"r.{column.name}" for column in kind.fields)
