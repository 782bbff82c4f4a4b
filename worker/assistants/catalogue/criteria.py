"""What the customer looks for: the slots, how a message changes them, and the filters of a search. Pure."""

from collections.abc import Mapping
from typing import Any

from worker.assistants.catalogue.facts import facts_about
from worker.assistants.catalogue.names import Names
from worker.assistants.understanding.slots import PASSING, Understanding, changes

Slots = dict[str, Any]

_REFUSED = {"location": "notLocation", "propertyType": "notPropertyType", "profession": "notProfession"}
#: Types without bedrooms.
_ROOMLESS = frozenset({"studio", "office", "land"})
#: A budget without a purpose: below this many pounds it is for a rent, from here on for a purchase.
_SURELY_SALE = 250_000
#: A bare number as the answer to "how much": millions for a purchase, thousands for a rent.
_MOST_MILLIONS = 500


def slots_of(known: Mapping[str, Any], kind: str) -> Slots:
    """Return the slots of a kind of records among all known facts about a customer.

    Those of another kind are left out: the customer may write to two lines of the business.
    """
    slots = {field.alias for field in facts_about(kind).model_fields.values()}
    return {name: value for name, value in known.items() if name in slots}


def changed(slots: Slots, understood: Understanding, names: Names) -> Slots:
    """Return what a message changes of the slots; None withdraws one."""
    said = {name: value for name, value in understood.entities.items() if name not in PASSING}
    change = changes(slots, understood)
    if understood.role:
        said["role"] = change["role"] = understood.role
    if "location" in said:
        change |= _places(understood, names)
    change |= _several(understood, said)
    if "also" in understood.signals:
        change |= _besides(change, slots)
    withdrawn = {slot for slot, others in _GONE_WITH.items() if slot in change for slot in others}
    withdrawn |= {slot for rule in _RULES for slot in rule(said, slots)}
    if "pronoun" in understood.signals:
        # "Any lawyers among them?"
        withdrawn -= {
            "role",
            "profession",
            "orProfession",
            *(("location", "orLocation") if "role" in said else ()),
        }
    change |= dict.fromkeys(withdrawn - said.keys() - change.keys())
    change |= _refusals(said, understood, slots)
    return {name: value for name, value in change.items() if value is not None or name in slots}


#: What no longer counts once another slot has changed or gone.
_GONE_WITH = {
    "location": ("orLocation", "compound"),
    "propertyType": ("orPropertyType",),
    "profession": ("orProfession",),
}
#: A slot, and the one with the alternatives to its value.
_ALTERNATIVES = {
    "location": "orLocation",
    "propertyType": "orPropertyType",
    "profession": "orProfession",
}


def _several(understood: Understanding, said: Slots) -> Slots:
    """Return the alternatives that a message names itself: "a penthouse or a duplex"."""
    named = {"propertyType": understood.types, "profession": understood.professions}
    return {
        _ALTERNATIVES[slot]: [value for value in values if value != said[slot]] or None
        for slot, values in named.items()
        if slot in said
    }


def _besides(change: Slots, slots: Slots) -> Slots:
    """Return a change that keeps what was looked for before beside the new: "Indiranagar also"."""
    both: Slots = {}
    for slot, others in _ALTERNATIVES.items():
        if change.get(slot) is not None and slot in slots:
            before = [slots[slot], *slots.get(others, ())]
            after = [change[slot], *(change.get(others) or ())]
            both |= {
                slot: before[0],
                others: [one for one in dict.fromkeys([*before, *after]) if one != before[0]],
            }
    return both


def _with_purpose(said: Slots, slots: Slots) -> tuple[str, ...]:
    # A monthly rent and a purchase price are not comparable.
    return (
        ("budget", "budgetMin") if said.get("purpose", slots.get("purpose")) != slots.get("purpose") else ()
    )


def _with_type(said: Slots, slots: Slots) -> tuple[str, ...]:
    if said.get("bedrooms") and "propertyType" not in said and slots.get("propertyType") == "studio":
        return ("propertyType", "orPropertyType")  # "one bedroom then"
    return ("bedrooms", "bedroomsMax") if said.get("propertyType") in _ROOMLESS else ()


def _with_member(said: Slots, slots: Slots) -> tuple[str, ...]:  # noqa: ARG001  (the signature of all rules)
    if "name" in said:
        return ("profession", "orProfession", "role", "location", "orLocation")
    if "role" in said:
        # A role is asked of all, unless a place is named with it.
        return ("name", "profession", "orProfession", "location", "orLocation")
    return ("name", "role") if "profession" in said else ()


#: What a message withdraws by what it says besides.
_RULES = (_with_purpose, _with_type, _with_member)


def _places(understood: Understanding, names: Names) -> Slots:
    """Return the slots of the places that a message names."""
    place = understood.entities["location"]
    return {
        "location": names.canonical.get(place, place),
        "compound": next((beside for beside in understood.places[1:] if beside in names.compounds), None),
        "orLocation": _others(understood.places, names) or None,
    }


