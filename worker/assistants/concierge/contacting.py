"""When a customer asks how to reach somebody: members are found and shown, of a property a person has the contact."""

from worker.assistants.concierge.courtesy import hand_over
from worker.assistants.concierge.pointing import named, show_contacts
from worker.assistants.concierge.searching import search
from worker.assistants.concierge.talk import Talk
from worker.assistants.concierge.wanting import changed
from worker.assistants.understanding.slots import Understanding

#: So many of one name are shown with their contacts at once.
_TOGETHER = 5


def show_wanted(talk: Talk, understood: Understanding, chosen: str) -> None:
    """Show contacts of members; of a property a person has them."""
    dialogue = talk.dialogue
    talk.turn.set_intent("show_contact")
    if talk.kind != "members":
        hand_over_about(talk, chosen or dialogue.one, "asks for a contact")
        return
    said = understood.entities
    name = str(said.get("name", "")) if "pronoun" not in understood.signals else ""
    ids = (chosen,) if chosen else named(talk, name) if name else ()
    if not ids and (name or said.keys() & {"profession", "location"}):
        talk.turn.remember(**changed(talk.slots, understood, talk.names))
        found = search(talk, "", intent="show_contact")
        if 0 < len(found) == found.total <= _TOGETHER:
            talk.turn.effects.replies.pop()
            show_contacts(talk, tuple(record.id for record in found))
        return
    ids = ids or ((dialogue.one,) if dialogue.one else dialogue.ids)
    if ids:
        show_contacts(talk, ids)
    else:
        talk.turn.reply(talk.say("contact.whom"))
        talk.keep(dialogue.but())


def hand_over_about(talk: Talk, record_id: str, reason: str) -> None:
    """Let a person take over who is told which record it is about."""
    record = talk.record(record_id) if record_id else None
    if record is None:
        hand_over(talk, reason, talk.say("handoff"))
        return
    types = talk.speech.words.types
    title = types.get(getattr(record, "property_type", ""), types[""])
    hand_over(talk, f"{reason}: {record_id}", talk.say("handoff.about", title=title, id=record_id))
