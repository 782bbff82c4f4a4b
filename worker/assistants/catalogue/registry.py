"""Which kinds there are, and in which file of the catalogue's directory each is kept."""

from collections.abc import Mapping
from pathlib import Path

from worker.assistants.catalogue.errors import NoSuchKind
from worker.assistants.catalogue.kinds import Kind
from worker.assistants.catalogue.members import MEMBERS
from worker.assistants.catalogue.properties import PROPERTIES

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (PROPERTIES, MEMBERS)}


def kind_named(name: str) -> Kind:
    """Return a kind by its name. Raises `NoSuchKind`."""
    kind = KINDS.get(name)
    if kind is None:
        raise NoSuchKind(f"there is no kind {name!r}; there are {', '.join(KINDS)}")
    return kind


def file_of(directory: Path, kind: str) -> Path:
    """Return where the records of a kind are kept."""
    return directory / f"{kind}.db"
