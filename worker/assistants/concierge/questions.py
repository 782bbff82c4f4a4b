"""Questions about records that were shown: answered from them, and what they do not say is offered to be passed on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from session.content_parts import Location
from worker.assistants.catalogue import PropertyRecord, Record
from worker.assistants.concierge.asked_about import label_of, line_of, numbered, records_meant, value_of
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.search import show_one
from worker.assistants.concierge.small_talk import in_short, offer_person
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.understanding.concepts import mentioned_in, might_mention
from worker.assistants.understanding.normal import words
from worker.assistants.wording.record_facts import FACTS, meets, place
from worker.assistants.wording.record_texts import headline, picture_of, title_of

#: The acts that ask about records, besides comparisons.
_TOPICS = [topic for facts in FACTS.values() for topic in facts if topic.startswith(("ask_", "per_"))]
#: Words of a question that a yes or a no does not answer: "when is it ready", "cash or installments".
_OPEN = frozenset({"asks_time", "or", "either"})
ASKING = " ".join([*dict.fromkeys(_TOPICS), "ask_other", "ask_pictures", "ask_available"])


def tell_all(context: ConciergeTurn, heard: Heard) -> bool:
    """Show all that is known of the record that is meant, or ask which one."""
    records = records_meant(context, heard)
    if len(records) == 1:
        show_one(context, records[0].id)
    elif records:
        context.answer(context.say("ask.whom", count=len(context.dialogue.ids)))
    return bool(records)


def answer_questions(context: ConciergeTurn, heard: Heard) -> bool:
    """Answer all that a message asks about one record, or about each record of the page; False if it looks for others.

    While a person is awaited, what the records do not say is left to that person.
    """
    records, topics = records_meant(context, heard), _topics(context, heard)
    asked = heard.meanings & {"ask_pictures", "ask_available", "ask_negotiable"}
    if not records or not (topics or asked):
        return False
    known = "ask_pictures" in asked or any(
        value_of(context, record, topic) for record in records for topic in topics
    )
    if context.turn.waiting and not known:
        return False
    if len(records) == 1:
        _answer_about(context, heard, records[0], topics)
    else:
        _answer_for_each(context, heard, records, topics)
    return True


def _answer_about(context: ConciergeTurn, heard: Heard, record: Record, topics: Sequence[str]) -> None:
    turn = context.turn
    context = replace(context, dialogue=context.dialogue.model_copy(update={"one": record.id}))
    code = f" ({record.id})" if isinstance(record, PropertyRecord) else ""
    title = f"*{title_of(record, context.speech)}*{code}"
    values = {topic: value_of(context, record, topic) for topic in topics}
    unknown = [topic for topic, value in values.items() if not value]
    if "ask_pictures" in heard.meanings:
        if picture := picture_of(record):
            turn.reply(title, media=picture)
        else:
            unknown.append("ask_pictures")
    plain = _OPEN.isdisjoint(might_mention(words(heard.entered.text)))
    wanted = heard.understood.entities if plain else {}
    lines = [
        line_of(context, topic, value, is_so=meets(record, topic, wanted))
        for topic, value in values.items()
        if value
    ]
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
    known = [topic for topic in topics if any(value_of(context, record, topic) for record in records)]
    lines = [f"{label_of(context, known[0])}:"] if len(known) == 1 else []
    for record in records if known else ():
        values = [value_of(context, record, topic) or context.say("not.listed") for topic in known]
        if len(known) > 1:
            values = [line_of(context, topic, value) for topic, value in zip(known, values, strict=True)]
        lines.append(f"{numbered(context, record)}: {' · '.join(values)}")
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
    asked = in_short(heard.entered.text)
    offer_person(context, "\n\n".join(filter(None, [text, *offers])), f"asks about {about}: {asked}")


def _offers(context: ConciergeTurn, asked: Collection[str], unknown: list[str]) -> list[str]:
    """Return what only a person can tell, who reads it anyway if one is awaited; nothing is promised."""
    if context.turn.waiting:
        return []
    offers = [
        context.say(topic.replace("_", "."))
        for topic in ("ask_available", "ask_negotiable")
        if topic in asked
    ]
    if unknown:
        topics = context.speech.listed([context.speech.words.topics[topic] for topic in unknown])
        offers.append(context.say("not.known", topics=topics))
    return offers


def _topics(context: ConciergeTurn, heard: Heard) -> list[str]:
    """Return what a message asks about, features of a property among it."""
    asked = [topic for topic in FACTS[context.kind] if topic in heard.meanings]
    if "ask_negotiable" in asked and "ask_price" in asked:
        asked.remove("ask_negotiable")  # one price is enough
    if "ask_other" in heard.meanings and context.kind == "properties":
        features = mentioned_in(heard.entered.text, "feature")
        # "Far from the metro" asks for no metro.
        asked += ["distance"] if "distance" in features else features
    return asked
