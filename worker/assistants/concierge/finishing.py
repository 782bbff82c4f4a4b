"""How far a property is finished, in the words of customers. Data and one lookup; no slot of the understanding yet."""

from functools import cache

from worker.assistants.understanding.normal import words

_SAID = {
    "furnished": "furnished, مفروش, مفروشة, بالفرش, mafrosh, mafrosha, mafroosh, mafroosha, bel farsh",
    "semi finished": "semi finished, half finished, نص تشطيب, نصف تشطيب, nos tashteeb, noss tashteeb",
    "core and shell": "core and shell, unfinished, على الطوب, بدون تشطيب, 3ala el toob, 3al toob, bedon tashteeb",
    "fully finished": "fully finished, finished, متشطب, متشطبة, تشطيب كامل, سوبر لوكس, super lux, tashteeb kamel, "
    "motashateb, motashateba, metshatab, metshataba",
}


def finishing_in(text: str) -> tuple[str, str] | None:
    """Return the finishing that a text asks for, and the words that told it."""
    said = f" {' '.join(words(text))} "
    return next(((name, phrase) for phrase, name in _phrases() if phrase in said), None)


@cache
def _phrases() -> tuple[tuple[str, str], ...]:
    pairs = ((phrase, name) for name, phrases in _SAID.items() for phrase in phrases.split(","))
    return tuple((f" {' '.join(words(phrase))} ", name) for phrase, name in pairs)
