"""Summarises in one line what is looked for, "3-bedroom apartment in New Cairo up to 3,000,000 EGP", or offered. Pure."""

from collections.abc import Callable
from typing import Any

from worker.assistants.catalogue.criteria import Slots, purpose_of
from worker.assistants.catalogue.deviations import Deviation
from worker.assistants.catalogue.names import Names, profession
from worker.assistants.concierge.dialogue import OwnerDraft
from worker.assistants.understanding.professions import plural
from worker.assistants.wording.phrasebook import Speech

_LONGEST = 200


def describe(slots: Slots, query: str, kind: str, speech: Speech, names: Names) -> str:
    """Return the summary of the criteria in the customer's language."""
    said = (_member if kind == "members" else _property)(slots, speech, names)
    if query:
        said.append(speech.words.parts["query"].format(query=query))
    return " ".join(part for part in said if part)[:_LONGEST]


def offered(draft: OwnerDraft, speech: Speech, names: Names) -> str:
    """Return what an owner offers, as the owner reads it."""
    price = "price.rent" if draft.lets else "price"
    told = [
        speech.words.types.get(draft.type, draft.type),
        names.place(draft.place, speech.language),
        speech.say("metres", area=f"{draft.area:,.10g}") if draft.area else "",
        speech.say(price, amount=f"{draft.price:,.0f}", currency=speech.term("EGP")) if draft.price else "",
    ]
    return speech.comma.join(filter(None, told))


def offered_for_agents(draft: OwnerDraft) -> str:
    """Return what the desk reads: "owner sells: apartment, Dokki, 120 m², 3,500,000 EGP, call +20..."."""
    said = [
        draft.type,
        draft.place,
        f"{draft.area:,.10g} m²" if draft.area else "",
        f"{draft.bedrooms} bedrooms" if draft.bedrooms else "",
        draft.finishing,
        f"{draft.price:,.0f} EGP{' a month' if draft.lets else ''}" if draft.price else "",
        f'"{draft.notes}"' if draft.notes else "",
        f"call {draft.number}" if draft.number else "",
    ]
    return f"owner {'rents out' if draft.lets else 'sells'}: {', '.join(filter(None, said))}"


def examples(names: Names, speech: Speech) -> dict[str, str]:
    """Return what any sentence may name: places and professions that are in the records."""
    own, language = "Bangalore" if names.domain == "member" else "New Cairo", speech.language
    places = [names.place(name, language) for name in names.places] or [own]
    jobs = [profession(name, language, several=language == "en") for name in names.professions] or ["doctors"]
    professions = ", ".join(jobs)
    return {
        "place": places[0],
        "places": speech.comma.join(places),
        "profession": jobs[0],
        "professions": professions,
    }


def loosened(missed: Deviation, speech: Speech, names: Names) -> str:
    """Return what was loosened and how far: "the budget (up to 22,000 instead of 20,000)"."""
    called = speech.words.relaxed.get(missed.filter, missed.filter)
    if not missed.there:
        return called

    def told(value: str | float) -> str:
        if isinstance(value, str):
            return speech.words.types.get(value) or names.place(value, speech.language)
        return f"{value:,.0f}"

    either = speech.words.parts["or"]
    asked, there = (either.join(map(told, values)) for values in (missed.asked, missed.there))
    instead = speech.words.parts[f"instead.{missed.bound}" if missed.bound else "instead"]
    return f"{called} ({instead.format(asked=asked, there=there)})"


def _member(slots: Slots, speech: Speech, names: Names) -> list[str]:
    parts = speech.words.parts
    who = slots.get("name") or ""
    if job := slots.get("profession"):
        jobs = [
            profession(one, speech.language, several=True) for one in [job, *slots.get("orProfession", ())]
        ]
        called = parts["or"].join(jobs)
        who = f"{who}, {called}" if who else called
    elif role := slots.get("role"):
        called = speech.term(role)
        who = plural(called) if speech.language != "ar" and called == role else called
    said = [who or parts["members"]]
    said.append(_location(slots, speech, names))
    refused = [names.place(name, speech.language) for name in slots.get("notLocation", ())]
    refused += [profession(name, speech.language, several=True) for name in slots.get("notProfession", ())]
    if refused:
        said.append(parts["not"].format(names=speech.listed(refused)))
    return said


