"""The SQLite tables of one kind. Written once by a load, read by every worker.

records   a row a record: the fields, and `<name>_key` beside each name that is filtered in any spelling
names     key of a name or of an alias, the column, and the key and the words of the value that it means
text      FTS5 without content; its rowid is the record's
about     what was loaded, when, from where; and the version of this layout
"""

from worker.assistants.catalogue.kinds import Kind

#: Raised whenever a file of an older program would be misread.
VERSION = "1"


def statements(kind: Kind) -> list[str]:
    """Return what makes the empty tables of a kind."""
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
        "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    ]


def finishing(kind: Kind) -> list[str]:
    """Return what is done when all records are in: the indexes, and the figures that the planner wants."""
    return [
        *(f"CREATE INDEX by_{number} ON records ({columns})" for number, columns in enumerate(kind.indexes)),
        "INSERT INTO text(text) VALUES ('optimize')",
        "ANALYZE",
    ]


def selected(kind: Kind) -> str:
    """Return the columns of a record, in the order of its fields."""
    return ", ".join(f"r.{column.name}" for column in kind.fields)
