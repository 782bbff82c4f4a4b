"""The texts of records for a phone: rows of a list, details, contacts. All figures come from the records."""

from worker.assistants.catalogue import MemberRecord, PropertyRecord, Record
from worker.assistants.concierge.names import Names, profession
from worker.assistants.concierge.phrasebook import Speech

#: Characters of a row that WhatsApp shows. The channel shortens a longer title; a list sent as text has room for it.
TITLE, DESCRIPTION = 24, 72


def headline(record: Record, speech: Speech, names: Names) -> str:
    """Return the title of a row: type and place, or the name of a member."""
    if isinstance(record, MemberRecord):
        return record.name
    kind = _capital(speech.words.types.get(record.property_type, record.property_type))
    place = names.place(record.location, speech.language)
    title = speech.say("headline", type=kind, place=place)
    if len(title) <= TITLE:
        return title
    return speech.say("headline", type=speech.words.short.get(record.property_type, kind), place=place)


def brief(record: Record, speech: Speech, names: Names) -> str:
    """Return the line below the title: price, bedrooms, size; or profession and place of a member."""
    if isinstance(record, MemberRecord):
        place = names.place(record.city, speech.language) if record.city else None
        return _within(DESCRIPTION, [_work(record, speech), record.locality, place], ", ")
    return _within(
        DESCRIPTION,
        [
            price(record, speech),
            speech.counted("brief", record.bedrooms) if record.bedrooms else None,
            speech.say("metres", area=f"{record.area:,.0f}") if record.area else None,
            record.compound,
        ],
        " · ",
    )


def details(record: Record, speech: Speech, names: Names) -> str:
    """Return all details of one record."""
    lines = (
        _of_member(record, speech, names)
        if isinstance(record, MemberRecord)
        else _of_property(record, speech, names)
    )
    return "\n".join(filter(None, lines))


def contact(record: MemberRecord, speech: Speech, names: Names) -> str:
    """Return how to reach a member."""
    ways = [
        speech.say("phone", phone=record.phone) if record.phone else None,
        speech.say("email", email=record.email) if record.email else None,
    ]
    line = brief(record, speech, names)
    return "\n".join(
        filter(None, [f"*{record.name}*", line, *(ways if any(ways) else [speech.say("contact.none")])])
    )


def price(record: PropertyRecord, speech: Speech) -> str:
    """Return the price with its currency, of a rent per month."""
    name = "price.rent" if record.purpose == "rent" else "price"
    return speech.say(name, amount=f"{record.price:,}", currency=speech.term(record.currency))


def title_of(record: Record, speech: Speech) -> str:
    """Return the title of a record in the customer's language."""
    if isinstance(record, MemberRecord):
        return record.name
    return record.title_ar if speech.language == "ar" and record.title_ar else record.title


def _of_property(record: PropertyRecord, speech: Speech, names: Names) -> list[str | None]:
    say = speech.say
    rooms = [
        speech.counted("beds", record.bedrooms) if record.bedrooms else None,
        speech.counted("baths", record.bathrooms) if record.bathrooms else None,
        say("metres", area=f"{record.area:,.0f}") if record.area else None,
    ]
    delivery = record.delivery
    if delivery and delivery.isdigit():
        delivery = speech.term("year").format(year=delivery)
    elif delivery:
        delivery = speech.term(delivery)
    state = [speech.term(record.finishing) if record.finishing else None, delivery]
    paid = f" ({speech.term(record.payment_method)})" if record.payment_method else ""
    where = dict.fromkeys(
        names.place(place, speech.language)
        for place in (record.compound, record.location, record.city)
        if place
    )
    comma = "، " if speech.language == "ar" else ", "
    return [
        f"*{title_of(record, speech)}*",
        f"{price(record, speech)}{paid}",
        comma.join(filter(None, rooms)),
        _capital(comma.join(filter(None, state))),
        comma.join(where),
        record.url,
        say("code", id=record.id),
    ]


def _of_member(record: MemberRecord, speech: Speech, names: Names) -> list[str | None]:
    place = names.place(record.city, speech.language) if record.city else None
    return [
        f"*{record.name}*",
        _capital(_work(record, speech, wholly=True)),
        record.organisation,
        ", ".join(filter(None, [record.locality, place])),
        speech.say("phone", phone=record.phone) if record.phone else None,
        speech.say("email", email=record.email) if record.email else None,
        None if record.phone or record.email else speech.say("contact.none"),
    ]


def _work(record: MemberRecord, speech: Speech, *, wholly: bool = False) -> str:
    job = profession(record.profession, speech.language) if record.profession else ""
    special = profession(record.specialty, speech.language) if record.specialty else ""
    if wholly and job and special:
        return f"{job}, {special}"
    return special or job


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _within(limit: int, parts: list[str | None], between: str = "") -> str:
    """Return the parts that fit into the limit, joined; the first part is shortened if necessary."""
    first, *others = [*filter(None, parts)] or [""]
    text = first if len(first) <= limit else first[: limit - 1].rstrip(" ,،") + "…"
    for part in others:
        if len(text) + len(between) + len(part) <= limit:
            text += between + part
    return text
