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
    # What is no field of its own is called as the assistant has called it, in the style of JSON as a rule.
    plain = {_CAMEL.sub("_", name).lower(): value for name, value in known.items()}
    order = {name: number for number, name in enumerate(LABELLED)}
    for name in sorted(plain, key=lambda name: (order.get(name, len(order)), name)):
        if value := _shown(plain[name]):
            unit = " EGP" if name in _MONEY else " m²" if name == "area" else ""
            yield (f"fact.{name}" if name in order else name.replace("_", " ").capitalize()), value + unit


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
