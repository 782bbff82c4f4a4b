"""Decides how to answer a turn: tap, wish for a person, reference to shown records, search, small talk, in this order."""

from dataclasses import replace

from loguru import logger

from session.errors import NoCatalogue
from session.facts import with_facts
from session.turn import Turn
from worker.assistants.catalogue.errors import CatalogueError
from worker.assistants.concierge.criteria import Slots, budget_of, changed, merged, missing
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
from worker.assistants.concierge.pointers import asks_for_the_ad, look_for_such, with_ad, with_quoted
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
from worker.assistants.understanding.slots import Understanding

_DIRECTIONS = ("cheaper", "dearer", "bigger", "smaller")
#: A new value of one of these is a new question: the free text of the search before no longer applies.
_SUBJECTS = frozenset({"location", "propertyType", "profession", "name"})
#: What is asked about a record as well as for one.
_DETAILS = frozenset({"finishing", "paymentMethod", "urgency"})
_COURTEOUS = frozenset({"thanks", "goodbye", "no", "reset"})
_ASKED = frozenset({"location", "budget", "profession"})
_FINDING = {"members": "find_member", "properties": "find_property"}


@with_facts(facts_about)
def assistant(turn: Turn) -> str | None:
    """Answer one turn; that of a timer with its text. Raises `SearchLimitReached`, which the caller turns into a reply."""
    if turn.timer:
        return turn.timer.text
    context = ConciergeTurn.of(turn)
    entered = read_input(turn.messages, context.places_in, members=context.kind == "members")
    context = replace(context, said=entered.text or turn.text)
    understood = context.understand(entered.text) if entered.text.strip() else None
    if understood:
        heard = understood.language if entered.written else turn.language or understood.language
        context = context.in_language(heard)
    try:
        _answer(with_quoted(with_ad(context), understood), entered, understood)
    except (NoCatalogue, CatalogueError) as error:
        logger.error("the concierge cannot search: {}", error)
        turn.effects.replies.clear()
        hand_over(context, "the catalogue cannot be searched", context.say("handoff.away"))
    return None


def _answer(context: ConciergeTurn, entered: CustomerInput, understood: Understanding | None) -> None:
    number = entered.number
    options = context.dialogue.options
    if 1 <= number <= len(options):
        entered = CustomerInput(tap=options[number - 1])
    if entered.order:
        hand_over(context, entered.order, context.say("handoff.order"))
    elif entered.tap:
        _answer_tap(context, entered.tap)
    elif asks_for_the_ad(context, understood):
        _search_or_ask(context, "", intent=_FINDING[context.kind])
    elif understood is None:
        answer_wordless(context, entered.wordless)
    elif understood.intent == "handoff":
        context.turn.set_intent("handoff")
        hand_over(context, "customer asked", context.say("handoff"))
    elif not _answer_reference(context, entered, understood):
        _search_or_chat(context, entered, understood)


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


def _answer_reference(context: ConciergeTurn, entered: CustomerInput, understood: Understanding) -> bool:
    """Answer a reference to shown records; return False if there is none."""
    said, dialogue = understood.entities, context.dialogue
    new = {
        name: value for name, value in said.items() if name != "ordinal" and context.slots.get(name) != value
    }
    chosen = pointed_at(dialogue, int(said["ordinal"])) if "ordinal" in said else ""
    about = chosen if chosen != MORE else ""
    if context.kind == "properties" and dialogue.ids and not new and wants_visit(entered.text):
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
    if dialogue.asked == "budget" and entered.number and (budget := budget_of(entered.number, context.slots)):
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


def _search_or_chat(context: ConciergeTurn, entered: CustomerInput, understood: Understanding) -> None:
    """Search if the message has criteria; otherwise answer small talk, or admit that nothing was understood."""
    slots = context.slots
    change = changed(slots, understood, context.names)
    signals = understood.signals
    free_text = words_in_records(context, entered.text, understood, change)
    direction = next((signal for signal in _DIRECTIONS if signal in signals), None)
    if "name" in change and change["name"] and not free_text:
        free_text = words_of_unknown_name(context, change)
    if len(context.quoted) == 1 and not direction and _asks_about_it(change, signals):
        show_one(context, context.quoted[0])
        return
    if direction and not change and context.kind == "properties" and context.dialogue.ids:
        look_for_such(context)
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
    elif entered.wordless == "form":
        answer_wordless(context, "form")
    elif understood.intent == "greeting":
        greet(context, again=True)
    elif _asks_language(context, entered.text):
        show_again(context) if context.dialogue.ids else explain(context)
    elif "help" in signals or asks_who(entered.text):
        explain(context)
    elif context.dialogue.asked in _ASKED and not {"thanks", "goodbye"} & set(signals):
        # An answer without criteria ("whatever you have"): search with what is known.
        _search_or_ask(context, context.dialogue.query, intent=_FINDING[context.kind])
    elif not answer_courtesy(context, signals):
        _answer_the_rest(context, entered)


def _answer_the_rest(context: ConciergeTurn, entered: CustomerInput) -> None:
    if entered.is_attached:
        answer_wordless(context, entered.wordless)
    elif any(message.referral for message in context.turn.messages):
        greet(context)  # the ad told nothing, and whom it has brought is welcome
    else:
        admit_not_understood(context, about=bool(context.dialogue.one))


def _asks_about_it(change: Slots, signals: tuple[str, ...]) -> bool:
    """Return whether a text about one quoted record asks about that one ("how much is it?"), and for no other."""
    return change.keys() <= _DETAILS and not _COURTEOUS & set(signals)


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
