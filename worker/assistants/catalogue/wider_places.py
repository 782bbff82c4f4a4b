"""Searches with fewer conditions: other places than those that no record has, and without the place or the budget."""

from worker.assistants.catalogue.catalogue import LoadedCatalogue
from worker.assistants.catalogue.criteria import Slots, filters_of, merged, purpose_of
from worker.assistants.catalogue.names import Names


def wider_places(
    records: LoadedCatalogue, kind: str, query: str, filters: Slots, names: Names
) -> Slots | None:
    """Return the filters with other places than those asked for; None if these will do."""
    return _without_place(records, kind, query, filters) or _with_known_places(filters, names)


def _without_place(records: LoadedCatalogue, kind: str, query: str, filters: Slots) -> Slots | None:
    """Return the filters without the place, if members match the words elsewhere only; otherwise None."""
    named = filters.keys() & {"profession", "name"}
    if kind != "members" or not query or "location" not in filters or named:
        return None
    if "query" not in records.find(kind, query, filters, limit=1).relaxed:
        return None
    wider = {name: value for name, value in filters.items() if name != "location"}
    found = records.find(kind, query, wider, limit=1)
    return wider if found.total and not found.relaxed else None


def _with_known_places(filters: Slots, names: Names) -> Slots | None:
    """Return the filters with the places around those asked for, if no record has any of them; otherwise None."""
    asked = filters.get("location", [])
    several = [asked] if isinstance(asked, str) else asked
    if not names.canonical.keys().isdisjoint(several):
        return None
    known = list(dict.fromkeys(map(names.known_around, several)))
    return filters | {"location": known} if known != several else None


def without_one(records: LoadedCatalogue, kind: str, query: str, slots: Slots) -> Slots:
    """Return the change of the slots that finds something: without the place or else the budget; none if neither does."""
    for conditions in (("location", "orLocation", "compound"), ("budget", "budgetMin")):
        purpose = {"purpose": purpose_of(slots)} if kind == "properties" else {}
        change: Slots = dict.fromkeys(slots.keys() & conditions) | purpose
        if slots.keys().isdisjoint(conditions):
            continue
        found = records.find(kind, query, filters_of(merged(slots, change), kind), limit=1)
        if found and not found.relaxed:
            return change
    return {}
