"""The schema of a kind of record: its columns, its filters, and how they are searched. Types only.

The kinds are in `properties` and `members`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from worker.assistants.catalogue.cells import Read, Value, text
from worker.assistants.catalogue.filters import Filter
from worker.assistants.catalogue.records import Record

RecordFields = dict[str, Value | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of an operator's table, and the field of the record that it fills."""

    name: str
    headers: str = ""  #: other headings, separated by commas; upper case, blanks and "_" do not matter
    read: Read = text
    phones: bool = False  #: phone numbers, kept in E.164; reading them needs the operator's country
    required: bool = False
    default: Value | None = None
    #: Files that earlier releases loaded do not have it, and the ids that they made leave it out.
    later: bool = False
    part: str = ""  #: the part of the text index that has its words
    indexed_as: str = "{}"  #: the indexed text of a value
    sql: str = "TEXT"
    #: Filtered by its whole value in any spelling, and listed among the names.
    named: bool = False
    #: Not a field of the record: other names, separated by "|", of the value of that column.
    names_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKind:
    """One kind of record."""

    name: str
    record: type[Record]
    columns: tuple[Column, ...]
    parts: Mapping[str, float]  #: part of the text index -> its weight in the ranking
    #: The part that has the features of a record, see `features`; "" if a kind has none.
    features: str = ""
    indexes: tuple[str, ...]
    filters: Mapping[str, Filter]
    synonyms: Mapping[str, str]  #: other names of filters
    orders: Mapping[str, str]  #: name -> SQL; "" is the default
    #: Filter -> the column of which the value closest to the filter's comes first, if conditions were loosened.
    closest: Mapping[str, str] = field(default_factory=dict)
    #: Words that are indexed with a value: {"property_type": {"apartment": "flat, شقة"}}.
    synonyms_of_values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Columns of which a wish may mean a value in other words, and how the value tells it: {"view": "{} view"}. See `descriptions`.
    meant: Mapping[str, str] = field(default_factory=dict)
    frames: Mapping[str, str] = field(
        default_factory=dict
    )  #: script -> how that is said as a wish: "a place {}"

    @property
    def fields(self) -> tuple[Column, ...]:
        """The columns that are fields of the record."""
        return tuple(column for column in self.columns if not column.names_for)

    @property
    def is_personal(self) -> bool:
        """Whether its records are people: then only the user of the workers may read the file."""
        return any(column.phones for column in self.columns)

    def filter_named(self, name: str) -> str | None:
        """Return the name of a filter, None if there is none; synonyms, upper case and "_" do not matter."""
        known = {_bare(one): one for one in self.filters} | {
            _bare(one): for_ for one, for_ in self.synonyms.items()
        }
        return known.get(_bare(name))


def _bare(name: str) -> str:
    return name.replace("_", "").casefold()
