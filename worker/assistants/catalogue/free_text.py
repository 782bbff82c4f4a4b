"""Words that were not understood but occur in records: they are searched for as free text."""

from itertools import dropwhile
from typing import Protocol

from worker.assistants.catalogue.catalogue import LoadedCatalogue
from worker.assistants.catalogue.criteria import Slots, filters_of
from worker.assistants.catalogue.features import with_features
from worker.assistants.catalogue.kinds import kind_named
from worker.assistants.catalogue.spelling import key, search_words
from worker.assistants.catalogue.text_conditions import SURE
from worker.assistants.understanding.members import NEED
from worker.assistants.understanding.normal import words
from worker.assistants.understanding.professions import professions
from worker.assistants.understanding.slots import Understanding

#: Words that do not describe a record.
_NOT_DESCRIPTIVE = frozenset(
    words(
        "room rooms bedroom bedrooms bathroom bathrooms غرفه غرف اوضه اوض حمام حمامات oda owad 7amam new good nice great best large big small first building buy house home family wife husband kids budget around near "
        "let option options price location city apartment only just please wants still available work works know number details about info "
        "جديد جديده كويس كويسه حلو حلوه اول عماره ليا لينا قريب مراتي عيله ميزانيه سعر مكان منطقه مدينه الدور رقم تفاصيل بس فقط "
        "kwayes kwayesa 7elw 7elwa gedida gedid budget makan mante2a se3r beit tafasel bas faqat"
    )
)
_PREPOSITIONS = frozenset(words("a an at for in of near around في ب من fe fi fel men and و w"))
#: How many telling words a wish has beside criteria, and if nothing else says that a message is one: less is near to anything.
_LEAST_OF_WISH, _LEAST_ALONE = 2, 4


class Seeker(Protocol):
    """Whoever looks for records of a kind."""

    @property
    def kind(self) -> str:
        """The kind of the records."""

    @property
    def slots(self) -> Slots:
        """What is looked for."""

    @property
    def records(self) -> LoadedCatalogue:
        """The loaded records. Raises `NoCatalogue`."""


#: "Those who do machine learning" describes, although it points.
_POINTING = frozenset({"pronoun", "also"})


def with_free_text(context: Seeker, text: str, understood: Understanding, change: Slots) -> tuple[Slots, str]:
    """Return a change of the slots, and what to search for of the words of a text that were not understood.

    All of them if they surely mean what a record has, else those that occur in records. A profession or a name says more than a
    meaning that is only near.
    """
    change, known = _with_known_words(context, text, understood, change)
    if change.keys() & {"profession", "name"} or not _may_be_a_wish(understood, change):
        return change, known
    rest = search_words(_remaining_words(context.kind, text, understood))
    telling = _LEAST_OF_WISH if change or understood.intent != "other" else _LEAST_ALONE
    if len(rest) < telling or len(search_words(known)) == len(rest):
        return change, known
    wish = _wish(text, understood)
    return change, wish if context.records.nearness(context.kind, wish) >= SURE else known


def _with_known_words(
    context: Seeker, text: str, understood: Understanding, change: Slots
) -> tuple[Slots, str]:
    """Return a change of the slots, and the words of a text that were not understood but occur in records.

    They count if they are most of the message or go with new criteria. A name without a member gives way to its words ("GST").
    """
    change, known = _as_records_say(context, text, understood, change)
    name = str(change.get("name") or "")
    if known or not name or context.records.find(context.kind, "", {"name": name}, limit=1).total:
        return change, known
    others = {slot: value for slot, value in change.items() if slot != "name"}
    if "profession" in understood.entities:
        return others, ""  # what was taken for a name is none
    known = context.records.known_words(context.kind, name)
    withdrawn = {"name": None} if "name" in context.slots else {}
    return (others | withdrawn, known) if known else (change, "")


def _as_records_say(
    context: Seeker, text: str, understood: Understanding, change: Slots
) -> tuple[Slots, str]:
    """Return the change and the known words of a message, in the terms of the records.

    A profession that nobody has named, and was only concluded from what is needed, gives way to a specialty in the records
    ("GST"), and to further words in them ("diabetic diet").
    """
    known = _words_in_records(context, text, understood, change)
    needed = next((found.words for found in understood.trace if found.rule == NEED), None)
    if needed is None or "profession" not in change:
        return change, known
    specialties = context.records.aliases(context.kind, "specialty").items()
    if special := next((own for name, own in specialties if key(name) == key(needed)), ""):
        return change | {"profession": special}, known
    if not known:
        return change, known
    left = {slot: value for slot, value in change.items() if slot != "profession"}
    withdrawn = {"profession": None} if "profession" in context.slots else {}
    return left | withdrawn, context.records.known_words(context.kind, f"{known} {needed}")


def sought_in(records: LoadedCatalogue, kind: str, text: str, understood: Understanding) -> tuple[str, Slots]:
    """Return the words to search for and the filters that a text alone stands for, without a conversation."""
    refused = {f"not{slot[0].upper()}{slot[1:]}": values for slot, values in understood.excluded.items()}
    said = understood.entities | refused
    filters = {name: value for name, value in said.items() if records.has_filter(kind, name)}
    wish = _wish(text, understood)
    query = wish if records.nearness(kind, wish) else records.known_words(kind, wish)
    return (query, filters) if query or filters else (text, {})


def is_new_question(context: Seeker, query: str) -> bool:
    """Return whether no record matches both the words and the criteria so far: then it is a new question."""
    return bool(
        context.records.find(context.kind, query, filters_of(context.slots, context.kind), limit=1).relaxed
    )


def _may_be_a_wish(understood: Understanding, change: Slots) -> bool:
    """Return whether words that were not understood may tell what is looked for."""
    seeks = understood.intent in {"find_property", "find_member", "other"}
    return seeks and bool(change or not set(understood.signals) - _POINTING)


def _words_in_records(context: Seeker, text: str, understood: Understanding, change: Slots) -> str:
    """Return the words that occur in records, if they are most of the message or go with new criteria."""
    rest = _remaining_words(context.kind, text, understood) if _may_be_a_wish(understood, change) else ""
    if not rest:
        return ""
    known = context.records.known_words(context.kind, rest)
    enough = change or 2 * len(search_words(known)) > len(search_words(rest))
    return known if enough else ""


def _wish(text: str, understood: Understanding) -> str:
    """Return a text as it was written, without what was understood of it, and what led to that at its beginning."""
    used = _used_words(text, understood)
    left = [said for said in text.split() if not (plain := {*words(said)}) or not plain <= used]
    return " ".join(dropwhile(lambda said: _PREPOSITIONS.issuperset(words(said)), left))


def _remaining_words(kind: str, text: str, understood: Understanding) -> str:
    """Return the words of a text that were not understood and may describe a record of a kind."""
    used = _used_words(text, understood)
    telling = [
        word
        for word in search_words(text)
        if not {word, word.removeprefix("و")} & (used | _NOT_DESCRIPTIVE) and not word.isdigit()
    ]
    return with_features(_wish(text, understood), telling) if kind_named(kind).features else " ".join(telling)


def _used_words(text: str, understood: Understanding) -> set[str]:
    used = {word for found in understood.trace if found.slot != "act" for word in words(found.words)}
    if "profession" in understood.entities:
        # A second profession is the customer's own: "I am a doctor and need a lawyer".
        used |= {word for word in words(text) if professions().canonical(word)}
    return used
