"""Phrases that the understanding does not know: visits, "who are you", and how a property is furnished."""

from functools import cache

from worker.assistants.understanding.normal import words

_VISIT = """
viewing, to view it, visit it, visit the, book a visit, schedule a visit, arrange a visit, site visit, book it, reserve it, i want to book,
i am interested, i'm interested, im interested, interested in, negotiate, negotiable, make an offer, best price, discount,
معاينة, اعاين, اعاينها, اعاينه, نعاين, ازورها, اشوفها علي الطبيعة, احجز, احجزها, نحجز, مهتم, مهتمة, عجبتني, تفاوض, خصم, اخر سعر,
mo3ayna, mo3ayena, a3ayen, a3ayenha, a3aynha, a7gez, a7gezha, mohtam, mohtama, mehtam, 3agabetny, 3gbtny, 5asm, a5er se3r
"""
_WHO = """
who are you, who is this, who am i talking to, are you a bot, are you a robot, are you human, are you real, what are you, what is this,
انت مين, انتي مين, مين معايا, مين حضرتك, انت بوت, انت روبوت, ايه ده, enta meen, enty meen, meen ma3aya, enta bot, eh da
"""
#: Value of the slot "finishing" -> the phrases that ask for it.
FURNISHED = {
    "furnished": "furnished, مفروش, مفروشة, بالفرش, mafrosh, mafrosha, mafroosh, mafroosha, bel farsh",
    "semi finished": "semi finished, half finished, نص تشطيب, نصف تشطيب, nos tashteeb, noss tashteeb",
    "core and shell": "core and shell, unfinished, على الطوب, بدون تشطيب, 3ala el toob, 3al toob, bedon tashteeb",
    "fully finished": "fully finished, finished, متشطب, متشطبة, تشطيب كامل, سوبر لوكس, super lux, tashteeb kamel, "
    "motashateb, motashateba, metshatab, metshataba",
}


def wants_visit(text: str) -> bool:
    """Return whether a customer wants to visit, book or negotiate; a person has to answer that."""
    return _phrase_in(text, _VISIT) is not None


def asks_who(text: str) -> bool:
    """Return whether a customer asks who answers."""
    return _phrase_in(text, _WHO) is not None


def furnished_in(text: str) -> tuple[str, str] | None:
    """Return how the property should be furnished and the words that say so, None if the text does not say it."""
    found = ((value, _phrase_in(text, phrases)) for value, phrases in FURNISHED.items())
    return next(((value, phrase) for value, phrase in found if phrase), None)


def _phrase_in(text: str, phrases: str) -> str | None:
    message = f" {' '.join(words(text))} "
    return next((phrase for phrase in _normal(phrases) if phrase in message), None)


@cache
def _normal(phrases: str) -> tuple[str, ...]:
    return tuple(f" {' '.join(words(phrase))} " for phrase in phrases.split(",") if phrase.strip())
