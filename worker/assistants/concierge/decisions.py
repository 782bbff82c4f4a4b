"""Decides how to answer a turn: tap, wish for a person, reference to shown records, search, small talk, in this order."""

from datetime import date

from loguru import logger

from session.errors import NoCatalogue
from session.facts import with_facts
from session.turn import Turn
from worker.assistants.catalogue.errors import CatalogueError
from worker.assistants.concierge.criteria import budget_of, changed, merged, missing
from worker.assistants.concierge.customer_input import (
    HUMAN,
    MORE,
    RENT,
    SALE,
    SHOW,
    CustomerInput,
    read_input,
)
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.extra_phrases import asks_who, wants_visit
from worker.assistants.concierge.facts import facts_about
from worker.assistants.concierge.free_text import is_new_question, words_in_records, words_of_unknown_name
from worker.assistants.concierge.search import MOST, PAGE, search, search_beyond, show_again, turn_page
from worker.assistants.concierge.selection import (
    hand_over_about,
    pointed_at,
    say_range,
    show_contacts_of,
    show_one,
)
from worker.assistants.concierge.small_talk import (
    admit_not_understood,
    answer_courtesy,
    answer_wordless,
    explain,
    greet,
    hand_over,
)
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Understanding

_DIRECTIONS = ("cheaper", "dearer", "bigger", "smaller")
#: A new value of one of these is a new question: the free text of the search before no longer applies.
_SUBJECTS = frozenset({"location", "propertyType", "profession", "name"})
_ASKED = frozenset({"location", "budget", "profession"})
_FINDING = {"members": "find_member", "properties": "find_property"}


@with_facts(facts_about)
def assistant(turn: Turn) -> None:
    """Answer one turn. Raises `SearchLimitReached`, which the caller turns into a reply."""
    context = ConciergeTurn.of(turn)
    customer_input = read_input(turn.messages)
    understood = None
    if customer_input.text.strip():
        understood = _understand(context, customer_input.text, turn.now.date())
        context = context.in_language(understood.language)
    try:
        _answer(context, customer_input, understood)
    except (NoCatalogue, CatalogueError) as error:
        logger.error("the concierge cannot search: {}", error)
        turn.effects.replies.clear()
        hand_over(context, "the catalogue cannot be searched", context.say("handoff.away"))


def _understand(context: ConciergeTurn, text: str, today: date) -> Understanding:
    return understand(
        text,
        domain=context.names.domain,
        gazetteer=context.names.gazetteer,
        last_language=context.turn.language,
        today=today,
    )


def _answer(context: ConciergeTurn, customer_input: CustomerInput, understood: Understanding | None) -> None:
    number = customer_input.number
    options = context.dialogue.options
    if 1 <= number <= len(options):
        customer_input = CustomerInput(tap=options[number - 1])
    if customer_input.tap:
        _answer_tap(context, customer_input.tap)
    elif understood is None:
        answer_wordless(context, customer_input.wordless)
    elif understood.intent == "handoff":
        context.turn.set_intent("handoff")
        hand_over(context, "customer asked", context.say("handoff"))
    elif not _answer_reference(context, customer_input, understood):
        _search_or_chat(context, customer_input, understood)


def _answer_tap(context: ConciergeTurn, tap: str) -> None:
    """Carry out what the tapped button or row stands for."""
    if tap == HUMAN:
        hand_over(context, "customer asked", context.say("handoff"))
    elif tap == MORE:
        _turn_page(context)
    elif tap in (SALE, RENT):
        context.turn.remember(purpose=tap)
        _search_or_ask(context, "", intent="find_property")
    else:
        show_one(context, tap.removeprefix(SHOW))


