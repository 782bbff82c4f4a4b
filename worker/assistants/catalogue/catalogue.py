"""The catalogue as assistants and the rest of the worker see it. Any thread may use it."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from session.phones import BadNumber, e164
from worker.assistants.catalogue.errors import BadFilter, Unreadable
from worker.assistants.catalogue.gate import the_gate
from worker.assistants.catalogue.reading import Reader, Stamp
from worker.assistants.catalogue.records import Found, Member, Record
from worker.assistants.catalogue.registry import KINDS, file_of, kind_named
from worker.assistants.catalogue.searching import Page, Search
from worker.assistants.catalogue.tables import selected

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 100  #: records a page
_LAST = 10**9  #: no offset is larger


def _readable(method: Callable[P, T]) -> Callable[P, T]:
    """Keep a query apart from forks, and give an error of SQLite the house's name."""

    @wraps(method)
    def run(*args: P.args, **options: P.kwargs) -> T:
        try:
            with the_gate():
                return method(*args, **options)
        except sqlite3.Error as error:
            raise Unreadable(f"the catalogue cannot be read: {error}; load it again") from error

    return run


class LoadedCatalogue:
    """The records that were loaded into a directory; satisfies `session.turn.Catalogue`.

    Every method raises `NoSuchKind`, `NoCatalogue` if nothing of the kind is loaded, `Unreadable` if it is damaged.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._readers = {kind: Reader(file_of(directory, kind)) for kind in KINDS}

    def __call__(self, kind: str, query: str, /, **filters: Any) -> Found:
        """Search; `limit`, `offset` and `order` may stand among the filters. Raises `BadFilter`."""
        page = {name: filters.pop(name) for name in ("offset", "limit", "order") if name in filters}
        return self.find(kind, query, filters, **page)

    @_readable
    def find(
        self,
        kind: str,
        query: str = "",
        filters: Mapping[str, Any] | None = None,
        *,
        offset: int = 0,
        limit: int = 10,
        order: str = "",
    ) -> Found:
        """Return the records that meet the filters and have the words of the query, the best first.

        If there are none, the filters are loosened as `Found.relaxed` tells. A filter of None is none. Raises `BadFilter`.
        """
        page = Page(offset=min(max(0, offset), _LAST), limit=min(max(1, limit), _MOST), order=order)
        return self._search(kind).find(query, filters or {}, page)

    @_readable
    def get(self, kind: str, record_id: str) -> Record | None:
        """Return the record with an id."""
        return self._one(kind, "id", record_id)

    @_readable
    def member_by_phone(self, number: str, country: str = "") -> Member | None:
        """Return the member who has a phone number, in whatever form it is written; without + it is one of `country`."""
        try:
            found = self._one("members", "phone", e164(number, country))
        except BadNumber:
            return None
        return found if isinstance(found, Member) else None

    @_readable
    def names(self, kind: str, column: str) -> tuple[str, ...]:
        """Return the distinct values of a column, for example all locations. Raises `BadFilter`."""
        return tuple(dict.fromkeys(self._named(kind, column).values()))

    @_readable
    def aliases(self, kind: str, column: str) -> dict[str, str]:
        """Return every name, aliases included, with the value of the column that it means. Raises `BadFilter`."""
        return self._named(kind, column)

    @_readable
    def known_words(self, kind: str, text: str) -> str:
        """Return the words of a text that stand in any record: worth a search after all else was understood."""
        return self._search(kind).known(text)

    @_readable
    def about(self, kind: str) -> dict[str, str]:
        """Return what is known of the load: source, loaded_at, records, left_out."""
        return dict(self._connection(kind).execute("SELECT name, value FROM about"))

    def stamp(self, kind: str) -> Stamp:
        """Return what changes whenever another file is loaded, for those who keep names in memory."""
        return self._reader(kind).stamp

    def filters(self, kind: str) -> tuple[str, ...]:
        """Return the names of the filters that a kind has."""
        return tuple(kind_named(kind).filters)

    def has_filter(self, kind: str, name: str) -> bool:
        """Whether a kind has a filter of this name or a synonym of it."""
        return kind_named(kind).filter_named(name) is not None

    @_readable
    def close(self) -> None:
        """Close all connections; a later search opens its own again."""
        for reader in self._readers.values():
            reader.close()

    def _named(self, kind: str, column: str) -> dict[str, str]:
        if column not in {field.name for field in kind_named(kind).fields if field.named}:
            raise BadFilter(f"{kind} keep no names of {column!r}")
        sql = "SELECT name, value FROM names WHERE field = ? ORDER BY value, name <> value, name"
        return dict(self._connection(kind).execute(sql, (column,)))

    def _one(self, kind: str, column: str, value: str) -> Record | None:
        fields = selected(kind_named(kind))
        sql = f"SELECT {fields} FROM records r WHERE {column} = ? ORDER BY r.rowid LIMIT 1"  # noqa: S608
        rows: Sequence[Any] = self._connection(kind).execute(sql, (value,)).fetchall()
        return self._search(kind).record(rows[0]) if rows else None

    def _search(self, kind: str) -> Search:
        return Search(kind_named(kind), self._connection(kind))

    def _connection(self, kind: str) -> sqlite3.Connection:
        return self._reader(kind).connection()

    def _reader(self, kind: str) -> Reader:
        return self._readers[kind_named(kind).name]


def open_catalogue(directory: Path | str) -> LoadedCatalogue:
    """Return the catalogue of a directory. Nothing is opened before the first search."""
    return LoadedCatalogue(Path(directory))
