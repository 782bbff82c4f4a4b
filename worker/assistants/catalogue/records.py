"""What the catalogue holds and what a search returns. Values only."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, overload

from pydantic.alias_generators import to_camel


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """Something to buy or to rent."""

    id: str
    title: str
    title_ar: str | None = None
    property_type: str  #: "apartment", "studio", "villa"…
    location: str  #: the district as people name it
    city: str | None = None
    governorate: str | None = None
    compound: str | None = None
    price: int  #: EGP; for rent: a month
    currency: str = "EGP"
    purpose: str = "sale"  #: "sale" or "rent"
    bedrooms: int | None = None  #: 0 in a studio
    bathrooms: int | None = None
    area: float | None = None  #: square metres
    payment_method: str | None = None  #: "cash", "installments" or "both"
    finishing: str | None = None
    delivery: str | None = None  #: "ready" or a year
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in the directory."""

    id: str
    name: str
    role: str = "member"  #: what a session of this member gets as its role
    profession: str | None = None
    specialty: str | None = None
    city: str | None = None
    locality: str | None = None
    phone: str | None = None  #: E.164
    email: str | None = None
    organisation: str | None = None

    @property
    def user_id(self) -> str:
        """The id, by the name that it has in a session."""
        return self.id


Record = Property | Member


def as_json(record: Record) -> dict[str, Any]:
    """Return a record's fields in camelCase; what is None is left out."""
    return {to_camel(name): value for name, value in asdict(record).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Sequence[Record]):
    """One page of what a search found; a sequence of records, best first."""

    records: tuple[Record, ...] = ()
    total: int = 0  #: on all pages
    offset: int = 0  #: how many come before this page
    #: The filters that were loosened or dropped because nothing met all; "query" is the text.
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
