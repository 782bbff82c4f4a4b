"""Questions about records that were shown: answered from them, and what they do not say is offered to be passed on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from session.content_parts import Location
from worker.assistants.catalogue import MemberRecord, PropertyRecord, Record
from worker.assistants.concierge.customer_input import MORE
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.record_facts import FACTS, area, listed, place, price
from worker.assistants.concierge.record_texts import headline, picture_of, title_of
from worker.assistants.concierge.selection import pointed_at, show_one
from worker.assistants.concierge.small_talk import in_short, offer_person
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.understanding.concepts import mentioned_in

#: The acts that ask about records, besides comparisons.
_TOPICS = [topic for facts in FACTS.values() for topic in facts if topic.startswith(("ask_", "per_"))]
ASKING = " ".join([*dict.fromkeys(_TOPICS), "ask_other", "ask_pictures", "ask_available"])
#: Slots that a question names, though it looks for nothing: "is it furnished?", "cash or installments?".
_NAMED = {
    "ask_finishing": ("finishing",),
    "ask_payment": ("paymentMethod", "urgency"),
    "ask_delivery": ("urgency",),
    "ask_bathrooms": ("bathrooms",),
    "ask_negotiable": ("budget", "budgetMin"),
}
#: Slots that say which of the records is meant, and the fields of a record that must have the value: "the villa".
_WHICH = {
    "propertyType": ("property_type",),
    "purpose": ("purpose",),
    "bedrooms": ("bedrooms",),
    "compound": ("compound",),
    "location": ("compound", "location", "city", "governorate", "locality"),
    "profession": ("profession", "specialty"),
    "name": ("name",),
}
#: What two or three records are compared by, and what more of them.
_COMPARED = [topic for topic in FACTS["properties"] if topic in _TOPICS and topic != "ask_negotiable"]
_BRIEFLY = ("ask_price", "per_metre", "ask_bedrooms", "ask_area", "ask_delivery")
_A_FEW, _MOST = 3, 5


def tell_all(context: ConciergeTurn, heard: Heard) -> bool:
    """Show all that is known of the record that is meant, or ask which one."""
    records = _meant(context, heard)
    if len(records) == 1:
        show_one(context, records[0].id)
    elif records:
        context.turn.reply(context.say("ask.whom", count=len(context.dialogue.ids)))
        context.keep(context.dialogue.updated())
    return bool(records)


def answer_questions(context: ConciergeTurn, heard: Heard) -> bool:
    """Answer all that a message asks about one record, or about each record of the page; False if it looks for others."""
    records, topics = _meant(context, heard), _topics(context, heard)
    asked = heard.meanings & {"ask_pictures", "ask_available", "ask_negotiable"}
    if not records or not (topics or asked):
        return False
    if len(records) == 1:
        _answer_about(context, heard, records[0], topics)
    else:
        _answer_for_each(context, heard, records, topics)
    return True


def _answer_about(context: ConciergeTurn, heard: Heard, record: Record, topics: Sequence[str]) -> None:
    turn = context.turn
    context = replace(context, dialogue=context.dialogue.model_copy(update={"one": record.id}))
    title = f"*{title_of(record, context.speech)}* ({record.id})"
    values = {topic: _value(context, record, topic) for topic in topics}
    unknown = [topic for topic, value in values.items() if not value]
    if "ask_pictures" in heard.meanings:
        if picture := picture_of(record):
            turn.reply(title, media=picture)
        else:
            unknown.append("ask_pictures")
    lines = [_line(context, topic, value) for topic, value in values.items() if value]
    offers = _offers(context, heard.meanings, unknown)
    spot = _spot(context, record) if "ask_where" in topics else None
    if lines or offers:
        _reply(context, heard, [title, *lines], offers, about=record.id, spot=spot)
    else:
        context.keep(context.dialogue.updated())


def _spot(context: ConciergeTurn, record: Record) -> Location | None:
    """Return the place of a property on the map, if its record has one."""
    if not isinstance(record, PropertyRecord) or not record.coordinates:
        return None
    latitude, longitude = map(float, record.coordinates.split(","))
    name, address = (say(record, context.speech, context.names) for say in (headline, place))
    return Location(latitude=latitude, longitude=longitude, name=name, address=address)


def _answer_for_each(
    context: ConciergeTurn, heard: Heard, records: Sequence[Record], topics: Sequence[str]
) -> None:
    known = [topic for topic in topics if any(_value(context, record, topic) for record in records)]
    lines = [f"{_label(context, known[0])}:"] if len(known) == 1 else []
    for record in records if known else ():
        values = [_value(context, record, topic) or context.say("not.listed") for topic in known]
        if len(known) > 1:
            values = [_line(context, topic, value) for topic, value in zip(known, values, strict=True)]
        lines.append(f"{_numbered(context, record)}: {' · '.join(values)}")
    if "ask_pictures" in heard.meanings:
        lines.append(context.say("ask.pictures"))
    offers = _offers(context, heard.meanings, [topic for topic in topics if topic not in known])
    _reply(context, heard, lines, offers, about=" ".join(record.id for record in records))


def _reply(
    context: ConciergeTurn,
    heard: Heard,
    lines: Iterable[str],
    offers: Sequence[str],
    *,
    about: str,
    spot: Location | None = None,
) -> None:
    text = "\n".join(lines)
    if not offers:
        context.turn.reply(text, location=spot)
        context.keep(context.dialogue.updated())
        return
    if spot:
        context.turn.reply(location=spot)
    words = in_short(heard.entered.text)
    offer_person(context, "\n\n".join(filter(None, [text, *offers])), f"asks about {about}: {words}")


def _offers(context: ConciergeTurn, asked: Collection[str], unknown: list[str]) -> list[str]:
    """Return what only a person can tell; nothing is promised."""
    offers = [
        context.say(topic.replace("_", "."))
        for topic in ("ask_available", "ask_negotiable")
        if topic in asked
    ]
    if unknown:
        topics = context.speech.listed([context.speech.words.topics[topic] for topic in unknown])
        offers.append(context.say("not.known", topics=topics))
    return offers


def compare(context: ConciergeTurn, heard: Heard) -> bool:
    """Compare the records that are pointed at, or those of the page: what is asked for most, each with its number."""
    records = _meant(context, heard, together=True)[:_MOST]
    if len(records) < 2:  # noqa: PLR2004 - it takes two
        return False
    lines = [f"{_numbered(context, record)} ({record.id})" for record in records]
    topics = _COMPARED if len(records) <= _A_FEW else _BRIEFLY
    for topic in topics if context.kind == "properties" else FACTS["members"]:
        values = [(_mark(context, record), _value(context, record, topic)) for record in records]
        if any(value for _, value in values):
            said = [f"({mark}) {value or context.say('not.listed')}" for mark, value in values]
            lines.append(_line(context, topic, " · ".join(said)))
    context.turn.reply("\n".join([*lines, *_differences(context, records)]))
    context.keep(context.dialogue.updated())
    return True


def _differences(context: ConciergeTurn, records: Sequence[Record]) -> list[str]:
    """Return which of two properties costs less, and which is larger."""
    homes = [record for record in records if isinstance(record, PropertyRecord)]
    if len(homes) != 2 or homes[0].purpose != homes[1].purpose:  # noqa: PLR2004
        return []
    said = []
    low, high = sorted(homes, key=lambda home: home.price)
    if low.price != high.price:
        less = price(replace(low, price=high.price - low.price), context.speech, context.names)
        said.append(context.say("differs.price", number=_mark(context, low), amount=less))
    small, large = sorted(homes, key=lambda home: home.area or 0)
    if small.area and large.area != small.area:
        more = area(replace(large, area=(large.area or 0) - small.area), context.speech, context.names)
        said.append(context.say("differs.area", number=_mark(context, large), amount=more))
    return said


def point_out(context: ConciergeTurn, heard: Heard) -> bool:
    """Name the cheapest or the biggest of the page, and show that of all that was found."""
    homes = [home for home in _meant(context, heard, together=True) if isinstance(home, PropertyRecord)]
    homes = [home for home in homes if home.purpose == homes[0].purpose]
    wanted = "cheapest" if "cheapest" in heard.meanings else "biggest"
    if not homes:
        return False
    best = min(homes, key=lambda home: home.price if wanted == "cheapest" else -(home.area or 0))
    fact = price if wanted == "cheapest" else area
    told = {"title": headline(best, context.speech, context.names), "number": _mark(context, best)}
    lines = [context.say(wanted, **told, value=fact(best, context.speech, context.names))]
    dialogue, shown = context.dialogue, best.id
    if dialogue.total > len(homes) and not heard.understood.pointed:
        order = "price" if wanted == "cheapest" else "-area"
        filters = {**dialogue.filters, "purpose": best.purpose}
        found = context.records.find(context.kind, dialogue.query, filters, limit=1, order=order)
        if found and not found.relaxed and found[0].id != best.id:
            lines.append(context.say(f"{wanted}.all", total=found.total))
            shown = found[0].id
    context.turn.reply("\n".join(lines))
    show_one(context, shown)
    return True


def _meant(context: ConciergeTurn, heard: Heard, *, together: bool = False) -> list[Record]:
    """Return the records that a question is about; none if it looks for others.

    Those that it points at come first, then the one in detail, unless several are asked about together, then the page.
    """
    said, dialogue = heard.understood, context.dialogue
    named = {slot for act in said.acts for slot in _NAMED.get(act, ())}
    changed = {slot for slot, value in heard.change.items() if value is not None}
    if changed - named - _WHICH.keys() or said.excluded or said.withdrawn:
        return []
    pointed = [id_ for number in said.pointed if (id_ := pointed_at(dialogue, number)) not in {"", MORE}]
    one = [dialogue.one] if dialogue.one and "ask_each" not in said.acts else []
    if together:
        one = [] if len(pointed) != 1 or one == pointed else [*one, *pointed]
        pointed = pointed if len(pointed) > 1 else []
    elif "ordinal" in said.entities and not pointed:
        return []
    wanted = {slot: said.entities[slot] for slot in _WHICH if slot in said.entities and slot not in named}
    for ids in (pointed, one, dialogue.ids):
        records = [record for id_ in ids if (record := context.record(id_)) is not None]
        if found := [record for record in records if _fits(context, record, wanted)]:
            return found
    return []


def _fits(context: ConciergeTurn, record: Record, wanted: dict[str, object]) -> bool:
    """Return whether a record is what a message names: "the villa", "Dr Nayak", "the one in Maadi"."""
    for slot, value in wanted.items():
        if slot == "name":
            own = (
                {*record.name.casefold().replace(".", " ").split()}
                if isinstance(record, MemberRecord)
                else {}
            )
            if not {*str(value).casefold().split()} <= {*own}:
                return False
        elif context.names.canonical.get(str(value), value) not in [
            getattr(record, field, None) for field in _WHICH[slot]
        ]:
            return False
    return True


def _topics(context: ConciergeTurn, heard: Heard) -> list[str]:
    """Return what a message asks about, features of a property among it."""
    asked = [topic for topic in FACTS[context.kind] if topic in heard.meanings]
    if "ask_negotiable" in asked and "ask_price" in asked:
        asked.remove("ask_negotiable")  # one price is enough
    if "ask_other" in heard.meanings and context.kind == "properties":
        asked += mentioned_in(heard.entered.text, "feature")
    return asked


def _value(context: ConciergeTurn, record: Record, topic: str) -> str:
    if fact := FACTS[context.kind].get(topic):
        return fact(record, context.speech, context.names)
    return listed(record, topic, context.speech) if isinstance(record, PropertyRecord) else ""


def _line(context: ConciergeTurn, topic: str, value: str) -> str:
    return context.say("answer", label=_label(context, topic), value=value)


def _label(context: ConciergeTurn, topic: str) -> str:
    name = context.speech.words.topics[topic]
    return name[:1].upper() + name[1:]


def _numbered(context: ConciergeTurn, record: Record) -> str:
    return f"{_mark(context, record)}. {headline(record, context.speech, context.names)}"


def _mark(context: ConciergeTurn, record: Record) -> str:
    """Return the number of a record on the page, or its code."""
    ids = context.dialogue.ids
    return str(ids.index(record.id) + 1) if record.id in ids else record.id
