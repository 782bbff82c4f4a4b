"""The professions that members may be asked for, by all their names. Used for the catalogue's own words as well."""

import re
from functools import cache

from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.phrases import Phrases, Typos
from worker.assistants.understanding.tokens import phrase_words
from worker.assistants.understanding.vocabulary import read

_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_CONSONANT_Y = re.compile(r"(?<=[^aeiou])y$")
_MAN = re.compile(r"man$")


class Professions:
    """Names of professions, in the singular and the plural, and the canonical one of each."""

    def __init__(self) -> None:
        self.phrases: Phrases[str] = Phrases()
        tables = read("professions.toml")
        for name in tables:
            self._put(name, name, english=True)
        for name, table in tables.items():
            for language in ("en", "ar", "franco"):
                for alias in table.get(language, ()):
                    self._put(alias, name, english=language == "en")
        self.typos = Typos(self.phrases.exact)

    def _put(self, alias: str, name: str, *, english: bool) -> None:
        self.phrases.put(alias, name, loosely_too=not english)
        if english:
            self.phrases.put(plural(alias), name, loosely_too=False)

    def canonical(self, text: str) -> str | None:
        """Return the canonical name of what a catalogue or a customer calls a profession, if it is known."""
        return self.phrases.exact.get(" ".join(phrase_words(normal(text))))


@cache
def professions() -> Professions:
    """Return the professions that come with the house."""
    return Professions()


def plural(name: str) -> str:
    """Return an English plural: of the last word."""
    if _CONSONANT_Y.search(name):
        return _CONSONANT_Y.sub("ies", name)
    if _MAN.search(name):
        return _MAN.sub("men", name)
    return f"{name}es" if _SIBILANT.search(name) else f"{name}s"
