"""Owners who sell or rent out: what, where and how large it is, and how to reach them, one question at a time; then a person.

What they describe is no search: the slots stay as they are.
"""

import re

from session.replies import Button
from worker.assistants.concierge.dialogue import OwnerDraft
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.small_talk import hand_over
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.understanding.concepts import might_mention
from worker.assistants.understanding.normal import normal, words

_ASKED = ("type", "place", "area")
#: Slot of a message -> what it tells of a property that is offered.
_TOLD = {
    "propertyType": "type",
    "location": "place",
    "area": "area",
    "bedrooms": "bedrooms",
    "finishing": "finishing",
    "budget": "price",
}
_NUMBER = "number"
#: Longer figures are no square metres, but a number to call.
_FIGURE = re.compile(r"(?<![0-9,])[0-9][0-9,]{0,6}(?![0-9,])")
_PHONE = re.compile(r"(?<![0-9])(?:\+|00)?[0-9](?:[ ()-]?[0-9]){6,14}(?![0-9])")
#: What ends the questions.
_REFUSED = frozenset({"no", "back", "cancel", "decline"})
#: Characters of an answer that is kept in the owner's own words, and of all that are kept beside the answers.
_LONGEST, _MOST_NOTES = 60, 200
#: What another property is looked for by.
_WANTED = frozenset({"propertyType", "location", "ordinal"})


def take_offer(context: ConciergeTurn, heard: Heard) -> bool:
    """Begin to ask an owner what is not said yet."""
    if context.kind != "properties":
        return False
    context.turn.set_intent("offer_property")
    _go_on(context, _with(OwnerDraft(lets="lets" in heard.meanings), heard), first=True)
    return True


def go_on_with_offer(context: ConciergeTurn, heard: Heard) -> bool:
    """Take the answer to the question of an owner; another message is for the other moves, and the question waits."""
    before = context.dialogue.owner
    if before is None or not heard.entered.text:
        return False
    if "handoff" in heard.meanings:
        # Whoever wants to be called has answered whether; what is not said is asked by the person.
        hand_over(context, _reason(before), "handoff")
        context.keep(context.dialogue.updated(owner=None))
        return True
    after = _with(before, heard)
    if after == before and "business" in heard.meanings:
        return False
    if after == before and ("owner" in heard.meanings or _repeats(before, heard)):
        _go_on(context, before)  # "no, I am selling", "apartment": the question is open
        return True
    if after == before and before.asked == _NUMBER and "no" in heard.meanings:
        context.answer(context.say("owner.which"), owner=before.model_copy(update={"refused": True}))
    elif after == before and not _REFUSED.isdisjoint(heard.meanings):
        context.answer(context.say("no"), owner=None)
    elif after == before:
        return False
    else:
        _go_on(context, after)
    return True


def question_to_owner(context: ConciergeTurn, draft: OwnerDraft) -> str:
    """Return the open question to an owner."""
    return context.say(f"owner.{'which' if draft.refused else draft.asked}", number=context.turn.customer)


def _with(draft: OwnerDraft, heard: Heard) -> OwnerDraft:
    """Return what is known of a property with what a message tells."""
    said, text = heard.understood.entities, heard.entered.text
    told = {name: said[slot] for slot, name in _TOLD.items() if slot in said}
    asked = draft.asked
    other = any(getattr(draft, name) not in ("", told[name]) for name in {"type", "place"} & told.keys())
    if other and asked not in told:
        return draft  # another property, which is perhaps looked for
    if asked == "area" and not told and (figure := _FIGURE.search(normal(text))):
        told = {"area": float(figure[0].replace(",", ""))}
    elif asked in ("type", "place") and not told and heard.is_plain and len(text) <= _LONGEST:
        told = {asked: " ".join(text.split())}
    elif draft.area in (figures := _figures(text)) and len(figures) == 2:  # noqa: PLR2004  (a correction: "130, not 120")
        told = {"area": next(figure for figure in figures if figure != draft.area)}
    elif asked == _NUMBER and not told and (number := _number(heard, draft)):
        told = {_NUMBER: number}
    elif asked == "area" and not told and (found := _PHONE.search(normal(text))):
        told = {_NUMBER: found[0]}
    elif not told and asked == _NUMBER and _describes(heard):
        told = {"notes": f"{draft.notes} {' '.join(text.split())}".strip()[:_MOST_NOTES]}
    return draft.model_copy(update=told)


