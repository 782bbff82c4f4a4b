"""The texts of records for a phone: rows of a list, details, contacts. All figures come from the records."""

from pathlib import Path

from session.content_parts import Location
from session.files import File
from worker.assistants.catalogue import MemberRecord, PropertyRecord, Record
from worker.assistants.catalogue.names import Names, profession
from worker.assistants.wording.phrasebook import Speech, capital
from worker.assistants.wording.record_facts import (
    area,
    delivery,
    finishing,
    home_of,
    on_floor,
    payment,
    place,
    price,
    work,
)

#: Characters of a row that WhatsApp shows. The channel shortens a longer title; a list sent as text has room for it.
TITLE, DESCRIPTION = 24, 72


def headline(record: Record, speech: Speech, names: Names) -> str:
    """Return the title of a row: type and place, or the name of a member."""
    if isinstance(record, MemberRecord):
        return record.name
    kind = capital(speech.words.types.get(record.property_type, record.property_type))
    place = names.place(record.location, speech.language)
    title = speech.say("headline", type=kind, place=place)
    if len(title) <= TITLE:
        return title
    return speech.say("headline", type=speech.words.short.get(record.property_type, kind), place=place)


def brief(record: Record, speech: Speech, names: Names) -> str:
    """Return the line below the title: price, bedrooms, size; or profession and place of a member."""
    if isinstance(record, MemberRecord):
        place = names.place(record.city, speech.language) if record.city else None
        return _within(DESCRIPTION, [_trade(record, speech), record.locality, place], ", ")
    return _within(
        DESCRIPTION,
        [
            price(record, speech, names),
            speech.counted("brief", record.bedrooms) if record.bedrooms else None,
            area(record, speech, names),
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


def title_of(record: Record, speech: Speech) -> str:
    """Return the title of a record in the customer's language."""
    if isinstance(record, MemberRecord):
        return record.name
    return record.title_ar if speech.language == "ar" and record.title_ar else record.title


def picture_of(record: Record) -> File | None:
    """Return the picture of a record, whose caption are its details; None if there is none, or none that can be sent."""
    image = getattr(record, "image", None)
    if image is None:
        return None
    is_address = image.startswith(("http://", "https://"))
    if not is_address and not Path(image).is_file():
        return None
    try:
        return File(kind="image", url=image) if is_address else File(path=Path(image))
    except ValueError:
        return None


def spot_of(record: Record, speech: Speech, names: Names) -> Location | None:
    """Return the place of a property on the map, if its record has one."""
    if not isinstance(record, PropertyRecord) or not record.coordinates:
        return None
    latitude, longitude = map(float, record.coordinates.split(","))
    name, address = headline(record, speech, names), place(record, speech, names)
    return Location(latitude=latitude, longitude=longitude, name=name, address=address)


def _of_property(record: PropertyRecord, speech: Speech, names: Names) -> list[str | None]:
    rooms = [
        speech.counted("beds", record.bedrooms) if record.bedrooms else "",
        speech.counted("baths", record.bathrooms) if record.bathrooms else "",
        *(fact(record, speech, names) for fact in (area, on_floor)),
    ]
    state = [fact(record, speech, names) for fact in (finishing, delivery)]
    paid = payment(record, speech, names)
    return [
        f"*{title_of(record, speech)}*",
        f"{price(record, speech, names)}{f' ({paid})' if paid else ''}",
        speech.comma.join(filter(None, rooms)),
        capital(speech.comma.join(filter(None, state))),
        place(record, speech, names),
        record.url,
        speech.say("code", id=record.id),
    ]


def _of_member(record: MemberRecord, speech: Speech, names: Names) -> list[str | None]:
    return [
        f"*{record.name}*",
        capital(work(record, speech, names)),
        record.organisation,
        home_of(record, speech, names),
        speech.say("phone", phone=record.phone) if record.phone else None,
        speech.say("email", email=record.email) if record.email else None,
        None if record.phone or record.email else speech.say("contact.none"),
    ]


def _trade(record: MemberRecord, speech: Speech) -> str:
    job = record.specialty or record.profession
    return profession(job, speech.language) if job else ""


def _within(limit: int, parts: list[str | None], between: str = "") -> str:
    """Return the parts that fit into the limit, joined; the first part is shortened if necessary."""
    first, *others = [*filter(None, parts)] or [""]
    text = first if len(first) <= limit else first[: limit - 1].rstrip(" ,،") + "…"
    for part in others:
        if len(text) + len(between) + len(part) <= limit:
            text += between + part
    return text
