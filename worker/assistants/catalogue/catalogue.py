"""The catalogue, as assistants and the rest of the worker use it. Thread-safe."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from session.phones import BadNumber, e164
from worker.assistants.catalogue.connections import Connections, FileStamp, fork_gate
from worker.assistants.catalogue.errors import BadFilter, UnreadableCatalogue
from worker.assistants.catalogue.kinds import KINDS, file_of, kind_named
from worker.assistants.catalogue.records import MemberRecord, Record, SearchResult
from worker.assistants.catalogue.search import PageRequest, RecordSearch
from worker.assistants.catalogue.tables import selected
from worker.assistants.catalogue.vectors import Nearness, embedder_of

if TYPE_CHECKING:
    from worker.assistants.semantic.meaning import Meaning

P = ParamSpec("P")
T = TypeVar("T")

_MOST = 100  #: records on a page
_LAST = 10**9  #: the largest offset


def _readable(method: Callable[P, T]) -> Callable[P, T]:
    """Run a method with no fork at the same time, and turn errors of SQLite into `UnreadableCatalogue`."""

    @wraps(method)
    def run(*args: P.args, **options: P.kwargs) -> T:
        try:
            with fork_gate():
                return method(*args, **options)
        except sqlite3.Error as error:
            raise UnreadableCatalogue(
                f"the catalogue cannot be read ({error}); load it again with inturn catalogue load"
            ) from error

    return run


class LoadedCatalogue:
    """The records that were loaded into a directory; a `session.turn.Catalogue`.

    With `meaning` they are found by what a text means too, if they were loaded with the same model.

    Every method raises `NoSuchKind` for an unknown kind, `NoCatalogue` if nothing of the kind is loaded, and
    `UnreadableCatalogue` if its file is damaged.
    """

    def __init__(self, directory: Path, meaning: "Meaning | None" = None) -> None:
        self.directory = directory
        self._nearness = {name: Nearness(meaning) for name in KINDS}
        self._connections = {
            name: Connections(file_of(directory, name), kind) for name, kind in KINDS.items()
        }

    def __call__(self, kind: str, query: str, /, **filters: Any) -> SearchResult:
        """Search as `find` does; `limit`, `offset` and `order` are given among the filters. Raises `BadFilter`."""
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
    ) -> SearchResult:
        """Return the records that match the filters and contain the words of the query, the best first.

        If there are none, filters are relaxed, and `SearchResult.relaxed` says which. A filter with the value None is
        ignored. Raises `BadFilter`.
        """
        page = PageRequest(offset=min(max(0, offset), _LAST), limit=min(max(1, limit), _MOST), order=order)
        return self._search(kind).find(query, filters or {}, page)

    @_readable
    def news(
        self, kind: str, query: str, filters: Mapping[str, Any], *, since: str, limit: int = 10
    ) -> SearchResult:
        """Return the records that match everything and are new, or cheaper, since a load, named by its `loaded_at`.

        Raises `BadFilter`.
        """
        return self._search(kind).news(query, filters, since, limit)

    @_readable
    def dropped(self, kind: str, record_id: str, *, since: str) -> bool:
        """Return whether a record has become cheaper since a load."""
        return self._search(kind).dropped(record_id, since)

    @_readable
    def get(self, kind: str, record_id: str) -> Record | None:
        """Return the record with an id, None if there is none."""
        return self._one(kind, "id", record_id)

    @_readable
    def member_by_phone(self, number: str, country: str = "") -> MemberRecord | None:
        """Return the member with a phone number in any spelling, None if there is none.

        A number without "+" is taken as one of `country` (ISO 3166-1).
        """
        try:
            found = self._one("members", "phone", e164(number, country))
        except BadNumber:
            return None
        return found if isinstance(found, MemberRecord) else None

    @_readable
    def names(self, kind: str, column: str) -> tuple[str, ...]:
        """Return the distinct values of a column, for example all locations. Raises `BadFilter`."""
        return tuple(dict.fromkeys(self._named(kind, column).values()))

    @_readable
    def aliases(self, kind: str, column: str) -> dict[str, str]:
        """Return every name, aliases included, with the value of the column that it stands for. Raises `BadFilter`."""
        return self._named(kind, column)

    @_readable
    def known_words(self, kind: str, text: str) -> str:
        """Return those words of a text that occur in any record: only these are worth a search."""
        return self._search(kind).known(text)

    @_readable
    def nearness(self, kind: str, text: str) -> float:
        """Return how near the nearest description of a record is to what a text means, see `SURE`; 0 without a model."""
        return max(self._search(kind).near(text).values(), default=0.0)

    @_readable
    def embedder(self, kind: str) -> str:
        """Return the name of the model that made the vectors of a kind; "" if there are none."""
        return embedder_of(self._connection(kind))

    @_readable
    def about(self, kind: str) -> dict[str, str]:
        """Return the facts about the load: source, loaded_at, records, left_out."""
        return dict(self._connection(kind).execute("SELECT name, value FROM about"))

    def stamp(self, kind: str) -> FileStamp:
        """Return a value that changes with every load, for callers that cache names."""
        return self._connections_of(kind).stamp

    def filters(self, kind: str) -> tuple[str, ...]:
        """Return the names of the filters of a kind."""
        return tuple(kind_named(kind).filters)

    def has_filter(self, kind: str, name: str) -> bool:
        """Whether a kind has a filter of this name or a synonym of it."""
        return kind_named(kind).filter_named(name) is not None

    @_readable
    def close(self) -> None:
        """Close all connections; a later search opens them again."""
        for reader in self._connections.values():
            reader.close()

    def _named(self, kind: str, column: str) -> dict[str, str]:
        if column not in {field.name for field in kind_named(kind).fields if field.named}:
            raise BadFilter(f"the column {column!r} of {kind} has no names to list")
        sql = "SELECT name, value FROM names WHERE field = ? ORDER BY value, name <> value, name"
        return dict(self._connection(kind).execute(sql, (column,)))

    def _one(self, kind: str, column: str, value: str) -> Record | None:
        fields = selected(kind_named(kind))
        sql = f"SELECT {fields} FROM records r WHERE {column} = ? ORDER BY r.rowid LIMIT 1"  # noqa: S608
        rows: Sequence[Any] = self._connection(kind).execute(sql, (value,)).fetchall()
        return self._search(kind).record(rows[0]) if rows else None

    def _search(self, kind: str) -> RecordSearch:
        connection, stamp = self._connections_of(kind).opened()
        nearness = self._nearness[kind_named(kind).name]
        return RecordSearch(kind_named(kind), connection, partial(nearness.of, connection, stamp))

    def _connection(self, kind: str) -> sqlite3.Connection:
        return self._connections_of(kind).connection()

    def _connections_of(self, kind: str) -> Connections:
        return self._connections[kind_named(kind).name]


def open_catalogue(directory: Path | str, meaning: "Meaning | None" = None) -> LoadedCatalogue:
    """Return the catalogue of a directory. Its files are opened by the first search."""
    return LoadedCatalogue(Path(directory), meaning)
