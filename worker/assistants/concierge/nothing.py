"""What is said if nothing fits: what the closest would cost, or where there would be something; and a person is offered."""

from session.replies import Button
from worker.assistants.catalogue import PropertyRecord
from worker.assistants.catalogue.criteria import Slots
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import HUMAN, WATCH
from worker.assistants.wording.record_facts import price

_PLACES = 3


def say_nothing_fits(context: ConciergeTurn, dialogue: Dialogue, what: str) -> None:
    """Say so, with what there is instead, and offer with buttons to tell of new ones, and a person."""
    said = [f"{context.note}{context.say('nothing', what=what)}", _instead(context, dialogue)]
    text = " ".join(filter(None, [*said, context.say_by_kind("try")]))
    # Who waits for a person is offered no second one.
    options = (WATCH,) if context.turn.waiting else (WATCH, HUMAN)
    buttons = [Button(id=one, title=context.speech.say(f"button.{one}")) for one in options]
    context.turn.reply(text, buttons=buttons)
    context.keep(dialogue.updated(ids=(), one="", offered=what, options=options))


def _instead(context: ConciergeTurn, dialogue: Dialogue) -> str:
    """Return what the cheapest costs, or else where there would be something; "" if neither is known."""
    if context.kind != "properties":
        return ""
    filters = dialogue.filters
    dearer = _found(context, dialogue, _without(filters, "budget", "budgetMin"), 1)
    if dearer and "budget" in filters:
        return context.say("nothing.price", price=price(dearer[0], context.speech, context.names))
    elsewhere = _found(context, dialogue, _without(filters, "location", "compound", "city"), 10)
    places = [context.names.place(record.location, context.speech.language) for record in elsewhere]
    several = list(dict.fromkeys(places))[:_PLACES]
    return context.say("nothing.elsewhere", places=context.speech.listed(several)) if several else ""


def _found(context: ConciergeTurn, dialogue: Dialogue, filters: Slots, most: int) -> list[PropertyRecord]:
    """Return the cheapest records that meet fewer filters exactly; none if nothing but the purpose is left of them."""
    if not filters.keys() - {"purpose"}:
        return []
    found = context.records.find(context.kind, dialogue.query, filters, limit=most, order="price")
    return [record for record in found if isinstance(record, PropertyRecord)] if not found.relaxed else []


def _without(filters: Slots, *names: str) -> Slots:
    return {name: value for name, value in filters.items() if name not in names}