def _repeats(draft: OwnerDraft, heard: Heard) -> bool:
    said = heard.understood.entities
    told = {name: said[slot] for slot, name in _TOLD.items() if slot in said}
    return bool(told) and all(getattr(draft, name) == value for name, value in told.items())


def _describes(heard: Heard) -> bool:
    """Return whether a message tells something of a property that is kept as it is: "third floor"."""
    said = heard.understood
    plain = heard.is_plain or (said.entities and not said.acts and not _WANTED & said.entities.keys())
    return bool(plain) and "?" not in normal(said.text)


def _figures(text: str) -> set[float]:
    return {float(figure.replace(",", "")) for figure in _FIGURE.findall(normal(text[:_LONGEST]))}


def _number(heard: Heard, draft: OwnerDraft) -> str:
    if found := _PHONE.search(normal(heard.entered.text)):
        return found[0]
    agrees = "ok" in might_mention(words(heard.entered.text)) and _REFUSED.isdisjoint(heard.meanings)
    return heard.context.turn.customer if agrees and not draft.refused else ""


def _go_on(context: ConciergeTurn, draft: OwnerDraft, *, first: bool = False) -> None:
    asked = next((name for name in (*_ASKED, _NUMBER) if not getattr(draft, name)), "")
    adds = asked == draft.asked and draft != context.dialogue.owner
    draft = draft.model_copy(update={"asked": asked})
    if not asked:
        hand_over(context, _reason(draft), "owner.done", what=_in_words(context, draft))
        context.keep(context.dialogue.updated(owner=None))
        return
    knows_number = context.turn.customer.startswith("+")
    if asked == _NUMBER and not knows_number:
        draft = draft.model_copy(update={"refused": True})
    noted = context.say("owner.noted") + " " if adds and not first else ""
    question = noted + question_to_owner(context, draft)
    titles = ("button.yes", "button.other_number") if asked == _NUMBER and knows_number else ()
    context.turn.reply(
        f"{context.say('owner')} {question}" if first else question,
        buttons=[Button(id=name, title=context.speech.say(name)) for name in titles],
    )
    context.keep(context.dialogue.updated(owner=draft))


def _reason(draft: OwnerDraft) -> str:
    """Return what the desk reads: "owner sells: apartment, Dokki, 120 m², 3,500,000 EGP, call +20..."."""
    parts = [*filter(None, (draft.type, draft.place))]
    parts += [f"{draft.area:,.0f} m²"] if draft.area else []
    parts += [f"{draft.bedrooms} bedrooms"] if draft.bedrooms else []
    parts += [draft.finishing] if draft.finishing else []
    parts += [f"{draft.price:,.0f} EGP{' a month' if draft.lets else ''}"] if draft.price else []
    parts += [f'"{draft.notes}"'] if draft.notes else []
    return f"owner {'rents out' if draft.lets else 'sells'}: {', '.join(parts)}{f', call {draft.number}' if draft.number else ''}"


def _in_words(context: ConciergeTurn, draft: OwnerDraft) -> str:
    language = context.speech.language
    type_ = context.speech.words.types.get(draft.type, draft.type)
    area = context.say("metres", area=f"{draft.area:,.0f}")
    told = [type_, context.names.place(draft.place, language), area]
    if draft.price:
        amount = f"{draft.price:,.0f}"
        name = "price.rent" if draft.lets else "price"
        told.append(context.say(name, amount=amount, currency=context.speech.term("EGP")))
    return context.speech.comma.join(told)
