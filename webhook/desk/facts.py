"""What is known of a customer, as names and values that a person reads. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from session.models import Session
from webhook.desk.words import Words

#: Fields that have a name in the catalogue of words, in the order in which they are shown.
LABELLED = (
    "purpose",
    "property_type",
    "location",
    "or_location",
    "compound",
    "budget",
    "budget_min",
    "bedrooms",
    "bedrooms_max",
    "bathrooms",
    "bathrooms_max",
    "area",
    "area_max",
    "finishing",
    "profession",
    "name",
    "urgency",
    "payment_method",
    "not_property_type",
    "not_location",
    "not_profession",
)
_UNITS = {"budget": "money", "budget_min": "money", "area": "area", "area_max": "area"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def facts(session: Session, words: Words) -> Iterator[tuple[str, str]]:
    """Yield name and value in words; a name that the catalogue does not have is shown as the assistant has called it.

    What has a structure is an assistant's own business, and left out.
    """
    known = session.context.extracted_info.model_dump(exclude_none=True)
    # What is no field of its own is called as the assistant has called it, in the style of JSON as a rule.
    plain = {_CAMEL.sub("_", name).lower(): value for name, value in known.items()}
    order = {name: number for number, name in enumerate(LABELLED)}
    for name in sorted(plain, key=lambda name: (order.get(name, len(order)), name)):
        if value := _shown(plain[name], name.removeprefix("not_"), words):
            label = words(f"fact.{name}") if name in order else name.replace("_", " ").capitalize()
            yield label, words(f"unit.{_UNITS[name]}", value=value) if name in _UNITS else value


def _shown(value: Any, kind: str, words: Words) -> str:
    match value:
        case bool():
            return "✓" if value else "✗"
        case int() | float():
            return f"{value:,.0f}" if value == int(value) else f"{value:,}"
        case str():
            return words.value(kind, value.strip())
        case list() | tuple() if all(isinstance(one, str | int | float) for one in value):
            return words("comma").join(words.value(kind, str(one)) for one in value)
    return ""