def _refusals(said: Slots, understood: Understanding, slots: Slots) -> Slots:
    """Return what changes of the values that are not wanted: they hold until the slot gets a value."""
    change: Slots = {}
    for slot, refused in _REFUSED.items():
        own = set(understood.excluded.get(slot, ()))
        if slot not in said and "reset" not in understood.signals:
            own |= set(slots.get(refused, ()))
        # "Doctors, but no dentists": a wider value has narrower ones that are not wanted. A type has none.
        left = sorted(own - {said.get(slot)}) if slot != "propertyType" or slot not in said else []
        if left != slots.get(refused, []):
            change[refused] = left or None
    return change


def _others(places: tuple[str, ...], names: Names) -> list[str]:
    """Return the places that are alternatives to the first, neither inside nor around it: "Maadi or Zamalek"."""
    known, gazetteer = names.gazetteer.places, names.gazetteer
    first = known.get(places[0]) if places else None
    found = [known[name] for name in places[1:] if name in known]
    return [
        names.canonical.get(other.name, other.name)
        for other in found
        if first is not None
        and other.kind != "compound"
        and other.name not in names.compounds
        and not gazetteer.within(other, first)
        and not gazetteer.within(first, other)
    ]


def merged(slots: Slots, change: Mapping[str, Any]) -> Slots:
    """Return the slots after a change."""
    return {name: value for name, value in {**slots, **change}.items() if value is not None}


def budget_of(number: int, slots: Slots) -> int:
    """Return the pounds that a bare number stands for, as the answer to "how much"; 0 if it is not an amount."""
    if not 0 < number <= _MOST_MILLIONS:
        return 0
    return number * (1_000 if slots.get("purpose") == "rent" else 1_000_000)


def purpose_of(slots: Slots) -> str | None:
    """Return "sale" or "rent", as stated or as the budget suggests; None if neither is known."""
    if "purpose" in slots:
        return str(slots["purpose"])
    amount = slots.get("budget", slots.get("budgetMin"))
    return None if amount is None else "sale" if amount >= _SURELY_SALE else "rent"


#: What a number without a unit may count, and in what.
_COUNTED, _SCALES = ("bedrooms", "budget", "bathrooms", "area"), (1, 1_000, 1_000_000)


def corrected(slots: Slots, old: int, new: int) -> Slots:
    """Return the change of the slot that has a number, also in thousands or millions; none if no slot has it."""
    found = (
        (slot, scale) for slot in _COUNTED for scale in _SCALES if old and slots.get(slot) == old * scale
    )
    return next(({slot: new * scale} for slot, scale in found), {})


def filters_of(slots: Slots, kind: str) -> Slots:
    """Return the filters of a search for these slots."""
    filters = {name: value for name, value in slots.items() if name not in {"urgency", "bathroomsMax"}}
    for slot, alternatives in _ALTERNATIVES.items():
        others = filters.pop(alternatives, None)
        if others and slot in slots:
            filters[slot] = [slots[slot], *others]
    if kind != "properties":
        return filters
    filters["purpose"] = purpose_of(slots)
    if "bedroomsMax" in slots and "bedrooms" in slots:
        filters["bedroomsMin"] = filters.pop("bedrooms")
    if "area" in slots and "areaMax" in slots:
        filters["areaMin"] = filters.pop("area")
    if slots.get("urgency") == "now" and filters["purpose"] != "rent":
        filters["delivery"] = "ready"
    return {name: value for name, value in filters.items() if value is not None}


def slots_in(filters: Mapping[str, Any]) -> Slots:
    """Return the slots from which the filters of a search were made."""
    slots = dict(filters)
    for slot, least in (("bedrooms", "bedroomsMin"), ("area", "areaMin")):
        if least in slots:
            slots[slot] = slots.pop(least)
    for slot, alternatives in _ALTERNATIVES.items():
        if isinstance(slots.get(slot), list):
            slots[slot], *slots[alternatives] = slots[slot]
    if slots.pop("delivery", None) == "ready":
        slots["urgency"] = "now"
    purpose = slots.pop("purpose", None)
    return slots if purpose_of(slots) == purpose or purpose is None else slots | {"purpose": purpose}


def missing(slots: Slots, query: str, kind: str) -> str:
    """Return the slot to ask for before searching; "start" if nothing is known, "" if a search is possible."""
    told = {name for name in slots if not name.startswith(("not", "or"))}
    if kind == "members":
        if told & {"profession", "name", "role"} or query:
            return ""
        return "profession" if "location" in told else "start"
    telling = told - {"purpose", "urgency", "paymentMethod", "compound"}
    if not telling and not query:
        return "location" if told else "start"
    if "location" not in telling:
        return "" if len(told) > 2 else "location"  # noqa: PLR2004  (three slots describe it well enough)
    return "" if len(told) > 1 or query else "budget"
