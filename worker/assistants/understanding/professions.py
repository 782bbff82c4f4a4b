"""The professions of members by all their names, those that customers use and those in a catalogue."""

import re
from collections.abc import Iterable
from functools import cache

from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.phrases import FuzzyNames, Phrases
from worker.assistants.understanding.tokens import loose_form, phrase_words
from worker.assistants.understanding.vocabulary import read

_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"(?<=[^aeiou])y$")
_ARABIC_WORD = re.compile(r"[\u0621-\u064a]{4,}")
_LAST_VOWEL = re.compile(r"[aeiou](?=[^aeiou]$)")
_MAN = re.compile(r"man$")

#: Whoever asks for one may need a specialist.
DOCTOR = "doctor"


class Professions:
    """Names of professions, singular and plural, each with its canonical name."""

    def __init__(self) -> None:
        self.phrases: Phrases[str] = Phrases()
        tables = read("professions.toml")
        for name in tables:
            self._put(name, name, english=True)
        for name, table in tables.items():
            for language in ("en", "ar", "franco"):
                for alias in table.get(language, ()):
                    self._put(alias, name, english=language == "en")
        #: What a profession helps with: found only in messages without a profession.
        self.needs = _needs((need, name) for name, table in tables.items() for need in table.get("needs", ()))
        #: The same, where two things are mentioned: a child, and a fever.
        self.needs_both = [
            tuple(_needs((need, name) for need in needs) for needs in table["needs_both"])
            for name, table in tables.items()
            if "needs_both" in table
        ]
        self.doctors = frozenset(tables.get(DOCTOR, {}).get("specialties", ()))
        self.fuzzy = FuzzyNames(self.phrases.exact)

    def _put(self, alias: str, name: str, *, english: bool) -> None:
        self.phrases.put(alias, name, also_loose=not english)
        if english:
            self.phrases.put(plural(alias), name, also_loose=False)
        elif alias.isascii():
            self._put_franco(alias, name)
        elif _ARABIC_WORD.fullmatch(alias):
            # The plural, the feminine, and its plural: مهندس, مهندسين, مهندسة, مهندسات.
            stem = alias.rstrip("هة")
            for ending in ("ين", "ه", "ة", "ات"):
                self.phrases.put(stem + ending, name, also_loose=True)

    def _put_franco(self, alias: str, name: str) -> None:
        """Add the plural and the feminine of a name: mo7aseb, mo7asbeen, mo7asba."""
        first, _, rest = alias.partition(" ")
        if first == "doctor" and rest:
            self.phrases.put(f"doctora {rest}", name, also_loose=True)
        for stem in {alias, _LAST_VOWEL.sub("", alias)} if " " not in alias else ():
            for ending in ("een", "in", "a"):
                self.phrases.put(stem + ending, name, also_loose=True)

    def canonical(self, text: str) -> str | None:
        """Return the canonical name of a profession, None if the profession is not known."""
        return self.phrases.exact.get(" ".join(phrase_words(normal(text))))


def _needs(entries: Iterable[tuple[str, str]]) -> Phrases[str]:
    needs: Phrases[str] = Phrases()
    for need, name in entries:
        needs.put(" ".join(stem(word) for word in phrase_words(normal(need))), name, also_loose=False)
    return needs


#: The endings of "my", "your", "his", "her", "our", "their", after at least four letters.
_OWNERS = re.compile(r"(?<=[\u0621-\u064a]{4})(?:هم|ها|نا|كم|ه|ي|ك)$")
_ENDINGS = re.compile(r"(?<=[a-z]{3})(?:'s|ing|ed|es|e|(?<!s)s)$")
_TWICE = re.compile(r"([bdgmnprt])\1$")


def stem(word: str) -> str:
    """Return a word without its ending: "leaks" and "leaking" are "leak", "سنانه" is "سنان"; Franco-Arabic is folded by sound."""
    if not word.isascii():
        return _OWNERS.sub("", loose_form(word))
    if any(map(str.isdigit, word)):
        return loose_form(word)
    return _TWICE.sub(r"\1", _ENDINGS.sub("", word))


@cache
def professions() -> Professions:
    """Return the built-in professions."""
    return Professions()


def plural(name: str) -> str:
    """Return the English plural of a name; its last word changes."""
    if _CONSONANT_Y.search(name):
        return _CONSONANT_Y.sub("ies", name)
    if _MAN.search(name):
        return _MAN.sub("men", name)
    return f"{name}es" if _SIBILANT.search(name) else f"{name}s"
