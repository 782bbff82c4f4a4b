"""Owners who sell or rent out: what, where and how large it is, and how to reach them, one question at a time; then a person.

What they describe is no search: the slots stay as they are.
"""

import re
from typing import Any

from worker.assistants.concierge.dialogue import OwnerDraft
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.understanding.concepts import might_mention
from worker.assistants.understanding.normal import normal, words
from worker.assistants.wording.summary import offered, offered_for_agents

_NUMBER = "number"
_ASKED = ("type", "place", "area", _NUMBER)
#: Slot of a message -> what it tells of a property that is offered.
_TOLD = {
    "propertyType": "type",
    "location": "place",
    "area": "area",
    "bedrooms": "bedrooms",
    "finishing": "finishing",
    "budget": "price",
}
#: Longer figures are no square metres, but a price or a number to call.
_FIGURE = re.compile(r"(?<![0-9,.])[0-9][0-9,]{0,6}(?:\.[0-9]+)?(?![0-9,])")
#: A figure alone answers how large it is, whatever it looks like elsewhere: "m" may be metres or millions.
_SIZE = re.compile(rf"{_FIGURE.pattern} ?[mم]?")
_PHONE = re.compile(r"(?<![0-9])(?:\+|00)?[0-9](?:[ ()-]?[0-9]){6,14}(?![0-9])")
#: What ends the questions.
_REFUSED = frozenset({"no", "back", "cancel", "decline"})
#: Characters of an answer that is kept in the owner's own words, and of all that are kept beside the answers.
_LONGEST, _MOST_NOTES = 60, 200
#: So often a question is asked again, if an owner tells something else; then a person asks it.
_MOST_AGAIN = 2
#: What another property is looked for by.
_WANTED = frozenset({"propertyType", "location", "ordinal"})


def take_offer(context: ConciergeTurn, heard: Heard) -> bool:
    """Begin to ask an owner what is not said yet."""
    if context.kind != "properties":
        return False
    context.turn.set_intent("offer_property")
    _go_on(context, _with(OwnerDraft(lets="lets" in heard.meanings), heard))
    return True


def go_on_with_offer(context: ConciergeTurn, heard: Heard) -> bool:
    """Take the answer to the question of an owner; another message is for the other moves, and the question waits."""
    before, meanings = context.dialogue.owner, heard.meanings
    if before is None or not heard.entered.text:
        return False
    after = _with(before, heard)
    if "handoff" in meanings:  # whoever wants to be called has answered whether; a person asks the rest
        _pass_on(context, after, "handoff")
    elif after != before:
        _go_on(context, after)
    elif "business" in meanings:
        return False
    elif "owner" in meanings or _told(heard).items() & before.model_dump().items():
        _go_on(context, before)  # "no, I am selling", "apartment": the question is open
    elif before.asked == _NUMBER and "no" in meanings:
        context.answer(context.say("owner.which"), owner=before.model_copy(update={"refused": True}))
    elif _REFUSED & meanings:
        context.answer(context.say("no"), owner=None)
    else:
        return False
    return True


def question_to_owner(context: ConciergeTurn, draft: OwnerDraft, *before: str) -> str:
    """Return the open question to an owner, after other sentences."""
    question = f"owner.{'which' if draft.refused else draft.asked}"
    return context.say(*before, question, number=context.turn.customer)


def _with(draft: OwnerDraft, heard: Heard) -> OwnerDraft:
    """Return what is known of a property with what a message tells."""
    text, asked, told = heard.entered.text, draft.asked, _told(heard)
    figures = {_figure(found) for found in _FIGURE.findall(normal(text[:_LONGEST]))}
    if asked == "area" and (size := _SIZE.fullmatch(normal(text).strip(" .!"))):
        told = {"area": _figure(size[0])}
    elif any(getattr(draft, name) not in ("", told[name]) for name in {"type", "place"} & told.keys()):
        told = told if asked in told else {}  # another one is perhaps looked for
    elif draft.area in figures and len(figures) == 2:  # noqa: PLR2004  (a correction: "130, not 120")
        told = {"area": max(figures - {draft.area})}
    elif not told and asked == "area" and len(figures) == 1:
        told = {"area": max(figures)}
    elif not told and (number := _number(heard, draft)):
        told = {_NUMBER: number}
    elif not told and asked in ("type", "place") and heard.is_plain and len(text) <= _LONGEST:
        told = {asked: heard.in_short}
    elif not told and asked == _NUMBER and _describes(heard):
        told = {"notes": f"{draft.notes} {heard.in_short}".strip()[:_MOST_NOTES]}
    return draft.model_copy(update=told)


def _told(heard: Heard) -> dict[str, Any]:
    said = heard.understood.entities
    return {name: said[slot] for slot, name in _TOLD.items() if slot in said}


def _figure(text: str) -> float:
    return float(re.sub("[^0-9.]", "", text))


def _describes(heard: Heard) -> bool:
    """Return whether a message tells something of a property that is kept as it is: "third floor"."""
    said = heard.understood
    plain = heard.is_plain or (said.entities and not said.acts and not _WANTED & said.entities.keys())
    return bool(plain) and not heard.is_question


def _number(heard: Heard, draft: OwnerDraft) -> str:
    if found := _PHONE.search(normal(heard.entered.text)):
        return found[0]
    agrees = "ok" in might_mention(words(heard.entered.text)) and _REFUSED.isdisjoint(heard.meanings)
    asked = draft.asked == _NUMBER and not draft.refused
    return heard.context.turn.customer if agrees and asked else ""


def _go_on(context: ConciergeTurn, draft: OwnerDraft) -> None:
    before, known = draft.asked, context.turn.customer.startswith("+")
    asked = next((name for name in _ASKED if not getattr(draft, name)), "")
    asked_again = draft.asked_again + 1 if asked == before else 0
    if not asked or asked_again > _MOST_AGAIN:
        _pass_on(context, draft, "owner.done")
        return
    adds = asked == before and draft != context.dialogue.owner
    refused = draft.refused or (asked == _NUMBER and not known)
    draft = draft.model_copy(update={"asked": asked, "asked_again": asked_again, "refused": refused})
    first = () if before and not adds else ("owner.noted" if adds else "owner",)
    buttons = ("yes", "other_number") if asked == _NUMBER and known else ()
    context.answer(question_to_owner(context, draft, *first), buttons=buttons, options=(), owner=draft)


def _pass_on(context: ConciergeTurn, draft: OwnerDraft, sentence: str) -> None:
    what = offered(draft, context.speech, context.names)
    context.going_on(owner=None).hand_over(offered_for_agents(draft), sentence, what=what)
