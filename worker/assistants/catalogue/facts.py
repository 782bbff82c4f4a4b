"""What the concierge remembers of a customer: the slots of a search for properties, and of one for members."""

from session.facts import KnownFacts


class PropertyFacts(KnownFacts):
    """What a customer looks for in a property."""

    purpose: str | None = None  #: "sale" or "rent"
    property_type: str | None = None
    or_property_type: list[str] | None = None  #: alternatives to the type
    location: str | None = None
    or_location: list[str] | None = None  #: alternatives to the location
    compound: str | None = None
    budget: float | None = None  #: EGP; the value or the maximum
    budget_min: int | float | None = None
    bedrooms: int | None = None  #: the value or the minimum
    bedrooms_max: int | float | None = None
    bathrooms: int | None = None
    bathrooms_max: int | float | None = None
    area: float | None = None  #: square metres; the value or the minimum
    area_max: int | float | None = None
    urgency: str | None = None  #: "now", an ISO 8601 duration, or a month
    payment_method: str | None = None
    finishing: str | None = None
    not_location: list[str] | None = None
    not_property_type: list[str] | None = None


class MemberFacts(KnownFacts):
    """Whom a customer looks for in a directory of members."""

    profession: str | None = None
    or_profession: list[str] | None = None  #: alternatives to the profession
    role: str | None = None  #: the office in the society: "treasurer"
    location: str | None = None
    or_location: list[str] | None = None
    name: str | None = None
    not_location: list[str] | None = None
    not_profession: list[str] | None = None


def facts_about(kind: str) -> type[KnownFacts]:
    """Return the model of the facts for a kind of records."""
    return MemberFacts if kind == "members" else PropertyFacts
