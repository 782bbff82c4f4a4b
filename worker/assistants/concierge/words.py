"""What the concierge can say: sentences as data, a module a language, and how one of them is chosen. Knows no turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

#: Grammar, not a setting: Arabic counts in ones, twos, threes to tens, and more.
_FEW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything that one language has."""

    #: name -> ways to say it, used in turn
    sentences: Mapping[str, tuple[str, ...]]
    #: type of a property -> one of it
    types: Mapping[str, str]
    #: the same where there is little room
    short: Mapping[str, str]
    #: filter that was loosened -> what it is called
    loosened: Mapping[str, str]
    #: the parts of a description in their order -> how each is said; "{n}" is counted
    parts: Mapping[str, str]
    #: what is counted -> for one, two, three to ten, and more
    counted: Mapping[str, tuple[str, str, str, str]]
    #: words of the records -> the same in this language
    terms: Mapping[str, str]
    #: between the last two of a list
    conjunction: str


@cache
def words_in(language: str) -> Words:
    """Return the words of a language."""
    words: Words = import_module(f"worker.assistants.concierge.words_{language}").WORDS
    return words


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """The sentences of one turn."""

    language: str | None  #: None: nobody knows it yet
    count: int = 0  #: of the customer's messages, so that not every sentence is the same twice

    @property
    def words(self) -> Words:
        """The words of the language, English while it is not known."""
        return words_in(self.language or "en")

    def say(self, name: str, /, **values: Any) -> str:
        """Return a sentence; the next time it may be another one that says the same."""
        ways = self.words.sentences[name]
        way = ways[self.count % len(ways)]
        said = way.format(**values)
        return said[:1].upper() + said[1:] if way.startswith("{what}") else said

    def counted(self, name: str, number: int) -> str:
        """Return a number with what it counts, as this language does it."""
        one, two, few, many = self.words.counted[name]
        form = {1: one, 2: two}.get(number, few if number <= _FEW else many)
        return form.format(n=f"{number:,}")

    def span(self, name: str, low: int, high: int) -> str:
        """Return the same for "2-3"."""
        return self.words.counted[name][2].format(n=f"{low}-{high}")

    def term(self, name: str) -> str:
        """Return a word of the records in this language, if it has one."""
        return self.words.terms.get(name.casefold(), name)

    def listed(self, several: list[str]) -> str:
        """Return several things as one enumeration."""
        *first, last = several
        comma = "، " if self.language == "ar" else ", "
        return f"{comma.join(first)}{self.words.conjunction}{last}" if first else last


def everywhere(language: str | None) -> tuple[str, ...]:
    """Return the languages in which something must be said to somebody: two, while the language is not known."""
    return (language,) if language else ("en", "ar")
