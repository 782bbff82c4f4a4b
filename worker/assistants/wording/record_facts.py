"""What a record says about each thing that customers ask for, in words: one function for each act of asking. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from worker.assistants.catalogue import MemberRecord, PropertyRecord
from worker.assistants.catalogue.names import Names, profession
from worker.assistants.understanding.concepts import mentioned_in
from worker.assistants.wording.phrasebook import Speech

#: What a title only hints at: "near the metro".
_NEVER_LISTED = frozenset({"distance", "currency", "yield"})
#: Returns the words for a record in a language; "" if the record does not say.
Fact = Callable[[Any, Speech, Names], str]


def price(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001  (the signature of all facts)
    """Return the price with its currency, of a rent per month."""
    return _money(record, record.price, speech)


def per_metre(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    """Return the price of a square metre."""
    return _money(record, round(record.price / record.area), speech) if record.area else ""


def area(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    """Return the area in square metres."""
    return speech.say("metres", area=f"{record.area:,.0f}") if record.area else ""


def floor(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    """Return the floor."""
    return speech.term("ground") if record.floor == 0 else _number(record.floor)


def on_floor(record: PropertyRecord, speech: Speech, names: Names) -> str:
    """Return the floor with the word for it."""
    said = floor(record, speech, names)
    return speech.say("on.floor", floor=said) if record.floor else said


def delivery(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    """Return when it is handed over."""
    when = record.delivery or ""
    return speech.term("year").format(year=when) if when.isdigit() else speech.term(when)


def _year(record: PropertyRecord, speech: Speech, names: Names) -> str:
    # Beside "delivery" the year is enough.
    when = record.delivery or ""
    return when if when.isdigit() else delivery(record, speech, names)


def finishing(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    """Return how it is finished."""
    return speech.term(record.finishing) if record.finishing else ""


def meets(record: object, topic: str, wanted: Mapping[str, Any]) -> bool | None:
    """Return whether a property is what a question names ("is it furnished?"); None if that cannot be told of it.

    `wanted` are the slots that the question names.
    """
    if not isinstance(record, PropertyRecord):
        return None
    match topic:
        case "ask_delivery" if record.delivery and wanted.get("urgency") == "now":
            return record.delivery == "ready"
        case "ask_finishing" if record.finishing and "finishing" in wanted:
            # What is furnished is finished as well.
            enough = {wanted["finishing"]} | (
                {"furnished"} if wanted["finishing"] == "fully finished" else set()
            )
            return record.finishing in enough
        case "ask_payment" if record.payment_method and "paymentMethod" in wanted:
            return record.payment_method in {wanted["paymentMethod"], "both"}
    return None


def payment(record: PropertyRecord, speech: Speech, names: Names) -> str:
    """Return how it can be paid, with the plan if there is one."""
    down, years = _down(record, speech, names), record.installment_years
    plan = (
        speech.term(record.payment_method) if record.payment_method else "",
        speech.say("plan.down", amount=down) if down else "",
        speech.say("plan.years", years=speech.counted("years", years)) if years else "",
    )
    return speech.comma.join(filter(None, plan))


def _down(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    down = record.down_payment or ""
    if not down.isdigit():
        return down
    return speech.say("price", amount=f"{int(down):,}", currency=speech.term(record.currency))


def place(record: PropertyRecord, speech: Speech, names: Names) -> str:
    """Return the compound, the area and the city."""
    return _places(speech, names, record.compound, record.location, record.city)


def _view(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    return speech.term(record.view) if record.view else ""


def _maintenance(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    if not record.maintenance:
        return ""
    amount = speech.say("price", amount=f"{record.maintenance:,}", currency=speech.term(record.currency))
    return speech.say("a.year", amount=amount)


def listed(record: PropertyRecord, feature: str, speech: Speech) -> str:
    """Return that a record has a feature, if its title says so."""
    if feature in _NEVER_LISTED:
        return ""
    titles = f"{record.title} {record.title_ar or ''}"
    return speech.say("listed") if feature in mentioned_in(titles, "feature") else ""


def work(record: MemberRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    """Return the profession and the specialty of a member."""
    jobs = (profession(one, speech.language) for one in (record.profession, record.specialty) if one)
    return speech.comma.join(jobs)


def home_of(record: MemberRecord, speech: Speech, names: Names) -> str:
    """Return the part of the city and the city of a member."""
    return _places(speech, names, record.locality, record.city)


def _organisation(record: MemberRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    return record.organisation or ""


def _bedrooms(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    return speech.words.types["studio"] if record.bedrooms == 0 else _number(record.bedrooms)


def _bathrooms(record: PropertyRecord, speech: Speech, names: Names) -> str:  # noqa: ARG001
    return _number(record.bathrooms)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _money(record: PropertyRecord, amount: float, speech: Speech) -> str:
    name = "price.rent" if record.purpose == "rent" else "price"
    return speech.say(name, amount=f"{amount:,}", currency=speech.term(record.currency))


def _places(speech: Speech, names: Names, *places: str | None) -> str:
    return speech.comma.join(dict.fromkeys(names.place(one, speech.language) for one in places if one))


#: Kind of records -> what is asked -> what a record says about it, in the order of the answer.
FACTS: Mapping[str, Mapping[str, Fact]] = {
    "properties": {
        "ask_price": price,
        "per_metre": per_metre,
        "ask_bedrooms": _bedrooms,
        "ask_bathrooms": _bathrooms,
        "ask_area": area,
        "ask_floor": floor,
        "ask_finishing": finishing,
        "ask_delivery": _year,
        "ask_payment": payment,
        "ask_where": place,
        "view": _view,
        "maintenance": _maintenance,
        "down": _down,
        "ask_negotiable": price,
    },
    "members": {"ask_work": work, "ask_organisation": _organisation, "ask_where": home_of},
}
