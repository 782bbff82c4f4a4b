"""What the customer wants by now: the slots, what a message does to them, the filters that they come to. Pure."""

from collections.abc import Mapping
from typing import Any

from worker.assistants.catalogue.spelling import asked
from worker.assistants.concierge.finishing import finishing_in
from worker.assistants.concierge.names import Names
from worker.assistants.understanding.normal import without_article, words
from worker.assistants.understanding.professions import professions
from worker.assistants.understanding.slots import PASSING, Understanding, changes

Slots = dict[str, Any]

_SLOTS = frozenset(
    "budget budgetMin location orLocation compound propertyType bedrooms bedroomsMax bathrooms bathroomsMax area areaMax "
    "purpose urgency paymentMethod finishing profession name notLocation notPropertyType notProfession".split()
)
_REFUSED = {"location": "notLocation", "propertyType": "notPropertyType", "profession": "notProfession"}
#: These have no bedrooms to be counted.
_ROOMLESS = frozenset({"studio", "office", "land"})
#: Who names no purpose but this many pounds speaks of rent below, of a sale above.
_SURELY_SALE = 250_000
#: A bare number that answers "how much": millions to buy, thousands to rent.
_MOST_MILLIONS = 500
#: Said of a search, but no detail of what is sought.
_IDLE = frozenset(
    words(
        "new good nice great best large big small first building buy house home family wife husband kids budget around near "
        "option options price location city apartment wants still available work works know number details about info "
        "جديد جديده كويس كويسه حلو حلوه اول عماره ليا لينا قريب مراتي عيله ميزانيه سعر مكان منطقه مدينه الدور رقم تفاصيل "
        "kwayes kwayesa 7elw 7elwa gedida gedid budget makan mante2a se3r beit tafasel"
    )
)


def slots_of(known: Mapping[str, Any]) -> Slots:
    """Return the slots among everything that is known of a customer."""
    return {name: value for name, value in known.items() if name in _SLOTS}


def changed(slots: Slots, understood: Understanding, names: Names) -> Slots:
    """Return what a message changes of the slots; None withdraws one."""
    said = {name: value for name, value in understood.entities.items() if name not in PASSING}
    change = changes(slots, understood)
    if finishing := finishing_in(understood.text):
        change["finishing"], _ = finishing
    if "location" in said:
        change["location"] = names.canonical.get(said["location"], said["location"])
        beside = next((place for place in understood.places[1:] if place in names.compounds), None)
        change["compound"] = beside
        change["orLocation"] = _others(understood.places, names) or None
    elif "location" in change:
        change["orLocation"] = None
    if "purpose" in said and said["purpose"] != slots.get("purpose"):
        # What one pays a month says nothing of what one pays at once.
        change |= {name: None for name in ("budget", "budgetMin") if name not in said}
    if said.get("propertyType") in _ROOMLESS:
        change |= {name: None for name in ("bedrooms", "bedroomsMax") if name not in said}
    if "name" in said:
        change |= {name: None for name in ("profession", "location", "orLocation") if name not in said}
    elif "profession" in said:
        change["name"] = None
    for slot, refused in _REFUSED.items():
        own = set(understood.excluded.get(slot, ()))
        if slot not in said and "reset" not in understood.signals:
            own |= set(slots.get(refused, ()))
        left = sorted(own - {said.get(slot)}) if slot == "location" or slot not in said else []
        if left != slots.get(refused, []):
            change[refused] = left or None
    return {name: value for name, value in change.items() if value is not None or name in slots}


def _others(places: tuple[str, ...], names: Names) -> list[str]:
    """Return the places beside the first that are neither in it nor around it: "Maadi or Zamalek"."""
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
    """Return the pounds that a bare number means, said to the question how much; 0 if it means none."""
    if not 0 < number <= _MOST_MILLIONS:
        return 0
    return number * (1_000 if slots.get("purpose") == "rent" else 1_000_000)


def purpose_of(slots: Slots) -> str | None:
    """Return whether somebody wants to buy or to rent, if that is told or can be seen from the budget."""
    if "purpose" in slots:
        return str(slots["purpose"])
    amount = slots.get("budget", slots.get("budgetMin"))
    return None if amount is None else "sale" if amount >= _SURELY_SALE else "rent"


def filters_of(slots: Slots, kind: str) -> Slots:
    """Return the filters of a search for what is wanted."""
    filters = {name: value for name, value in slots.items() if name not in {"urgency", "bathroomsMax"}}
    if others := filters.pop("orLocation", None):
        filters["location"] = [slots["location"], *others]
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
    """Return the slots that the filters of a search were made of."""
    slots = dict(filters)
    for slot, least in (("bedrooms", "bedroomsMin"), ("area", "areaMin")):
        if least in slots:
            slots[slot] = slots.pop(least)
    if isinstance(slots.get("location"), list):
        slots["location"], *slots["orLocation"] = slots["location"]
    if slots.pop("delivery", None) == "ready":
        slots["urgency"] = "now"
    purpose = slots.pop("purpose", None)
    return slots if purpose_of(slots) == purpose or purpose is None else slots | {"purpose": purpose}


def missing(slots: Slots, query: str, kind: str) -> str:
    """Return the slot to ask for before a search makes sense; "start" if nothing is known, "" if nothing is missing."""
    told = {name for name in slots if not name.startswith(("not", "or"))}
    if kind == "members":
        if told & {"profession", "name"} or query:
            return ""
        return "profession" if "location" in told else "start"
    telling = told - {"purpose", "urgency", "paymentMethod", "compound"}
    if not telling and not query:
        return "location" if told else "start"
    if "location" not in telling:
        return "" if len(told) > 2 else "location"  # noqa: PLR2004  (three things describe it well enough)
    return "" if len(told) > 1 or query else "budget"


def rest_of(text: str, understood: Understanding, names: Names) -> str:
    """Return the words of a text in which nothing was understood and that may describe a record."""
    heard = {word for found in understood.trace for word in words(found.words)}
    if finishing := finishing_in(text):
        heard |= set(finishing[1].split())
    if len(understood.places) > 1:
        # Which words told the other places is not in the trace.
        parts = {part for phrase in names.gazetteer.phrases.exact for part in phrase.split()}
        heard |= {word for word in words(text) if word in parts or without_article(word) in parts}
    if "profession" in understood.entities:
        # Another one is the customer's own: "I am a doctor and need a lawyer".
        heard |= {word for word in words(text) if professions().canonical(word)}
    return " ".join(word for word in asked(text) if word not in heard | _IDLE and not word.isdigit())
