"""The operator's own records, ready to be searched: SQLite with FTS5, one read-only file for each kind of record.

catalogue = open_catalogue(".data/catalogue")
found = catalogue.find("properties", "sea view", {"location": "North Coast", "budget": 5_000_000}, limit=5)
found.total, found.relaxed, found[0].title
"""

from worker.assistants.catalogue.catalogue import LoadedCatalogue, open_catalogue
from worker.assistants.catalogue.errors import (
    BadFilter,
    CatalogueError,
    LoadRefused,
    NoSuchKind,
    UnreadableCatalogue,
)
from worker.assistants.catalogue.kinds import KINDS
from worker.assistants.catalogue.loader import LoadReport, SkippedRow, load, load_samples
from worker.assistants.catalogue.records import MemberRecord, PropertyRecord, Record, SearchResult, as_json

__all__ = [
    # Searching
    "open_catalogue",
    "LoadedCatalogue",
    "SearchResult",
    "Record",
    "PropertyRecord",
    "MemberRecord",
    "as_json",
    "KINDS",
    # Loading
    "load",
    "load_samples",
    "LoadReport",
    "SkippedRow",
    # Errors
    "CatalogueError",
    "LoadRefused",
    "UnreadableCatalogue",
    "NoSuchKind",
    "BadFilter",
]
