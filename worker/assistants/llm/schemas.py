"""The schemas of the tools of a model: the arguments of a search, and the answer. Values only.

Slots have the same names and types as in the session; additional fields of a model are ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from worker.assistants.understanding.slots import Domain

ShortText = Annotated[str, Field(max_length=80)]
Egp = Annotated[float, Field(gt=0, le=1e12)]
SquareMetres = Annotated[float, Field(gt=0, le=1e7)]
Rooms = Annotated[int, Field(ge=0, le=50)]
PropertyType = Literal[
    "apartment",
    "studio",
    "duplex",
    "penthouse",
    "villa",
    "townhouse",
    "twinhouse",
    "chalet",
    "office",
    "shop",
    "land",
]
#: Records on a page, and in an answer.
PAGE = 5
_LAST_PAGE = 20


class _Value(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    def given(self) -> dict[str, Any]:
        """Return the fields with a value, under their names in the session."""
        return self.model_dump(by_alias=True, exclude_none=True)


class PropertySlots(_Value):
    """What a customer looks for in a property."""

    purpose: Literal["sale", "rent"] | None = None
    property_type: PropertyType | None = None
    location: ShortText | None = Field(
        None, description="district, compound or city, as the customer names it"
    )
    budget: Egp | None = Field(
        None, description="EGP; the value or the maximum, in full: 3 million is 3000000"
    )
    budget_min: Egp | None = None
    bedrooms: Rooms | None = None
    bathrooms: Rooms | None = None
    area: SquareMetres | None = Field(None, description="square metres; the value or the minimum")
    area_max: SquareMetres | None = None
    payment_method: Literal["cash", "installments"] | None = None
    urgency: str | None = Field(
        None,
        pattern=r"^(now|P\d{1,3}[DWMY]|\d{4}-\d{2})$",
        description="now, P3M (in three months), 2027-03",
    )


class MemberSlots(_Value):
    """Whom a customer looks for in the directory."""

    profession: ShortText | None = None
    location: ShortText | None = Field(None, description="city")
    name: ShortText | None = None


class _Paged(_Value):
    words: str = Field("", max_length=100, description="other words to look for, seldom needed")
    page: int = Field(1, ge=1, le=_LAST_PAGE)


class PropertySearch(PropertySlots, _Paged):
    """What to search for among the properties."""

    not_location: ShortText | None = Field(None, description="a place that is not wanted")
    order: Literal["", "price", "-price", "area", "-area"] = ""


class MemberSearch(MemberSlots, _Paged):
    """What to search for in the directory."""

    order: Literal["", "name"] = ""


SearchArguments = PropertySearch | MemberSearch
PropertySlot = Literal[
    "purpose",
    "propertyType",
    "location",
    "budget",
    "bedrooms",
    "bathrooms",
    "area",
    "paymentMethod",
    "urgency",
]
MemberSlot = Literal["profession", "location", "name"]


class Reminder(_Value):
    """What you come back to the customer with."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    at: datetime = Field(description="local time: 2027-03-04T10:00")
    text: Annotated[str, Field(max_length=500)] = Field(description="one sentence, about what")


class ModelAnswer(_Value):
    """What the customer is told; the program prints the records, with prices or contacts, below the text."""

    text: str = Field(description="one or two short sentences, or one short question")
    records: tuple[str, ...] = Field((), description=f"ids of at most {PAGE} records, the best first")
    contacts: bool = Field(
        default=False, description="whether the contact details of these records were asked for"
    )
    hand_over: Annotated[str, Field(max_length=2000)] = Field(
        "",
        description="only if a colleague, a person, must answer: why, in one line for the colleague; else empty",
    )
    intent: str
    learned: PropertySlots | MemberSlots
    withdrawn: tuple[str, ...]
    remind_later: Annotated[tuple[Reminder, ...], Field(max_length=3)] = Field(
        (), description="only if the customer wants to hear from you at a later time"
    )
    cancel_reminders: Annotated[tuple[ShortText, ...], Field(max_length=10)] = Field(
        (), description="names of reminders that are not wanted any more"
    )


class PropertyAnswer(ModelAnswer):
    """Use this to answer the customer."""

    intent: Literal["find_property", "show_contact", "more", "greeting", "other"]
    learned: PropertySlots = Field(
        default_factory=PropertySlots, description="only what the newest message told"
    )
    withdrawn: tuple[PropertySlot, ...] = Field((), description="what the newest message took back")


class MemberAnswer(ModelAnswer):
    """Use this to answer the customer."""

    intent: Literal["find_member", "show_contact", "more", "greeting", "other"]
    learned: MemberSlots = Field(default_factory=MemberSlots, description="only what the newest message told")
    withdrawn: tuple[MemberSlot, ...] = Field((), description="what the newest message took back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The tools of a model for one kind of record."""

    search: type[SearchArguments]
    answer: type[ModelAnswer]
    slots: frozenset[str]
    domain: Domain
    topic: str


#: Kind of records -> its tools.
FORMS: Mapping[str, Form] = {
    "properties": Form(
        search=PropertySearch,
        answer=PropertyAnswer,
        slots=frozenset(field.alias or name for name, field in PropertySlots.model_fields.items()),
        domain="property",
        topic="properties in Egypt, to buy or to rent",
    ),
    "members": Form(
        search=MemberSearch,
        answer=MemberAnswer,
        slots=frozenset(field.alias or name for name, field in MemberSlots.model_fields.items()),
        domain="member",
        topic="the members of an association, with their professions and cities",
    ),
}
