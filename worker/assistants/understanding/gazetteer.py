"""The places that customers may name, each with the ways in which they write it; an operator's own come on top."""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self

from worker.assistants.understanding.normal import bare, fold
from worker.assistants.understanding.phrases import Phrases, Typos
from worker.assistants.understanding.tokens import Known
from worker.assistants.understanding.vocabulary import read, vocabulary

_FILES = {"property": ("places.toml",), "member": ("cities.toml",), "any": ("places.toml", "cities.toml")}
_LANGUAGES = ("en", "ar", "franco")


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place by its canonical name."""

    name: str
    kind: str = "district"  #: city, district or compound
    inside: str | None = None  #: the name of the place that it lies in
    country: str = ""  #: the file that it was read from


class Gazetteer:
    """Names of places. The first meaning of a name stays: what is added later does not take it away."""

    def __init__(self, places: Iterable[tuple[Place, Collection[str]]] = ()) -> None:
        self._entries = tuple(places)
        self._phrases: Phrases[Place] = Phrases()
        self._words = set[str]()
        self._glued = set[str]()
        self.places: dict[str, Place] = {}
        for place, names in self._entries:
            self.places.setdefault(place.name, place)
            for name in names:
                for word in self._phrases.put(name, place, loosely_too=True):
                    self._words |= {word, bare(word)}
                    if word.isascii():
                        self._glued.add(fold(word))

    @staticmethod
    def of(domain: str) -> "Gazetteer":
        """Return the places that come with the house: of "property", "member", or "any"."""
        return _of(domain)

    def with_names(self, names: Iterable[str], *, kind: str = "district") -> Self:
        """Return a copy that also knows these names, as the operator's catalogue writes them."""
        return type(self)((*self._entries, *((Place(name=name, kind=kind), (name,)) for name in names)))

    def with_file(self, path: Path) -> Self:
        """Return a copy that also knows the places of a file of the operator, written as `data/places.toml` is."""
        return type(self)(
            (*self._entries, *_places(tomllib.loads(path.read_text(encoding="utf-8")), path.stem))
        )

    @property
    def phrases(self) -> Phrases[Place]:
        """The names, for looking them up in a message."""
        return self._phrases

    @cached_property
    def known(self) -> Known:
        """The words of the house together with those of the names."""
        own = vocabulary().known
        return Known(
            words=frozenset(own.words) | self._words,
            english=own.english,
            glued=frozenset(own.glued) | self._glued,
            units=own.units,
        )

    @cached_property
    def typos(self) -> Typos:
        """The names, for finding those that are misspelt."""
        return Typos(self._phrases.loose)

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


@cache
def _of(domain: str) -> Gazetteer:
    return Gazetteer(
        entry for name in _FILES[domain] for entry in _places(read(name), name.removesuffix(".toml"))
    )


def _places(tables: Mapping[str, Any], country: str) -> Iterator[tuple[Place, Collection[str]]]:
    for name, table in tables.items():
        place = Place(name=name, kind=table.get("kind", "district"), inside=table.get("in"), country=country)
        yield place, [name, *(alias for language in _LANGUAGES for alias in table.get(language, ()))]
        if "localities" in table:
            yield place, table["localities"]
