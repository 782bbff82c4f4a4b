"""Decides what a turn is about, the surest sign first: a tap, a wish for a person, pointing, courtesies, a search."""

from datetime import date

from loguru import logger

from session.errors import NoCatalogue
from session.turn import Turn
from worker.assistants.catalogue.errors import CatalogueError
from worker.assistants.concierge.contacting import hand_over_about, show_wanted
from worker.assistants.concierge.courtesy import explain, greet, hand_over, miss, offer_nothing, show_mute
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.hearing import HUMAN, MORE, RENT, SALE, SHOW, Heard, hear
from worker.assistants.concierge.pointing import (
    pointed_at,
    show_one,
    tell_range,
)
from worker.assistants.concierge.searching import MOST, PAGE, move, search, show_again, turn_page
from worker.assistants.concierge.talk import Talk
from worker.assistants.concierge.wanting import (
    budget_of,
    changed,
    merged,
    missing,
)
from worker.assistants.concierge.wishes import asks_who, wants_visit
from worker.assistants.concierge.wording import is_other, no_name, words_of_records
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.slots import Understanding

_ALIKE = ("cheaper", "dearer", "bigger", "smaller")
#: A new one of these is another question: words that were searched before do not go with it.
_SUBJECTS = frozenset({"location", "propertyType", "profession", "name"})
_ASKED = frozenset({"location", "budget", "profession"})
_FINDING = {"members": "find_member", "properties": "find_property"}


def assistant(turn: Turn) -> None:
    """Answer one turn. Raises `SearchLimitReached`."""
    talk = Talk.of(turn)
    heard = hear(turn.messages)
    understood = None
    if heard.text.strip():
        understood = _understand(talk, heard.text, turn.now.date())
        talk = talk.speaking(understood.language)
    try:
        _answer(talk, heard, understood)
    except (NoCatalogue, CatalogueError) as error:
        logger.error("the concierge cannot search: {}", error)
        turn.effects.replies.clear()
        hand_over(talk, "the catalogue cannot be searched", talk.say("handoff.away"))


def _understand(talk: Talk, text: str, today: date) -> Understanding:
    return understand(
        text,
        domain=talk.names.domain,
        gazetteer=talk.names.gazetteer,
        last_language=talk.turn.language,
        today=today,
    )


def _answer(talk: Talk, heard: Heard, understood: Understanding | None) -> None:
    number = heard.number
    options = talk.dialogue.options
    if 1 <= number <= len(options):
        heard = Heard(tap=options[number - 1])
    if heard.tap:
        _follow(talk, heard.tap)
    elif understood is None:
        show_mute(talk, heard.mute)
    elif understood.intent == "handoff":
        talk.turn.set_intent("handoff")
        hand_over(talk, "customer asked", talk.say("handoff"))
    elif not _point(talk, heard, understood):
        _search_or_chat(talk, heard, understood)


def _follow(talk: Talk, tap: str) -> None:
    """Do what a button or a row stands for."""
    if tap == HUMAN:
        hand_over(talk, "customer asked", talk.say("handoff"))
    elif tap == MORE:
        _turn_page(talk)
    elif tap in (SALE, RENT):
        talk.turn.remember(purpose=tap)
        _pursue(talk, "", intent="find_property")
    else:
        show_one(talk, tap.removeprefix(SHOW))


def _point(talk: Talk, heard: Heard, understood: Understanding) -> bool:
    """Answer what points at something that was shown; return whether it did."""
    said, dialogue = understood.entities, talk.dialogue
    new = {name: value for name, value in said.items() if name != "ordinal" and talk.slots.get(name) != value}
    chosen = pointed_at(dialogue, int(said["ordinal"])) if "ordinal" in said else ""
    about = chosen if chosen != MORE else ""
    if talk.kind == "properties" and dialogue.ids and not new and wants_visit(heard.text):
        hand_over_about(talk, about or dialogue.one, "asks for a viewing")
        return True
    if understood.intent == "show_contact":
        show_wanted(talk, understood, about)
        return True
    if understood.intent == "more" and not (dialogue.one and "pronoun" in understood.signals):
        talk.turn.set_intent("more")
        _turn_page(talk)
        return True
    if "ordinal" not in said or new:
        return False
    if dialogue.asked == "budget" and heard.number and (budget := budget_of(heard.number, talk.slots)):
        talk.turn.remember(budget=budget)
        _pursue(talk, "", intent="find_property")
    elif chosen == MORE:
        _turn_page(talk)
    elif chosen:
        show_one(talk, chosen)
    elif dialogue.ids:
        tell_range(talk)
    else:
        return False
    return True


