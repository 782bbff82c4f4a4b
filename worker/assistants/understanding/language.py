"""The language of a message, told by its script, its words, and digits used as letters.

A short message that could be of any language does not change the language of the conversation.
"""

import re
from collections.abc import Sequence
from functools import cache

from worker.assistants.understanding.joined_words import ARTICLES
from worker.assistants.understanding.normal import normal, words
from worker.assistants.understanding.vocabulary import read, vocabulary

DEFAULT = "en"
_ARABIC = re.compile(r"[\u0600-\u06ff]+")
#: A digit used as a letter: inside a word, before it or after it. "2br", "25k", "m2" and "6th" are not such words.
_DIGIT_LETTER = re.compile(
    r"(?<![\w.,])(?:[a-z]+[235679]+[a-z][0-9a-z]*|[23579][a-z]{3}[0-9a-z]*|[a-z]{3,}[237])(?!\w)"
)
_NO_FRANCO = re.compile(
    r"(?:[0-9]+(?:bed|bath|bhk|brs?|bdr?s?|bdrms?|beds|sqm|sqft|mil|million|month|months|year|years|rooms?|baths|bedrooms?|mins?|days?|st|nd|rd|th|alf|egp|[kmb]+n?)|sqm2|cm2|co2|b2b|mp3|covid[0-9]+)"
)
_PUNCTUATION = ".,;:!?()/-\"'،؟؛"
#: A message of at most this many Latin words without a digit as a letter does not change the language.
_SHORT = 2
#: A word with a digit as a letter counts more than common words: Franco-Arabic is full of English ones, not the reverse.
_DIGIT_WEIGHT = 4


def language_of(text: str, *, last: str | None = None, names: Sequence[str] = ()) -> str:
    """Return "en", "ar" or "franco".

    `last` is the language so far: only a request for another language, or a clear message, changes it: several words, another
    script, or digits used as letters.
    `names` are names of places in the message; they look the same in every language, so they are ignored.
    """
    plain = normal(text).replace("w/", "with ")
    asked = _asked(plain)
    if asked is not None:
        return asked
    plain = _without_names(plain, names) or plain
    arabic = _ARABIC.findall(plain)
    latin = [word for word in words(plain) if word.isascii() and not word.isdigit()]
    digits = sum(1 for found in _DIGIT_LETTER.findall(plain) if not _NO_FRANCO.fullmatch(found))
    if last is not None and len(arabic) + len(latin) <= _SHORT and not (digits or (arabic and not latin)):
        return last
    if arabic and len(arabic) >= len(latin) / 2:
        return "ar"
    english, franco = _lists()
    franco_score = digits * _DIGIT_WEIGHT + sum(1 for word in latin if word in franco and word not in english)
    english_score = sum(1 for word in latin if word in english)
    if franco_score == english_score == 0:
        return last if last is not None else ("ar" if arabic else DEFAULT)
    return "franco" if franco_score >= english_score and franco_score else "en"


def _without_names(plain: str, names: Sequence[str]) -> str:
    """Return a text without the names of places, and the articles in them: "ras el hekma"; "" if nothing else is said."""
    parts = {part for name in names for part in name.split()}
    if not parts:
        return plain
    kept: list[str] = []
    said = plain.split()
    for at, word in enumerate(said):
        bare = word.strip(_PUNCTUATION)
        after = said[at + 1].strip(_PUNCTUATION) if at + 1 < len(said) else ""
        named = bare in parts or any(
            bare.startswith(article) and bare[len(article) :] in parts for article in ARTICLES
        )
        if not named and not (bare in ARTICLES and after in parts):
            kept.append(word)
    return " ".join(kept) if any(words(word) for word in kept) else ""


def _asked(plain: str) -> str | None:
    said = words(plain)
    text = f" {' '.join(word for at, word in enumerate(said) if not at or said[at - 1] not in _taught())} "
    return next((language for phrase, language in _requests() if phrase in text), None)


@cache
def _taught() -> frozenset[str]:
    return frozenset(words(read("language.toml")["taught"]["after"]))


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
