"""What the concierge can say: one file of sentences for each language in `data/`, and the choice among them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from session.reachable import DAYS, time_of_day
from worker.assistants.understanding.dates import PartOfDay

LANGUAGES = ("en", "ar", "franco")
#: Arabic grammar has forms for one, two, three to ten, and more.
_FEW = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasebook:
    """The sentences and terms of one language."""

    #: name -> alternative wordings, used in rotation
    sentences: Mapping[str, Sequence[str]]
    #: type of a property -> its name in the singular
    types: Mapping[str, str]
    #: the same, shortened
    short: Mapping[str, str]
    #: relaxed filter -> its name
    relaxed: Mapping[str, str]
    #: the parts of a summary in their order -> the wording of each
    parts: Mapping[str, str]
    #: what is counted -> its forms for one, two, three to ten, and more
    counted: Mapping[str, Sequence[str]]
    #: what customers ask about -> its name
    topics: Mapping[str, str]
    #: words in records -> the same in this language
    terms: Mapping[str, str]
    #: the months, how a day and a time are joined, and the parts of a day
    calendar: Mapping[str, Any]
    #: between the last two items of a list
    conjunction: str


@cache
def phrasebook_of(language: str) -> Phrasebook:
    """Return the phrasebook of a language: "en", "ar" or "franco"."""
    file = files("worker.assistants.concierge").joinpath("data", f"{language}.toml")
    return Phrasebook(**tomllib.loads(file.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Chooses the sentences of one turn."""

    language: str | None  #: None if it is not known yet
    count: int = 0  #: of the customer's messages; selects among alternative wordings

    @property
    def words(self) -> Phrasebook:
        """The phrasebook of the language, English if it is not known."""
        return phrasebook_of(self.language or "en")

    def say(self, name: str, /, **values: Any) -> str:
        """Return a sentence with its values filled in; the wording rotates."""
        ways = self.words.sentences[name]
        way = ways[self.count % len(ways)]
        said = way.format(**values)
        return capital(said) if way.startswith("{what}") else said

    def label(self, topic: str) -> str:
        """Return the name of what customers ask about, as a line begins with it."""
        return capital(self.words.topics[topic])

    def counted(self, name: str, number: int) -> str:
        """Return a number and what it counts, in the grammatical form of the language."""
        one, two, few, many = self.words.counted[name]
        form = {1: one, 2: two}.get(number, few if number <= _FEW else many)
        return form.format(n=f"{number:,}")

    def span(self, name: str, low: int, high: int) -> str:
        """Return the same for a range: "2-3"."""
        return self.words.counted[name][2].format(n=f"{low}-{high}")

    def moment(self, start: datetime, part: PartOfDay) -> str:
        """Return a day, or a time or a part of it: "Friday 4 December at 16:00"."""
        words, language = self.words.calendar, self.language or "en"
        day = words["day"].format(
            weekday=DAYS[language][start.weekday()], day=start.day, month=words["months"][start.month - 1]
        )
        if part == "day":
            return str(day)
        return str(words[part].format(day=day, time=time_of_day(language, start)))

    def term(self, name: str) -> str:
        """Return a word from the records in this language; unchanged if there is no translation."""
        return self.words.terms.get(name.casefold(), name)

    @property
    def comma(self) -> str:
        """What goes between the items of a list."""
        return "، " if self.language == "ar" else ", "

    def listed(self, several: list[str]) -> str:
        """Return several items as one enumeration."""
        *first, last = several
        return f"{self.comma.join(first)}{self.words.conjunction}{last}" if first else last


def capital(text: str) -> str:
    """Return a text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def languages_of(language: str | None) -> tuple[str, ...]:
    """Return the languages to answer in: two if the customer's language is not known."""
    return (language,) if language else ("en", "ar")
