"""Questions about records that were shown: answered from them, and what they do not say is offered to be passed on."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from worker.assistants.catalogue import PropertyRecord, Record
from worker.assistants.catalogue.described import DESCRIBING, is_described
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.search import show_one
from worker.assistants.concierge.selection import pointed_at
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import MORE
from worker.assistants.understanding.concepts import mentioned_in, might_mention
from worker.assistants.understanding.normal import words
from worker.assistants.wording.record_facts import FACTS, listed, meets
from worker.assistants.wording.record_texts import headline, picture_of, spot_of, title_of

#: The acts that ask about records, besides comparisons.
_TOPICS = [topic for facts in FACTS.values() for topic in facts if topic.startswith(("ask_", "per_"))]
#: Words of a question that a yes or a no does not answer: "when is it ready", "cash or installments".
_OPEN = frozenset({"asks_time", "or", "either"})
ASKING = " ".join([*dict.fromkeys(_TOPICS), "ask_other", "ask_pictures", "ask_available"])
#: Slots that a question names, though it looks for nothing: "is it furnished?", "cash or installments?".
_NAMED = {
    "ask_price": ("urgency",),
    "ask_available": ("urgency",),
    "ask_finishing": ("finishing",),
    "ask_other": ("purpose",),
    "ask_payment": ("paymentMethod", "urgency"),
    "ask_delivery": ("urgency",),
    "ask_bathrooms": ("bathrooms",),
    "ask_negotiable": ("budget", "budgetMin"),
}
#: Questions whose numbers are money or years.
_AMOUNTS = frozenset({"ask_negotiable", "ask_payment", "ask_delivery"})


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
    one = records[0] if len(records) == 1 else None
    if one:
        context = replace(context, dialogue=context.dialogue.model_copy(update={"one": one.id}))
    tell = _tell_of_one if one else _tell_of_each
    lines, unknown = tell(context, heard, records, topics)
    offers = _offers(context, heard.meanings, unknown)
    spot = spot_of(one, context.speech, context.names) if one and "ask_where" in topics else None
    text = "\n".join([_title(context, one), *lines] if one else lines)
    if offers:
        if spot:
            context.turn.reply(location=spot)
        about = " ".join(record.id for record in records)
        reason = f"asks about {about}: {heard.in_short}"
        context.offer_person("\n\n".join(filter(None, [text, *offers])), reason)
    elif lines:
        context.answer(text, location=spot)
    else:
        context.keep(context.dialogue.updated())
    return True


def _title(context: ConciergeTurn, record: Record) -> str:
    code = f" ({record.id})" if isinstance(record, PropertyRecord) else ""
    return f"*{title_of(record, context.speech)}*{code}"


def _tell_of_one(
    context: ConciergeTurn, heard: Heard, records: Sequence[Record], topics: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return what a record says, and the topics of which it says nothing; its picture is sent at once."""
    record = records[0]
    values = {topic: value_of(context, record, topic) for topic in topics}
    unknown = [topic for topic, value in values.items() if not value]
    if "ask_pictures" in heard.meanings:
        if picture := picture_of(record):
            context.turn.reply(_title(context, record), media=picture)
        else:
            unknown.append("ask_pictures")
    plain = _OPEN.isdisjoint(might_mention(words(heard.entered.text)))
    wanted = heard.understood.entities if plain else {}
    known = {topic: value for topic, value in values.items() if value}
    return [line_of(context, *one, is_so=meets(record, one[0], wanted)) for one in known.items()], unknown


def _tell_of_each(
    context: ConciergeTurn, heard: Heard, records: Sequence[Record], topics: Sequence[str]
) -> tuple[list[str], list[str]]:
    known = [topic for topic in topics if any(value_of(context, record, topic) for record in records)]
    lines = [f"{context.speech.label(known[0])}:"] if len(known) == 1 else []
    for record in records if known else ():
        values = [value_of(context, record, topic) or context.say("not.listed") for topic in known]
        if len(known) > 1:
            values = [line_of(context, topic, value) for topic, value in zip(known, values, strict=True)]
        lines.append(f"{numbered(context, record)}: {' · '.join(values)}")
    if "ask_pictures" in heard.meanings:
        lines.append(context.say("ask.pictures"))
    return lines, [topic for topic in topics if topic not in known]


def _offers(context: ConciergeTurn, asked: Collection[str], unknown: list[str]) -> list[str]:
    """Return what only a person can tell, who reads it anyway if one is awaited; nothing is promised."""
    if context.turn.waiting:
        return []
    offered = [topic for topic in ("ask_available", "ask_negotiable") if topic in asked]
    offers = [context.say(topic.replace("_", ".")) for topic in offered]
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


def records_meant(context: ConciergeTurn, heard: Heard, *, together: bool = False) -> list[Record]:
    """Return the records that a question is about; none if it looks for others.

    Those that it points at come first, then the one in detail, unless several are asked about together, then the page.
    """
    said, dialogue = heard.understood, context.dialogue
    named = {slot for act in said.acts for slot in _NAMED.get(act, ())}
    # "The 5 million one, is it furnished?"
    priced = [
        one.id for one in context.shown() if getattr(one, "price", None) == said.entities.get("budget", 0)
    ]
    named |= {"budget", "finishing"} if len(priced) == 1 and said.acts else set()
    changed = {slot for slot, value in heard.change.items() if value is not None}
    if changed - named - DESCRIBING.keys() or {*said.excluded, *said.withdrawn} - named:
        return []
    # "Compare the first two"; of "would they take 5" the number is none of a record.
    few = range(1, int(said.entities.get("limit", 0)) + 1)
    numbers = few or (() if _AMOUNTS & {*said.acts} and "ordinal" not in said.entities else said.pointed)
    pointed = [id_ for number in numbers if (id_ := pointed_at(dialogue, number)) not in {"", MORE}]
    one = [dialogue.one] if dialogue.one and "ask_each" not in said.acts else []
    if together:
        one = [] if len(pointed) != 1 or one == pointed else [*one, *pointed]
        pointed = pointed if len(pointed) > 1 else []
    elif "ordinal" in said.entities and not pointed:
        return []
    wanted = {slot: said.entities[slot] for slot in DESCRIBING if slot in said.entities and slot not in named}
    for ids in (pointed, priced if "budget" in named else [], one, dialogue.ids):
        records = [record for id_ in ids if (record := context.record(id_)) is not None]
        if found := [record for record in records if is_described(record, wanted, context.names)]:
            return found
    return []


def value_of(context: ConciergeTurn, record: Record, topic: str) -> str:
    """Return what a record says about a topic, "" if nothing."""
    if fact := FACTS[context.kind].get(topic):
        return context.told(fact, record)
    return listed(record, topic, context.speech) if isinstance(record, PropertyRecord) else ""


def line_of(context: ConciergeTurn, topic: str, value: str, *, is_so: bool | None = None) -> str:
    """Return a topic with its value, after a yes or a no if it is known whether it is so."""
    sentence = "answer" if is_so is None else "answer.yes" if is_so else "answer.no"
    return context.say(sentence, label=context.speech.label(topic), value=value)


def numbered(context: ConciergeTurn, record: Record) -> str:
    """Return the title of a record with its number."""
    return f"{mark_of(context, record)}. {context.told(headline, record)}"


def mark_of(context: ConciergeTurn, record: Record) -> str:
    """Return the number of a record on the page, or its code."""
    ids = context.dialogue.ids
    return str(ids.index(record.id) + 1) if record.id in ids else record.id
