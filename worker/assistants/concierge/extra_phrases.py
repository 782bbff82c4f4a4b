"""Phrases that the understanding does not know: visits, and "who are you"."""

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


def wants_visit(text: str) -> bool:
    """Return whether a customer wants to visit, book or negotiate; a person has to answer that."""
    return _phrase_in(text, _VISIT) is not None


def asks_who(text: str) -> bool:
    """Return whether a customer asks who answers."""
    return _phrase_in(text, _WHO) is not None


def _phrase_in(text: str, phrases: str) -> str | None:
    message = f" {' '.join(words(text))} "
    return next((phrase for phrase in _normal(phrases) if phrase in message), None)


@cache
def _normal(phrases: str) -> tuple[str, ...]:
    return tuple(f" {' '.join(words(phrase))} " for phrase in phrases.split(",") if phrase.strip())
