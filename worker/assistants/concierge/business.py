"""Questions about the business itself: answered from its file, or by its hours; else it is offered to ask a person."""

import re

from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.owners import question_to_owner
from worker.assistants.concierge.search_moves import look_for_it
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.faq.hours import opening_hours
from worker.assistants.faq.matching import meanings
from worker.assistants.understanding.normal import normal

_ABOUT_HOURS = frozenset({"#hours", "#open", "#close"})
#: How a question begins that goes on from the one before: "and on Fridays?", "والجمعة؟".
_AND = re.compile(r"(?:tab |tayeb |طب |طيب )?(?:(?:and|what about|how about|we?) |و)")
#: What the words of such a question may also be understood as: "your office", "outside Cairo".
_NO_SEARCH = frozenset({"location", "purpose", "urgency"})


def answer_about_business(context: ConciergeTurn, heard: Heard) -> bool:
    """Answer what the file of the business answers; what is looked for in the same message is then found as well."""
    text, before = heard.entered.text, context.dialogue.about_business
    if context.dialogue.ids and "business" not in heard.meanings and _asks_about_record(heard):
        return False  # "where is it?" is about what was shown
    follows = before and not heard.new and _AND.match(normal(text))
    asked = f"{before} {text}" if follows and not context.turn.faq.find(text) else text
    if entry := context.turn.faq.find(asked):
        answer = entry.answer(context.speech.language)
    elif (
        ("business" in heard.meanings or asked != text)
        and meanings(asked) & _ABOUT_HOURS
        and (hours := opening_hours(context.turn.hours, context.speech.language))
    ):
        answer = context.say("business.hours", hours=hours)
    else:
        return False
    owner = context.dialogue.owner
    context.turn.reply(f"{answer}\n\n{question_to_owner(context, owner)}" if owner else answer)
    if not _also_looks(heard) or not look_for_it(context, heard):
        kept = {"misses": 0, "about_business": before if asked != text else heard.in_short}
        context.keep(context.dialogue.model_copy(update=kept))
    return True


def offer_to_ask(context: ConciergeTurn, heard: Heard) -> bool:
    """Say that a question about the business is not known, and offer to pass it on."""
    if _also_looks(heard) or (context.dialogue.ids and _asks_about_record(heard)):
        return False
    context.offer_person(context.say("business.unknown"), heard.in_short)
    return True


def _asks_about_record(heard: Heard) -> bool:
    return any(one.startswith("ask_") for one in heard.meanings)


def _also_looks(heard: Heard) -> bool:
    return any(name not in _NO_SEARCH and value != "office" for name, value in heard.new.items())
