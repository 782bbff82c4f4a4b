"""The names in the operator's records: customers can use them, and answers have them in the customer's language."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from session.errors import NoCatalogue
from session.turn import Catalogue
from worker.assistants.catalogue import LoadedCatalogue
from worker.assistants.catalogue.errors import CatalogueError
from worker.assistants.understanding.gazetteer import Gazetteer
from worker.assistants.understanding.professions import plural
from worker.assistants.understanding.slots import Domain
from worker.assistants.understanding.vocabulary import read

_DOMAINS: dict[str, Domain] = {"properties": "property", "members": "member"}
_PLACES = {
    "properties": ("location", "city", "governorate", "compound"),
    "members": ("city", "locality"),
}
_ARABIC = re.compile(r"[\u0621-\u064a]")
_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names in the currently loaded records of one kind."""

    domain: Domain
    gazetteer: Gazetteer
    canonical: dict[str, str]  #: name in the records -> the value that it stands for
    arabic: dict[str, str]  #: value -> its name in Arabic, if the records have one
    compounds: frozenset[str]
    places: tuple[str, ...] = ()  #: a few, for examples
    professions: tuple[str, ...] = ()

    def known_around(self, name: str) -> str:
        """Return a place, or the smallest one around it that is in the records; the place itself if there is none."""
        at, seen = self.gazetteer.places.get(name), set[str]()
        while at is not None and at.name not in self.canonical and at.inside and at.name not in seen:
            seen.add(at.name)
            at = self.gazetteer.places.get(at.inside)
        return self.canonical.get(at.name, name) if at is not None and name not in self.canonical else name

    def place(self, name: str, language: str | None) -> str:
        """Return the name of a place in a language."""
        if language != "ar":
            return name
        return _arabic("places.toml", name) or _arabic("cities.toml", name) or self.arabic.get(name) or name


def profession(name: str, language: str | None, *, several: bool = False) -> str:
    """Return the name of a profession in a language; `several` for the plural."""
    if language == "ar":
        return _arabic("professions.toml", name) or name
    return plural(name) if several and language != "franco" else name


def names_of(catalogue: Catalogue | None, kind: str) -> Names:
    """Return the names; only the built-in ones if nothing is loaded. They are read again after each load."""
    if isinstance(catalogue, LoadedCatalogue):
        try:
            return _loaded(catalogue, kind, catalogue.stamp(kind))
        except (NoCatalogue, CatalogueError):
            pass
    return _own(kind)


@cache
def _own(kind: str) -> Names:
    domain = _DOMAINS.get(kind, "any")
    return Names(
        domain=domain, gazetteer=Gazetteer.of(domain), canonical={}, arabic={}, compounds=frozenset()
    )


@lru_cache(maxsize=8)
def _loaded(catalogue: LoadedCatalogue, kind: str, stamp: object) -> Names:  # noqa: ARG001  (each load has another stamp)
    own = _own(kind)
    canonical: dict[str, str] = {}
    for column in _PLACES[kind]:
        canonical = catalogue.aliases(kind, column) | canonical
    arabic = {value: name for name, value in canonical.items() if _ARABIC.search(name)}
    wide = _PLACES[kind][0]
    return Names(
        domain=own.domain,
        gazetteer=own.gazetteer.with_names(canonical),
        canonical=canonical,
        arabic=arabic,
        compounds=frozenset(catalogue.names(kind, "compound")) if kind == "properties" else frozenset(),
        places=catalogue.names(kind, wide)[:_EXAMPLES],
        professions=catalogue.names(kind, "profession")[:_EXAMPLES] if kind == "members" else (),
    )


@lru_cache(maxsize=4096)
def _arabic(file: str, name: str) -> str | None:
    table: dict[str, Any] = _read(file).get(name, {})
    said = table.get("ar", ())
    return said[0] if said else None


@cache
def _read(file: str) -> dict[str, Any]:
    return read(file)