def _turn_page(talk: Talk) -> None:
    if talk.dialogue.ids:
        turn_page(talk)
    else:
        _pursue(talk, talk.dialogue.query, intent=_FINDING[talk.kind])


def _search_or_chat(talk: Talk, heard: Heard, understood: Understanding) -> None:
    """Search if anything was said of what is wanted; be polite otherwise; own up if nothing was understood."""
    slots = talk.slots
    change = changed(slots, understood, talk.names)
    signals = understood.signals
    own = words_of_records(talk, heard.text, understood, change)
    alike = next((signal for signal in _ALIKE if signal in signals), None)
    if "name" in change and change["name"] and not own:
        own = no_name(talk, change)
    if alike and not change and talk.kind == "properties" and talk.dialogue.ids:
        move(talk, alike, intent=understood.intent)
        return
    seeks = understood.intent in {"find_property", "find_member"}
    if "reset" in signals and not merged(slots, change):
        talk.turn.remember(**change)
        talk.turn.reply(f"{talk.say('reset')} {talk.can('ask.start')}")
        talk.keep(Dialogue())
    elif change or own or seeks:
        if own and not change and talk.kind == "members" and is_other(talk, own):
            change = dict.fromkeys(slots)
        talk.turn.remember(**change)
        if seeks:
            talk.turn.set_intent(understood.intent)
        query = own or ("" if _SUBJECTS & change.keys() or "reset" in signals else talk.dialogue.query)
        _pursue(
            talk,
            query,
            intent=understood.intent if seeks else _FINDING[talk.kind],
            size=min(int(understood.entities.get("limit", PAGE)), MOST),
            signals=signals,
            idle=not (change or own),
        )
    elif understood.intent == "greeting":
        greet(talk, again=True)
    elif _asks_language(talk, heard.text):
        show_again(talk) if talk.dialogue.ids else explain(talk)
    elif "help" in signals or asks_who(heard.text):
        explain(talk)
    elif talk.dialogue.asked in _ASKED and not {"thanks", "goodbye"} & set(signals):
        # Who answers a question with "whatever you have" has nothing to add.
        _pursue(talk, talk.dialogue.query, intent=_FINDING[talk.kind])
    elif not offer_nothing(talk, signals):
        miss(talk, about=bool(talk.dialogue.one))


def _asks_language(talk: Talk, text: str) -> bool:
    """Return whether nothing was said but to go on in another language."""
    before, now = talk.turn.session.context.language, talk.speech.language
    return before not in {None, now} or (now == "ar" and text.isascii())


def _pursue(
    talk: Talk,
    query: str,
    *,
    intent: str,
    size: int = PAGE,
    signals: tuple[str, ...] = (),
    idle: bool = False,
) -> None:
    """Search, or ask one question if too little is known; nothing is asked twice."""
    slots = talk.slots
    wanted = missing(slots, query, talk.kind)
    if wanted != "start" and talk.dialogue.ids:
        wanted = ""  # who has seen some already may see others
    if wanted == "start" or (wanted and talk.dialogue.asked != wanted):
        if wanted == "start" and idle and talk.dialogue.asked == "start":
            miss(talk, about=False)
            return
        ask = (
            talk.can("ask.start")
            if wanted == "start"
            else talk.say(f"ask.{wanted}", what=talk.what(query=query))
        )
        talk.turn.reply(ask)
        talk.keep(talk.dialogue.but(asked=wanted, ids=(), one="", query=query))
        return
    search(talk, query, intent=intent, size=size, signals=signals)