def _answer_reference(
    context: ConciergeTurn, customer_input: CustomerInput, understood: Understanding
) -> bool:
    """Answer a reference to shown records; return False if there is none."""
    said, dialogue = understood.entities, context.dialogue
    new = {
        name: value for name, value in said.items() if name != "ordinal" and context.slots.get(name) != value
    }
    chosen = pointed_at(dialogue, int(said["ordinal"])) if "ordinal" in said else ""
    about = chosen if chosen != MORE else ""
    if context.kind == "properties" and dialogue.ids and not new and wants_visit(customer_input.text):
        hand_over_about(context, about or dialogue.one, "asks for a viewing")
        return True
    if understood.intent == "show_contact":
        show_contacts_of(context, understood, about)
        return True
    if understood.intent == "more" and not (dialogue.one and "pronoun" in understood.signals):
        context.turn.set_intent("more")
        _turn_page(context)
        return True
    if "ordinal" not in said or new:
        return False
    if (
        dialogue.asked == "budget"
        and customer_input.number
        and (budget := budget_of(customer_input.number, context.slots))
    ):
        context.turn.remember(budget=budget)
        _search_or_ask(context, "", intent="find_property")
    elif chosen == MORE:
        _turn_page(context)
    elif chosen:
        show_one(context, chosen)
    elif dialogue.ids:
        say_range(context)
    else:
        return False
    return True


def _turn_page(context: ConciergeTurn) -> None:
    if context.dialogue.ids:
        turn_page(context)
    else:
        _search_or_ask(context, context.dialogue.query, intent=_FINDING[context.kind])


def _search_or_chat(context: ConciergeTurn, customer_input: CustomerInput, understood: Understanding) -> None:
    """Search if the message has criteria; otherwise answer small talk, or admit that nothing was understood."""
    slots = context.slots
    change = changed(slots, understood, context.names)
    signals = understood.signals
    free_text = words_in_records(context, customer_input.text, understood, change)
    direction = next((signal for signal in _DIRECTIONS if signal in signals), None)
    if "name" in change and change["name"] and not free_text:
        free_text = words_of_unknown_name(context, change)
    if direction and not change and context.kind == "properties" and context.dialogue.ids:
        search_beyond(context, direction, intent=understood.intent)
        return
    seeks = understood.intent in {"find_property", "find_member"}
    if "reset" in signals and not merged(slots, change):
        context.turn.remember(**change)
        context.turn.reply(f"{context.say('reset')} {context.say_by_kind('ask.start')}")
        context.keep(Dialogue())
    elif change or free_text or seeks:
        if free_text and not change and context.kind == "members" and is_new_question(context, free_text):
            change = dict.fromkeys(slots)
        context.turn.remember(**change)
        if seeks:
            context.turn.set_intent(understood.intent)
        query = free_text or (
            "" if _SUBJECTS & change.keys() or "reset" in signals else context.dialogue.query
        )
        _search_or_ask(
            context,
            query,
            intent=understood.intent if seeks else _FINDING[context.kind],
            size=min(int(understood.entities.get("limit", PAGE)), MOST),
            signals=signals,
            idle=not (change or free_text),
        )
    elif understood.intent == "greeting":
        greet(context, again=True)
    elif _asks_language(context, customer_input.text):
        show_again(context) if context.dialogue.ids else explain(context)
    elif "help" in signals or asks_who(customer_input.text):
        explain(context)
    elif context.dialogue.asked in _ASKED and not {"thanks", "goodbye"} & set(signals):
        # An answer without criteria ("whatever you have"): search with what is known.
        _search_or_ask(context, context.dialogue.query, intent=_FINDING[context.kind])
    elif not answer_courtesy(context, signals):
        admit_not_understood(context, about=bool(context.dialogue.one))


def _asks_language(context: ConciergeTurn, text: str) -> bool:
    """Return whether the customer only asks to continue in another language."""
    before, now = context.turn.session.context.language, context.speech.language
    return before not in {None, now} or (now == "ar" and text.isascii())


def _search_or_ask(
    context: ConciergeTurn,
    query: str,
    *,
    intent: str,
    size: int = PAGE,
    signals: tuple[str, ...] = (),
    idle: bool = False,
) -> None:
    """Search, or ask one question if too little is known; no question is asked twice."""
    slots = context.slots
    wanted = missing(slots, query, context.kind)
    if wanted != "start" and context.dialogue.ids:
        wanted = ""  # records were already shown, so others can be
    if wanted == "start" or (wanted and context.dialogue.asked != wanted):
        if wanted == "start" and idle and context.dialogue.asked == "start":
            admit_not_understood(context, about=False)
            return
        ask = (
            context.say_by_kind("ask.start")
            if wanted == "start"
            else context.say(f"ask.{wanted}", what=context.summary(query=query))
        )
        context.turn.reply(ask)
        context.keep(context.dialogue.updated(asked=wanted, ids=(), one="", query=query))
        return
    search(context, query, intent=intent, size=size, signals=signals)
