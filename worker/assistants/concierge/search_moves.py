"""Moves that look for records: the criteria of a message, the next page, something cheaper, all over again."""

from worker.assistants.catalogue import PropertyRecord
from worker.assistants.catalogue.criteria import budget_of, filters_of, merged, missing
from worker.assistants.catalogue.edges import EDGES, edge_of
from worker.assistants.catalogue.free_text import is_new_question
from worker.assistants.catalogue.wider_places import without_one
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.heard import SUBJECTS, Heard
from worker.assistants.concierge.pointers import look_for_such
from worker.assistants.concierge.search import MOST, PAGE, counted, search, show, show_from
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.understanding.foreign_money import amount_of
from worker.assistants.understanding.normal import words

#: Questions that "whatever you have" answers.
_ASKED = frozenset({"location", "budget", "profession"})
#: Words of such an answer: a longer message tells something else.
_SHORT = 3
_FINDING = {"members": "find_member", "properties": "find_property"}


def look_for_what_the_ad_offers(context: ConciergeTurn, *_: Heard) -> None:
    """Search with the criteria of the ad, which the session has already taken up."""
    search_or_ask(context, "")


def show_more(context: ConciergeTurn, heard: Heard) -> bool:
    """Show the next page; "more" about one record is no page."""
    if context.dialogue.one and "pronoun" in heard.meanings:
        return False
    context.turn.set_intent("more")
    next_page(context)
    return True


def next_page(context: ConciergeTurn) -> None:
    """Show the next page of the last search, which does not count as one, or search if nothing was shown."""
    dialogue = context.dialogue
    offset = dialogue.offset + len(dialogue.ids)
    if not dialogue.ids:
        search_or_ask(context, dialogue.query)
    elif offset >= dialogue.total:
        context.answer(context.say(f"end.{context.kind}", total=dialogue.total))
    else:
        show_from(context, offset)


def take_number_as_budget(context: ConciergeTurn, heard: Heard) -> bool:
    """Take a bare number for the budget that was asked for: millions for a purchase, thousands for a rent."""
    budget = budget_of(heard.entered.number, context.slots)
    if context.dialogue.asked != "budget" or not budget:
        return False
    context.turn.remember(budget=budget)
    search_or_ask(context, "")
    return True


def look_beyond(context: ConciergeTurn, heard: Heard) -> bool:
    """Search below the cheapest record shown, above the dearest, and so on, unless the message has criteria too."""
    if heard.change or context.kind != "properties":
        return False
    direction = next(direction for direction in EDGES if direction in heard.meanings)
    look_for_such(context)
    slot, opposite = EDGES[direction]
    compared = (context.dialogue.one,) if context.dialogue.one else context.dialogue.ids
    shown = [record for one in compared if isinstance(record := context.record(one), PropertyRecord)]
    purpose = shown[0].purpose if shown else ""
    if edge := edge_of(direction, [record for record in shown if record.purpose == purpose]):
        known, query = context.slots, context.dialogue.query
        slots = {name: value for name, value in known.items() if name != opposite} | {slot: edge}
        filters = filters_of(slots, context.kind) | {"purpose": purpose}
        if "area" in filters:
            filters["areaMin"] = filters.pop("area")
        order = "-price" if direction == "cheaper" else ""
        found = counted(
            context, query, filters, intent=heard.understood.intent, order=order, limit=PAGE, slots=slots
        )
        if found.total and not {slot, "areaMin" if slot == "area" else slot} & set(found.relaxed):
            context.turn.remember(**{slot: edge}, **({opposite: None} if opposite in known else {}))
            show(context, found, {"purpose": purpose} | slots, filters=filters, order=order, size=PAGE)
            return True
    context.answer(context.say(f"edge.{direction}", what=context.summary()))
    return True


