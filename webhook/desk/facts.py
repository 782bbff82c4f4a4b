"""What is known of a customer, as names and values that a person reads. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from session.models import Session

#: Fields that have a name in the catalogue of words, in the order in which they are shown.
LABELLED = (
    "purpose",
    "property_type",
    "location",
    "budget",
    "budget_min",
    "bedrooms",
    "bathrooms",
    "area",
    "urgency",
    "payment_method",
)
_MONEY = frozenset({"budget", "budget_min"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def facts(session: Session) -> Iterator[tuple[str, str]]:
    """Yield name and value; a name with "fact." before it is one of the catalogue of words, others stand for themselves.

    What has a structure is an assistant's own business, and left out.
    """
    known = session.context.extracted_info.model_dump(exclude_none=True)
    names = sorted(
        known, key=lambda name: (LABELLED.index(name) if name in LABELLED else len(LABELLED), name)
    )
    for name in names:
        if value := _shown(known[name]):
            unit = " EGP" if name in _MONEY else " m²" if name == "area" else ""
            yield (f"fact.{name}" if name in LABELLED else _spelled(name)), value + unit


def _shown(value: Any) -> str:
    match value:
        case bool():
            return "✓" if value else "✗"
        case int() | float():
            return f"{value:,.0f}" if value == int(value) else f"{value:,}"
        case str():
            return value.strip()
        case list() | tuple() if all(isinstance(one, str | int | float) for one in value):
            return ", ".join(map(str, value))
    return ""


def _spelled(name: str) -> str:
    return _CAMEL.sub(" ", name).replace("_", " ").strip().capitalize()
