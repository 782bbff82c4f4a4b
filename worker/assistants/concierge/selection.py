"""What refers to records that were shown: a number, a tapped row, a name, "their contact info"."""

import re

from worker.assistants.catalogue import MemberRecord
from worker.assistants.catalogue.criteria import changed, corrected
from worker.assistants.catalogue.described import is_called
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.saved_searches import save_search
from worker.assistants.concierge.search import search, show_one
from worker.assistants.concierge.search_moves import next_page, search_or_ask
from worker.assistants.concierge.small_talk import call_person, come_back
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import BACK, HUMAN, MORE, RENT, SALE, SHOW, WATCH
from worker.assistants.understanding.concepts import might_mention
from worker.assistants.understanding.normal import normal, words
from worker.assistants.wording.record_texts import contact

_LAST = -1
_FIGURE = re.compile(r"(?<![0-9])[0-9]{1,3}(?![0-9])")
#: What is asked about a record as well as for one.
_DETAILS = frozenset({"finishing", "paymentMethod", "urgency"})
_DISMISSING = frozenset({"cheaper", "dearer", "bigger", "smaller", "thanks", "goodbye", "no", "reset"})


def follow_tap(context: ConciergeTurn, heard: Heard) -> bool:
    """Do what the tapped button or row stands for; False if it is none of these."""
    tap = heard.entered.tap
    if tap == HUMAN:
        call_person(context, heard) if not context.turn.waiting else None
    elif tap == MORE:
        next_page(context)
    elif tap == WATCH:
        save_search(context, heard)
    elif tap == BACK:
        come_back(context, heard)
    elif tap.startswith(SHOW):
        show_one(context, tap.removeprefix(SHOW))
    elif tap in (SALE, RENT):
        context.turn.remember(purpose=tap)
        search_or_ask(context, context.dialogue.query)
    else:
        return context.turn.waiting  # an answer about a visit: for the person who is awaited
    return True


def reserve(context: ConciergeTurn, heard: Heard) -> bool:
    """Hand over whoever wants to have a property that was shown: that is for a person."""
    if context.kind != "properties" or heard.new:
        return False
    hand_over_about(context, record_in(context, heard) or context.dialogue.one, "wants to reserve")
    return True


def choose(context: ConciergeTurn, heard: Heard) -> bool:
    """Show what a number or an ordinal points at; a message with criteria points at nothing."""
    chosen = pointed_at(context.dialogue, int(heard.understood.entities["ordinal"]))
    if heard.new or not (chosen or context.dialogue.ids):
        return False
    if chosen == MORE:
        next_page(context)
    elif chosen:
        show_one(context, chosen)
    else:
        say_range(context)
    return True


def correct_number(context: ConciergeTurn, heard: Heard) -> bool:
    """Take "not 4, 3" for a correction of what had that number, and "no wait, 3" of the rooms, if there is no third record."""
    text, new = heard.entered.text, next(reversed(heard.understood.pointed), 0)
    if heard.change or not new or "not" not in might_mention(words(text)):
        return False
    old = next((int(figure) for figure in _FIGURE.findall(normal(text)) if int(figure) != new), 0)
    if not old and not pointed_at(context.dialogue, new):
        old = context.slots.get("bedrooms", 0)
    change = corrected(context.slots, old, new)
    context.turn.remember(**change)
    if change:
        search_or_ask(context, context.dialogue.query)
    return bool(change)


def show_quoted(context: ConciergeTurn, heard: Heard) -> bool:
    """Show the one quoted record to whoever asks about that one ("how much is it?"), and for no other."""
    if not heard.change.keys() <= _DETAILS or _DISMISSING & heard.meanings:
        return False
    show_one(context, context.quoted[0])
    return True


def record_in(context: ConciergeTurn, heard: Heard) -> str:
    """Return the id of the record that an ordinal in the message points at, "" if none does."""
    ordinal = heard.understood.entities.get("ordinal")
    chosen = pointed_at(context.dialogue, int(ordinal)) if ordinal is not None else ""
    return chosen if chosen != MORE else ""


def pointed_at(dialogue: Dialogue, number: int) -> str:
    """Return the id of the record that a number stands for: row on the page, or position among all; "" if none.

    The row after the last record is "more".
    """
    shown = dialogue.ids
    if number == _LAST:
        return shown[-1] if shown else ""
    if 1 <= number <= len(shown):
        return shown[number - 1]
    if number == len(shown) + 1 and dialogue.offset + len(shown) < dialogue.total:
        return MORE
    place = number - 1 - dialogue.offset
    return shown[place] if 0 <= place < len(shown) else ""


def say_range(context: ConciergeTurn) -> None:
    """Say which numbers can be chosen."""
    count = len(context.dialogue.ids)
    context.answer(context.say("range", count=count) if count > 1 else context.say("range.one"))


def show_contacts(context: ConciergeTurn, ids: tuple[str, ...]) -> None:
    """Show the contact details of the members with these ids; ask whose they are if there are none."""
    members = [record for one in ids if isinstance(record := context.record(one), MemberRecord)]
    if not members:
        context.answer(context.say("gone" if ids else "contact.whom"))
        return
    said = [context.told(contact, member) for member in members]
    one = members[0].id if len(members) == 1 else context.dialogue.one
    context.answer("\n\n".join([context.say("contacts"), *said] if len(said) > 1 else said), one=one)


#: At most this many members are shown with contact details at once.
_TOGETHER = 5


def show_contacts_of(context: ConciergeTurn, heard: Heard) -> None:
    """Show contact details of members; for those of a property hand over to a person."""
    dialogue, understood, chosen = context.dialogue, heard.understood, record_in(context, heard)
    context.turn.set_intent("show_contact")
    if context.kind != "members":
        hand_over_about(context, chosen or dialogue.one, "asks for a contact")
        return
    said = understood.entities
    name = str(said.get("name", "")) if "pronoun" not in understood.signals else ""
    called = (one for one in dialogue.ids if name and is_called(context.record(one), name))
    ids = (chosen,) if chosen else tuple(called)
    if not ids and (name or understood.role or said.keys() & {"profession", "location"}):
        context.turn.remember(**changed(context.slots, understood, context.names))
        found = search(context, "", intent="show_contact")
        if 0 < len(found) == found.total <= _TOGETHER:
            context.turn.effects.replies.pop()
            show_contacts(context, tuple(record.id for record in found))
        return
    show_contacts(context, ids or ((dialogue.one,) if dialogue.one else dialogue.ids))


def hand_over_about(context: ConciergeTurn, record_id: str, reason: str) -> None:
    """Hand over to a person, with the id of the record in the reason."""
    record = context.record(record_id)
    if record is None:
        context.hand_over(reason, "handoff")
        return
    types = context.speech.words.types
    title = types.get(getattr(record, "property_type", ""), types[""])
    context.hand_over(f"{reason}: {record_id}", "handoff.about", title=title, id=record_id)
