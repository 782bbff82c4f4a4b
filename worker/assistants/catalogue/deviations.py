"""What records miss of what was asked for, where conditions were loosened: 22,000 instead of 20,000. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from worker.assistants.catalogue.records import Record

Value = str | float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One filter that was loosened, and what the records have instead."""

    filter: str
    asked: tuple[Value, ...] = ()
    there: tuple[Value, ...] = ()  #: different values, empty if they say nothing
    bound: Literal["", "max", "min"] = ""  #: whether the value of the records is a bound


_Choose = Callable[[Collection[float]], float]
#: Filter -> the field that it is about, and which value of several records counts.
_BOUNDS: Mapping[str, tuple[str, _Choose]] = {
    "budget": ("price", max),
    "budgetMin": ("price", min),
    "bathrooms": ("bathrooms", min),
    "bedroomsMin": ("bedrooms", min),
    "bedroomsMax": ("bedrooms", max),
    "area": ("area", min),
    "areaMin": ("area", min),
    "areaMax": ("area", max),
}
_FIELDS = {"bedrooms": "bedrooms", "propertyType": "property_type", "location": "location", "city": "city"}
#: So many values are named.
_MOST = 3


def deviations(
    relaxed: Sequence[str], asked: Mapping[str, Any], records: Sequence[Record]
) -> Iterator[Deviation]:
    """Yield how far records are from the filters that were loosened, the greatest deviation first.

    `asked` are the filters as they were asked for.
    """
    for name in relaxed:
        wanted = asked.get(name, asked.get("location") if name == "city" else None)
        values = (wanted,) if isinstance(wanted, str | int | float) else tuple(wanted or ())
        if not values:
            yield Deviation(filter=name)
        elif name in _BOUNDS:
            field, choose = _BOUNDS[name]
            there = [value for record in records if (value := getattr(record, field, None)) is not None]
            bound: Literal["max", "min"] = "max" if choose is max else "min"
            yield Deviation(filter=name, asked=values, there=(choose(there),) if there else (), bound=bound)
        else:
            found = dict.fromkeys(getattr(record, _FIELDS.get(name, ""), None) for record in records)
            others = [value for value in found if value is not None and value not in values]
            yield Deviation(filter=name, asked=values, there=tuple(others) if len(others) <= _MOST else ())
