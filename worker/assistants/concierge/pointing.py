"""What points at records that were shown: a number, "the second one", a tapped row, "their contact info"."""

from worker.assistants.catalogue import MemberRecord
from worker.assistants.concierge.dialogue import Dialogue
from worker.assistants.concierge.hearing import MORE
from worker.assistants.concierge.showing import contact, details
from worker.assistants.concierge.talk import Talk

_LAST = -1


def pointed_at(dialogue: Dialogue, number: int) -> str:
    """Return the id of the record that a number means: its row on the page, or its place among all; "" if none.

    The row after the last one is the one for more.
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


def tell_range(talk: Talk) -> None:
    """Say which numbers there are."""
    count = len(talk.dialogue.ids)
    talk.turn.reply(talk.say("range", count=count) if count > 1 else talk.say("range.one"))
    talk.keep(talk.dialogue.but())


def show_one(talk: Talk, record_id: str) -> None:
    """Show one record."""
    record = talk.record(record_id)
    if record is None:
        talk.turn.reply(talk.say("gone"))
        talk.keep(talk.dialogue.but())
        return
    parts = [details(record, talk.speech, talk.names)]
    if talk.kind == "properties":
        parts.append(talk.say("about"))
    talk.turn.reply("\n\n".join(parts))
    talk.keep(talk.dialogue.but(one=record.id))


def show_contacts(talk: Talk, ids: tuple[str, ...]) -> None:
    """Show how to reach the members with these ids."""
    members = [record for one in ids if isinstance(record := talk.record(one), MemberRecord)]
    if not members:
        talk.turn.reply(talk.say("gone"))
        talk.keep(talk.dialogue.but())
        return
    said = [contact(member, talk.speech, talk.names) for member in members]
    talk.turn.reply("\n\n".join([talk.say("contacts"), *said] if len(said) > 1 else said))
    talk.keep(talk.dialogue.but(one=members[0].id if len(members) == 1 else talk.dialogue.one))


def named(talk: Talk, name: str) -> tuple[str, ...]:
    """Return those of the records shown last whose name has these words."""
    said = set(name.casefold().split())
    found = ((one, talk.record(one)) for one in talk.dialogue.ids)
    return tuple(
        one
        for one, record in found
        if isinstance(record, MemberRecord) and said <= set(record.name.casefold().replace(".", " ").split())
    )