def _property(slots: Slots, speech: Speech, names: Names) -> list[str]:
    wordings: dict[str, Callable[[Slots, Speech, Names], str]] = {
        "type": _type,
        "bedrooms": lambda slots, speech, _: _rooms("bedrooms", "bedrooms", slots, speech),
        "bathrooms": lambda slots, speech, _: _bathrooms(slots, speech),
        "finishing": lambda slots, speech, _: speech.term(slots.get("finishing", "")),
        "location": _location,
        "compound": lambda slots, speech, _: _part(speech, "compound", compound=slots.get("compound")),
        "budget": _budget,
        "area": _area,
        "not": _refused,
    }
    said = [wordings[part](slots, speech, names) for part in speech.words.parts if part in wordings]
    parts = speech.words.parts
    purpose = slots.get("purpose") or ("rent" if purpose_of(slots) == "rent" else "")
    at = 2 + (list(parts).index("finishing") < list(parts).index("rent"))
    said.insert(at, parts.get(purpose, ""))
    said.append(parts.get(slots.get("paymentMethod", ""), ""))
    said.append(parts["ready"] if slots.get("urgency") == "now" else "")
    return said


def _part(speech: Speech, name: str, **values: Any) -> str:
    return speech.words.parts[name].format(**values) if all(values.values()) else ""


def _type(slots: Slots, speech: Speech, names: Names) -> str:  # noqa: ARG001  (the signature of all parts)
    kinds = [slots.get("propertyType", ""), *slots.get("orPropertyType", ())]
    return speech.words.parts["or"].join(speech.words.types.get(kind, kind) for kind in kinds)


def _rooms(name: str, counted: str, slots: Slots, speech: Speech) -> str:
    low, high = slots.get(name), slots.get(f"{name}Max")
    if low is not None and high is not None and high > low:
        return speech.span(counted, low, high)
    number = low if low is not None else high
    return speech.counted(counted, int(number)) if number else ""


def _bathrooms(slots: Slots, speech: Speech) -> str:
    return _part(speech, "bathrooms", bathrooms=_rooms("bathrooms", "baths", slots, speech))


def _location(slots: Slots, speech: Speech, names: Names) -> str:
    if "location" not in slots:
        return ""
    several = [slots["location"], *slots.get("orLocation", ())]
    places = [names.place(place, speech.language) for place in several]
    return _part(speech, "location", location=speech.words.parts["or"].join(places))


def _budget(slots: Slots, speech: Speech, names: Names) -> str:  # noqa: ARG001
    low, high = slots.get("budgetMin"), slots.get("budget")
    parts = speech.words.parts
    month = f" {parts['month']}" if purpose_of(slots) == "rent" else ""
    return _ends(speech, low, high, names=("budgetMin", "budget", "budgets")) + (month if low or high else "")


def _area(slots: Slots, speech: Speech, names: Names) -> str:  # noqa: ARG001
    return _ends(speech, slots.get("area"), slots.get("areaMax"), names=("area", "areaMax", "areas"))


def _ends(speech: Speech, low: float | None, high: float | None, *, names: tuple[str, str, str]) -> str:
    parts, (least, most, both) = speech.words.parts, names
    if low and high:
        return parts[both].format(low=f"{low:,.0f}", high=f"{high:,.0f}")
    if high:
        return parts[most].format(amount=f"{high:,.0f}")
    return parts[least].format(amount=f"{low:,.0f}") if low else ""


def _refused(slots: Slots, speech: Speech, names: Names) -> str:
    refused = [names.place(name, speech.language) for name in slots.get("notLocation", ())]
    refused += [speech.words.types.get(name, name) for name in slots.get("notPropertyType", ())]
    return _part(speech, "not", names=speech.listed(refused)) if refused else ""
