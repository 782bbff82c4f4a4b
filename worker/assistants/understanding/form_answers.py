"""The answers of a completed form as a customer would write them: "Maadi", "2 bedrooms", "budget 3000000". Pure."""

import re
from collections.abc import Mapping
from typing import Any

from worker.assistants.understanding.normal import normal

#: Fields that are read, and characters of one answer.
_MOST_FIELDS, _LONGEST = 40, 200
#: What is asked for -> words in the names of its fields. The first one that has a word of the name counts.
_FIELDS = {
    "bedrooms": "bedroom bedrooms beds rooms غرف غرفه الغرف اوض owad ghoraf",
    "bathrooms": "bathroom bathrooms baths حمام حمامات الحمامات 7ammamat 7amamat hammamat",
    "budget": "budget price cost spend afford ميزانيه الميزانيه سعر السعر مبلغ المبلغ mezaneya mizaniya se3r",
    "purpose": "purpose rent buy sale غرض الغرض ايجار تمليك شراء egar tamleek",
    "payment": "payment installments instalments دفع الدفع تقسيط daf3 ta2seet",
    "when": "when delivery move urgency timeline استلام الاستلام estelam",
    "finishing": "finishing furnished furnishing تشطيب التشطيب مفروش tashteeb",
    "profession": "profession specialty speciality occupation job مهنه المهنه تخصص التخصص وظيفه mehna ta5asos",
    "size": "area size sqm space meters metres مساحه المساحه متر mesa7a masa7a",
    "place": "location place district city region neighborhood neighbourhood compound zone town where "
    "منطقه المنطقه مكان المكان موقع الموقع مدينه المدينه حي الحي كمبوند makan mante2a manteqa madina",
    "type": "type kind property unit interest interested نوع النوع عقار العقار وحده الوحده no3 noo3",
    "name": "name member اسم الاسم esm",
}
_WORDS = {slot: frozenset(words.split()) for slot, words in _FIELDS.items()}
_OF_PROPERTIES = frozenset(_FIELDS) - {"profession", "name"}
_OF_MEMBERS = frozenset({"profession", "place", "name"})
#: Words that form builders make names of: such a field says nothing, its answer must speak for itself.
_NAMELESS = frozenset(
    "screen field question answer q a input textinput textarea text dropdown select option options choice radio "
    "radiobuttonsgroup group checkboxgroup checkbox chips chipsselector".split()
)
_LEAST = frozenset("min minimum from least اقل ادني".split())
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")
#: Before the answers that a form builder numbers: "0_Maadi".
_NUMBERED = re.compile(r"^\d{1,2}_(?=\D)")
_NUMBER = re.compile(r"\d[\d,.]*")
#: A small number as a budget: thousands a month for a rent, and else millions.
_MOST_MILLIONS = 500
_RENTS = re.compile(r"\b(?:rent|egar)|ايجار")


def in_words(answers: Mapping[str, Any], *, members: bool) -> str:
    """Return what the answers of a form ask for, in lines; "" if nothing.

    `members` says that a member of a directory is looked for, else it is a property. Everything else, such as dates, notes
    and the customer's own name, is left out.
    """
    slots = _OF_MEMBERS if members else _OF_PROPERTIES
    told = [(_words(name), _text(value)) for name, value in [*answers.items()][:_MOST_FIELDS]]
    rents = any(_RENTS.search(normal(said)) for words, said in told if _slot(words, said) == "purpose")
    lines = (_line(_slot(words, said), words, said, slots, rents=rents) for words, said in told if said)
    return "\n".join(filter(None, lines))


def _words(name: str) -> list[str]:
    """Return the words of the name of a field; the number at the end of one may belong to it ("no3") or not ("budget1")."""
    parts = _WORD.findall(normal(_HUMP.sub(" ", name[:_LONGEST])))
    said = [part for part in parts if not part.isdecimal()]
    return said + [part.rstrip("0123456789") for part in said if part[-1:].isdecimal()]


def _text(value: Any) -> str:
    if isinstance(value, list):
        # Those inside are not looked into: they may be nested without end.
        several = (_text(one) for one in value[:_MOST_FIELDS] if not isinstance(one, list))
        return " or ".join(filter(None, several))[:_LONGEST]
    if isinstance(value, bool | dict) or value is None:
        return ""
    return _NUMBERED.sub("", str(value)[:_LONGEST].strip()).replace("_", " ")


def _slot(words: list[str], said: str) -> str | None:
    """Return what a field asks for, "" if its name says nothing, None if it is something else."""
    slot = next((slot for slot, known in _WORDS.items() if not known.isdisjoint(words)), None)
    if slot == "size" and not _NUMBER.match(normal(said)):
        return "place"  # "area" is either
    nameless = slot is None and all(word.rstrip("0123456789") in _NAMELESS for word in words)
    return "" if nameless else slot


def _line(slot: str | None, words: list[str], said: str, slots: frozenset[str], *, rents: bool) -> str:
    number = _NUMBER.match(normal(said))
    bare = number is not None and not any(character.isalpha() for character in said)
    if slot == "":
        # A number alone could be anything.
        return said if not number else ""
    if slot not in slots:
        return ""
    bound = "from " if _LEAST & set(words) else "up to " if slot == "budget" else ""
    match slot:
        case "bedrooms" | "bathrooms":
            return f"{said} {slot}" if bare else said
        case "budget" if number and number[0] == normal(said):
            return f"{bound}{said}{_multiple(number[0], rents=rents)}"
        case "size" if bare:
            return f"{bound}{said} m2"
        case "payment" if number:
            return ""  # the down payment
    return said


def _multiple(number: str, *, rents: bool) -> str:
    small = number.isdecimal() and int(number) <= _MOST_MILLIONS
    return (" thousand a month" if rents else " million") if small else ""
