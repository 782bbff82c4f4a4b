"""What a message points at besides its own words: the ad from which the customer came, and the records that it quotes."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from session.contents import Text
from session.errors import NoCatalogue
from session.messages import Message
from worker.assistants.catalogue import PropertyRecord
from worker.assistants.catalogue.criteria import changed
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.understanding.slots import Understanding
from worker.assistants.wording.shown_records import ids_shown

#: A message of these intents is one by itself, whatever brought the customer.
_FOR_ITSELF = frozenset({"handoff", "show_contact"})
#: What may be the id of a record: letters and digits together, at most so many of them.
_WORD, _DIGIT, _LETTER = re.compile(r"[\w-]+"), re.compile(r"\d"), re.compile(r"[A-Za-z]")
_LONGEST_CODE, _MOST_CODES = 40, 8


def with_ad(context: ConciergeTurn) -> ConciergeTurn:
    """Return the context with what an ad offers, if there is a new one; the session keeps its criteria.

    The headline tells what it is about, and only if it tells nothing, the body.
    """
    ads = [message.referral for message in context.turn.messages if message.referral]
    if not ads:
        return context
    ad = ads[-1]
    name = (ad.source_id or ad.headline or ad.source_url or "")[:100]
    for text in filter(None, (ad.headline, ad.body)) if name != context.dialogue.ad else ():
        offered = context.understand(text)
        if change := changed(context.slots, offered, context.names):
            context.turn.remember(**change)
            dialogue = context.dialogue.model_copy(update={"ad": name})
            return replace(context, ad=offered, dialogue=dialogue, said=f"{context.said}\n{text}".strip())
    return context


def asks_for_the_ad(context: ConciergeTurn, understood: Understanding) -> bool:
    """Return whether a message means what the ad offers: "Can I get more info on this?"; it has no criteria itself."""
    if context.ad is None:
        return False
    return not (understood.intent in _FOR_ITSELF or changed(context.slots, understood, context.names))


def with_quoted(context: ConciergeTurn, understood: Understanding | None) -> ConciergeTurn:
    """Return the context in which "this one" and "the second one" mean the records that the customer quotes or names by code.

    Raises `NoCatalogue` if there are none.
    """
    pointed = (_ids_in(context, message) for message in reversed(context.turn.messages))
    ids = next(filter(None, pointed), ()) or _ids_written(context)
    if not ids or (understood is not None and understood.intent == "more"):
        return context
    dialogue = context.dialogue
    if len(ids) == 1:
        around = {} if dialogue.ids else {"ids": ids, "total": 1}
        dialogue = dialogue.model_copy(update={"one": ids[0], **around})
    else:
        dialogue = dialogue.model_copy(update={"one": "", "ids": ids, "offset": 0, "options": ()})
    return replace(context, quoted=ids, dialogue=dialogue)


def _ids_written(context: ConciergeTurn) -> tuple[str, ...]:
    """Return the codes of properties that the messages contain themselves: "how much is EG0012"."""
    if context.kind != "properties":
        return ()
    words = _WORD.findall(" ".join(message.text for message in context.turn.messages))
    mixed = [word for word in words if _DIGIT.search(word) and _LETTER.search(word)]
    written = dict.fromkeys(word for word in mixed if len(word) <= _LONGEST_CODE)
    with suppress(NoCatalogue):
        found = (context.record(code) or context.record(code.upper()) for code in [*written][:_MOST_CODES])
        return tuple(record.id for record in found if record)
    return ()


def look_for_such(context: ConciergeTurn) -> None:
    """Look for what is like the one record that is quoted: after "cheaper" the earlier criteria are those of something else."""
    record = context.record(context.quoted[0]) if len(context.quoted) == 1 else None
    if not isinstance(record, PropertyRecord):
        return
    such = {"propertyType": record.property_type, "location": record.location, "purpose": record.purpose}
    if any(context.slots.get(name, value) != value for name, value in such.items()):
        context.turn.remember(**(dict.fromkeys(context.slots) | such))


def _ids_in(context: ConciergeTurn, message: Message) -> tuple[str, ...]:
    """Return the ids of the records that a message points at, without those that are gone."""
    found: Iterator[str] = iter(())
    if isinstance(message.content, Text) and message.content.product:
        found = iter((message.content.product.id,))
    elif message.quoted and message.quoted.entry:
        id_ = message.quoted.entry
        history = context.turn.session.context.message_history
        found = (one for said in history if said.message_id == id_ for one in ids_shown(said, context))
    return tuple(one for one in dict.fromkeys(found) if context.record(one) is not None)
