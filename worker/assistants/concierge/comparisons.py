"""Comparisons of records that were shown: two or more beside each other, and the cheapest or the biggest of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf

from worker.assistants.catalogue import PropertyRecord, Record
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.questions import line_of, mark_of, numbered, records_meant, value_of
from worker.assistants.concierge.search import show_one
from worker.assistants.concierge.selection import say_range
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.wording.record_facts import FACTS, Fact, area, per_metre, price
from worker.assistants.wording.record_texts import headline

#: What two or three records are compared by, and what more of them.
_NOT_COMPARED = ("view", "maintenance", "down", "ask_negotiable")
_COMPARED = [topic for topic in FACTS["properties"] if topic not in _NOT_COMPARED]
_BRIEFLY = ("ask_price", "per_metre", "ask_bedrooms", "ask_area", "ask_delivery")
_A_FEW, _MOST = 3, 5


def compare(context: ConciergeTurn, heard: Heard) -> bool:
    """Compare the records that are pointed at, or those of the page: what is asked for most, each with its number."""
    records = records_meant(context, heard, together=True)[:_MOST]
    if len(records) == len(context.dialogue.ids) == 1:
        say_range(context)
        return True
    if len(records) < 2:  # noqa: PLR2004 - it takes two
        return False
    lines = [numbered(context, record) for record in records]
    topics = _COMPARED if len(records) <= _A_FEW else _BRIEFLY
    for topic in topics if context.kind == "properties" else FACTS["members"]:
        values = [(mark_of(context, record), value_of(context, record, topic)) for record in records]
        if any(value for _, value in values):
            said = [f"({mark}) {value or context.say('not.listed')}" for mark, value in values]
            lines.append(line_of(context, topic, " · ".join(said)))
    context.answer("\n".join([*lines, *_differences(context, records)]))
    return True


def _differences(context: ConciergeTurn, records: Sequence[Record]) -> list[str]:
    """Return which of two properties costs less, and which is larger."""
    homes = [record for record in records if isinstance(record, PropertyRecord)]
    if len(homes) != 2 or homes[0].purpose != homes[1].purpose:  # noqa: PLR2004
        return []
    said = []
    for name, fact in ("price", price), ("area", area):
        low, high = sorted(homes, key=lambda home: getattr(home, name) or 0)
        least, most = getattr(low, name), getattr(high, name)
        if least and least != most:
            named = low if name == "price" else high
            amount = context.told(fact, replace(named, **{name: most - least}))
            said.append(context.say(f"differs.{name}", number=mark_of(context, named), amount=amount))
    return said


#: Act -> what it compares, and the order of a search that has its record first.
_FOREMOST: Mapping[str, tuple[Fact, Callable[[PropertyRecord], float], str]] = {
    "per_metre": (per_metre, lambda home: home.price / home.area if home.area else inf, ""),
    "cheapest": (price, lambda home: home.price, "price"),
    "dearest": (price, lambda home: -home.price, "-price"),
    "biggest": (area, lambda home: -(home.area or 0), "-area"),
    "smallest": (area, lambda home: home.area or inf, "area"),
}
FOREMOST = " ".join([*_FOREMOST][1:])


def point_out(context: ConciergeTurn, heard: Heard) -> bool:
    """Name the cheapest, the biggest and so on of the page, and show that of all that was found."""
    meant = records_meant(context, heard, together=True)
    wanted = next(act for act in FOREMOST.split() if act in heard.meanings)
    by_metre = wanted == "cheapest" and "per_metre" in heard.meanings
    fact, rank, order = _FOREMOST["per_metre" if by_metre else wanted]
    homes = [record for record in meant if isinstance(record, PropertyRecord)]
    # A sale and a rent are not compared.
    homes = [home for home in homes if home.purpose == homes[0].purpose]
    if not any(context.told(fact, home) for home in homes):
        return False
    best = min(homes, key=rank)
    told = {"title": context.told(headline, best), "number": mark_of(context, best)}
    value = context.told(fact, best)
    lines = [context.say(wanted, **told, value=line_of(context, "per_metre", value) if by_metre else value)]
    dialogue, shown = context.dialogue, best.id
    if order and dialogue.total > len(homes) and not heard.understood.pointed:
        filters = {**dialogue.filters, "purpose": best.purpose}
        found = context.records.find(context.kind, dialogue.query, filters, limit=1, order=order)
        if found and not found.relaxed and found[0].id != best.id:
            lines.append(context.say(f"{wanted}.all", total=found.total))
            shown = found[0].id
    context.turn.reply("\n".join(lines))
    show_one(context, shown)
    return True