def look_nearest(context: ConciergeTurn, heard: Heard) -> bool:
    """After a search that found nothing look without the place, or else without the budget, the cheapest first."""
    dialogue = context.dialogue
    if heard.change or dialogue.total or not dialogue.filters:
        return False
    change = without_one(context.records, context.kind, dialogue.query, context.slots)
    context.turn.remember(**change)
    if change:
        search_or_ask(context, dialogue.query, signals=("cheaper",))
    return bool(change)


def start_over(context: ConciergeTurn, heard: Heard) -> bool:
    """Forget all criteria, unless the message has new ones."""
    if merged(context.slots, heard.change):
        return False
    context.turn.remember(**heard.change)
    context.turn.reply(context.say("reset", f"ask.start.{context.kind}"))
    context.keep(Dialogue(ad=context.dialogue.ad, visit=context.dialogue.visit))
    return True


def ask_for_pounds(context: ConciergeTurn, heard: Heard) -> None:
    """Ask for the budget in pounds, where the rate of another currency is not known; what else was said is kept."""
    context.turn.remember(**heard.change)
    said = context.say("ask.pounds", amount=amount_of(heard.understood))
    context.answer(said, asked="budget", query=heard.query)


def look_for_it(context: ConciergeTurn, heard: Heard) -> bool:
    """Search if the message has criteria or words that occur in records, or asks for records at all."""
    change, query, signals = heard.change, heard.query, heard.understood.signals
    seeks = (change and heard.seeks) if context.turn.waiting else change or query or heard.seeks
    if not seeks or _is_asked_in_vain(context, heard):
        return False
    only_when = change.keys() == {"urgency"} and change["urgency"] != "now" and not query
    if heard.is_question and context.dialogue.ids and only_when:
        return False  # "what will it be worth in two years?"
    if query and not change and context.kind == "members" and is_new_question(context, query):
        change = dict.fromkeys(context.slots)
    context.turn.remember(**change)
    if heard.seeks:
        context.turn.set_intent(heard.understood.intent)
    # The same people may be sought in another city: "and the ones in Mumbai?"
    subjects = SUBJECTS - {"location"} if context.kind == "members" else SUBJECTS
    # Nor is the answer to a question of the assistant a new one: "Where should it be?"
    fresh = (subjects - {context.dialogue.asked}) & change.keys() or "reset" in signals
    search_or_ask(
        context,
        query or ("" if fresh else context.dialogue.query),
        intent=heard.understood.intent if heard.seeks else "",
        size=min(int(heard.understood.entities.get("limit", PAGE)), MOST),
        signals=signals,
    )
    return True


def _is_asked_in_vain(context: ConciergeTurn, heard: Heard) -> bool:
    """Return whether a message that tells nothing answers "what are you looking for?": it is not asked again."""
    told = heard.change or heard.query or missing(context.slots, "", context.kind) != "start"
    return not told and context.dialogue.asked == "start"


def look_with_what_is_known(context: ConciergeTurn, heard: Heard) -> bool:
    """Search after a short answer without criteria to a question: "whatever you have"; another question is no answer."""
    is_short = len(words(heard.entered.text)) <= _SHORT or "whatever" in heard.meanings
    asks = heard.is_question or heard.meanings & {"ask_other", "member_of"}
    if context.dialogue.asked not in _ASKED or asks or not is_short:
        return False
    search_or_ask(context, context.dialogue.query)
    return True


def search_or_ask(
    context: ConciergeTurn, query: str, *, intent: str = "", size: int = PAGE, signals: tuple[str, ...] = ()
) -> None:
    """Search, or ask one question if too little is known; no question is asked twice. Raises `SearchLimitReached`."""
    dialogue = context.dialogue
    wanted = missing(context.slots, query, context.kind)
    if wanted == "start" or (wanted and not dialogue.ids and dialogue.asked != wanted):
        # After records were shown, others can be.
        name = f"ask.start.{context.kind}" if wanted == "start" else f"ask.{wanted}"
        asks = context.note + context.say(name, what=context.summary(query=query))
        context.answer(asks, asked=wanted, ids=(), one="", query=query)
    else:
        search(context, query, intent=intent or _FINDING[context.kind], size=size, signals=signals)
