"""Which of the records that were shown a question is about, and what each says about a topic in words."""

from worker.assistants.catalogue import PropertyRecord, Record
from worker.assistants.catalogue.described import DESCRIBING, is_described
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.selection import pointed_at
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import MORE
from worker.assistants.wording.record_facts import FACTS, listed
from worker.assistants.wording.record_texts import headline

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
    return context.say(sentence, label=label_of(context, topic), value=value)


def label_of(context: ConciergeTurn, topic: str) -> str:
    """Return the name of a topic."""
    name = context.speech.words.topics[topic]
    return name[:1].upper() + name[1:]


def numbered(context: ConciergeTurn, record: Record) -> str:
    """Return the title of a record with its number."""
    return f"{mark_of(context, record)}. {context.told(headline, record)}"


def mark_of(context: ConciergeTurn, record: Record) -> str:
    """Return the number of a record on the page, or its code."""
    ids = context.dialogue.ids
    return str(ids.index(record.id) + 1) if record.id in ids else record.id
