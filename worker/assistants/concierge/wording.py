"""Words in which nothing was understood, but that stand in records: they are searched as they are."""

from worker.assistants.catalogue.spelling import asked
from worker.assistants.concierge.talk import Talk
from worker.assistants.concierge.wanting import Slots, filters_of, rest_of
from worker.assistants.understanding.slots import Understanding


def words_of_records(talk: Talk, text: str, understood: Understanding, change: Slots) -> str:
    """Return the words that stand in records, if they are all that was said or go with something understood."""
    if understood.intent not in {"find_property", "find_member", "other"}:
        return ""
    if understood.signals and not change:
        return ""
    rest = rest_of(text, understood, talk.names)
    if not rest:
        return ""
    known = talk.records.known_words(talk.kind, rest)
    enough = change or 2 * len(known.split()) > len(asked(rest))
    return known if enough else ""


def is_other(talk: Talk, query: str) -> bool:
    """Return whether words fit nobody of those who were sought so far: then it is another question."""
    return bool(talk.records.find(talk.kind, query, filters_of(talk.slots, talk.kind), limit=1).relaxed)


def no_name(talk: Talk, change: Slots) -> str:
    """Return the words of a name that nobody has, but that stand in records: "GST"; they are no name then."""
    name = str(change["name"])
    if talk.records.find(talk.kind, "", {"name": name}, limit=1).total:
        return ""
    known = talk.records.known_words(talk.kind, name)
    if known:
        change["name"] = None
        if "name" not in talk.slots:
            del change["name"]
    return known
