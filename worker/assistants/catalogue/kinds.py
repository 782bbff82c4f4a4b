"""The kinds of records that exist, and the file of the catalogue's directory in which each is kept."""

from collections.abc import Mapping
from pathlib import Path

from worker.assistants.catalogue.errors import NoSuchKind
from worker.assistants.catalogue.members import MEMBERS
from worker.assistants.catalogue.properties import PROPERTIES
from worker.assistants.catalogue.schema import RecordKind

KINDS: Mapping[str, RecordKind] = {kind.name: kind for kind in (PROPERTIES, MEMBERS)}


def kind_named(name: str) -> RecordKind:
    """Return a kind by its name. Raises `NoSuchKind`."""
    kind = KINDS.get(name)
    if kind is None:
        raise NoSuchKind(f"there is no kind of records {name!r}; use one of {', '.join(KINDS)}")
    return kind


def file_of(directory: Path, kind: str) -> Path:
    """Return the file in which the records of a kind are kept."""
    return directory / f"{kind}.db"
