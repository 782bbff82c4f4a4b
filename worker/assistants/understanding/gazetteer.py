"""The places that customers may name, each in all its spellings; the names of an operator's catalogue are added."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Self

from worker.assistants.understanding.joined_words import KnownWords
from worker.assistants.understanding.normal import fold, normal, without_article
from worker.assistants.understanding.phrases import FuzzyNames, Phrases, SoundNames
from worker.assistants.understanding.tokens import loose_form, phrase_words
from worker.assistants.understanding.vocabulary import read, vocabulary

_FILES = {
    "property": ("places.toml",),
    "member": ("cities.toml", "places.toml"),
    "any": ("places.toml", "cities.toml"),
}
#: The file of the places that only a directory of members needs; they are in India.
DIRECTORY = "cities"
_LANGUAGES = ("en", "ar", "franco")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place by its canonical name."""

    name: str
    kind: str = "district"  #: city, district or compound
    inside: str | None = None  #: the name of the place that it lies in
    country: str = ""  #: the file that it was read from


class Gazetteer:
    """Names of places. A name keeps its first meaning: later additions do not change it."""

    def __init__(self, places: Iterable[tuple[Place, Collection[str]]] = ()) -> None:
        self._entries = tuple(places)
        self._phrases: Phrases[Place] = Phrases()
        self._words = set[str]()
        self._glued = set[str]()
        self.places: dict[str, Place] = {}
        for place, names in self._entries:
            self.places.setdefault(place.name, place)
            for name in names:
                for word in self._phrases.put(name, place, also_loose=not _sounds_english(name)):
                    self._words |= {word, without_article(word)}
                    if word.isascii():
                        self._glued.add(fold(word))

    @staticmethod
    def of(domain: str) -> "Gazetteer":
        """Return the built-in places of a domain: "property", "member", or "any"."""
        return _of(domain)

    def with_names(self, names: Iterable[str], *, kind: str = "district") -> Self:
        """Return a copy that also knows these names, in the catalogue's spelling."""
        return type(self)((*self._entries, *((Place(name=name, kind=kind), (name,)) for name in names)))

    @property
    def phrases(self) -> Phrases[Place]:
        """The names, for looking them up in a message."""
        return self._phrases

    @cached_property
    def known(self) -> KnownWords:
        """The words of the vocabulary and of the names."""
        own = vocabulary().known
        return KnownWords(
            words=frozenset(own.words) | self._words,
            english=own.english,
            glued=frozenset(own.glued) | self._glued,
            units=own.units,
            joined=own.joined,
        )

    @cached_property
    def fuzzy(self) -> FuzzyNames:
        """The names, for recognising misspelt ones."""
        return FuzzyNames(self._phrases.loose)

    @cached_property
    def sounds(self) -> SoundNames[Place]:
        """The names, for recognising other Franco-Arabic spellings of them; nobody writes of India so."""
        names = {name: place for name, place in self._phrases.loose.items() if place.country != DIRECTORY}
        return SoundNames(names, lambda one, other: one if one == other else None)

    def within(self, inner: Place, outer: Place) -> bool:
        """Return whether a place lies in another."""
        seen = set[str]()
        at: Place | None = inner
        while at is not None and at.inside is not None and at.inside not in seen:
            if at.inside == outer.name:
                return True
            seen.add(at.inside)
            at = self.places.get(at.inside)
        return False


def _sounds_english(name: str) -> bool:
    """Return whether the looser form of a name is an English word: "el maady" sounds like "made"."""
    loose = " ".join(loose_form(word) for word in phrase_words(normal(name)))
    return loose in vocabulary().known.english and loose != normal(name)


@cache
def _of(domain: str) -> Gazetteer:
    return Gazetteer(
        entry for name in _FILES[domain] for entry in _places(read(name), name.removesuffix(".toml"))
    )


def _places(tables: Mapping[str, Any], country: str) -> Iterator[tuple[Place, Collection[str]]]:
    for name, table in tables.items():
        place = Place(name=name, kind=table.get("kind", "district"), inside=table.get("in"), country=country)
        yield place, [name, *(alias for language in _LANGUAGES for alias in table.get(language, ()))]
        yield place, table.get("landmarks", ())
        for names in table.get("localities", ()):
            part, *others = names.split("|")
            yield Place(name=part, inside=name, country=country), [part, *others]
