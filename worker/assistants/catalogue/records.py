"""The records of the catalogue, and the result of a search. Values only."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, overload

from pydantic.alias_generators import to_camel


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyRecord:
    """Something to buy or to rent."""

    id: str
    title: str
    title_ar: str | None = None
    property_type: str  #: "apartment", "studio", "villa"…
    location: str  #: the district as people name it
    city: str | None = None
    governorate: str | None = None
    compound: str | None = None
    price: int  #: EGP; of a rent per month
    currency: str = "EGP"
    purpose: str = "sale"  #: "sale" or "rent"
    bedrooms: int | None = None  #: 0 in a studio
    bathrooms: int | None = None
    area: float | None = None  #: square metres
    payment_method: str | None = None  #: "cash", "installments" or "both"
    finishing: str | None = None
    delivery: str | None = None  #: "ready" or a year
    url: str | None = None
    image: str | None = None  #: a web address, or the path of a file
    floor: int | None = None  #: 0 is the ground floor
    view: str | None = None  #: what it looks at
    down_payment: str | None = None  #: "10%", or whole EGP
    installment_years: int | None = None
    maintenance: int | None = None  #: EGP a year
    coordinates: str | None = None  #: "30.0131,31.4289": latitude and longitude


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRecord:
    """A member of the directory."""

    id: str
    name: str
    role: str = "member"  #: the role of the member in a session
    profession: str | None = None
    specialty: str | None = None
    city: str | None = None
    locality: str | None = None
    phone: str | None = None  #: E.164
    email: str | None = None
    organisation: str | None = None

    @property
    def user_id(self) -> str:
        """The id, under its name in a session."""
        return self.id


Record = PropertyRecord | MemberRecord


def as_json(record: Record) -> dict[str, Any]:
    """Return the fields of a record in camelCase, without those that are None."""
    return {to_camel(name): value for name, value in asdict(record).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult(Sequence[Record]):
    """One page of the records that a search has found, as a sequence, the best first."""

    records: tuple[Record, ...] = ()
    total: int = 0  #: on all pages
    offset: int = 0  #: number of records before this page
    #: The filters that were relaxed or dropped because no record matched all; "query" is the text.
    relaxed: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        return self.records[index]

    @property
    def more(self) -> bool:
        """Whether there is a page after this one."""
        return self.offset + len(self.records) < self.total
