"""The language of a message, told by its script, its words, and digits used as letters.

A short or ambiguous message does not change the language of the conversation.
"""

import re
from collections.abc import Sequence
from functools import cache

from worker.assistants.understanding.normal import normal, words
from worker.assistants.understanding.vocabulary import read, vocabulary

DEFAULT = "en"
_ARABIC = re.compile(r"[\u0600-\u06ff]+")
#: A digit used as a letter: inside a word, before it or after it. "2br", "25k", "m2" and "6th" are not such words.
_DIGIT_LETTER = re.compile(
    r"(?<![\w.,])(?:[a-z]+[235679]+[a-z][0-9a-z]*|[23579][a-z]{3}[0-9a-z]*|[a-z]{3,}[237])(?!\w)"
)
_NO_FRANCO = re.compile(
    r"(?:[0-9]+(?:bed|bath|bhk|beds|sqm|sqft|mil|million|month|months|year|years|rooms?|baths|bedrooms?|mins?|days?|st|nd|rd|th|alf|egp|[kmb]+n?)|sqm2|cm2|co2|b2b|mp3|covid[0-9]+)"
)
#: A message of at most this many words does not change the language.
_SHORT = 2
#: A word with a digit as a letter counts more than a common word.
_DIGIT_WEIGHT = 2


def language_of(text: str, *, last: str | None = None, names: Sequence[str] = ()) -> str:
    """Return "en", "ar" or "franco".

    `last` is the language so far: only a request for another language, or a clear message of several words, changes it.
    `names` are names of places in the message; they look the same in every language, so they are ignored.
    """
    plain = normal(text).replace("w/", "with ")
    asked = _asked(plain)
    if asked is not None:
        return asked
    for name in dict.fromkeys(names):
        if name.isascii():
            plain = plain.replace(name, " ")
    arabic = _ARABIC.findall(plain)
    latin = [word for word in words(plain) if word.isascii() and not word.isdigit()]
    if last is not None and len(arabic) + len(latin) <= _SHORT:
        return last
    if arabic and len(arabic) >= len(latin) / 2:
        return "ar"
    english, franco = _lists()
    digits = sum(1 for found in _DIGIT_LETTER.findall(plain) if not _NO_FRANCO.fullmatch(found))
    franco_score = digits * _DIGIT_WEIGHT + sum(1 for word in latin if word in franco and word not in english)
    english_score = sum(1 for word in latin if word in english)
    if franco_score == english_score == 0:
        return last if last is not None else ("ar" if arabic else DEFAULT)
    return "franco" if franco_score >= english_score and franco_score else "en"


def _asked(plain: str) -> str | None:
    text = f" {' '.join(words(plain))} "
    return next((language for phrase, language in _requests() if phrase in text), None)


@cache
def _requests() -> tuple[tuple[str, str], ...]:
    tables = read("language.toml")["asked"]
    pairs = [
        (f" {' '.join(words(phrase))} ", language)
        for language, phrases in tables.items()
        for phrase in phrases
    ]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    lists = read("language.toml")["words"]
    return frozenset(lists["english"].split()), frozenset(lists["franco"].split()) | vocabulary().franco
