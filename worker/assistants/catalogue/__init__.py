"""The operator's own records, to be searched: SQLite with FTS5, a read-only file a kind.

catalogue = open_catalogue(".data/catalogue")
found = catalogue.find("properties", "sea view", {"location": "North Coast", "budget": 5_000_000}, limit=5)
found.total, found.relaxed, found[0].title
"""

from worker.assistants.catalogue.catalogue import LoadedCatalogue, open_catalogue
from worker.assistants.catalogue.errors import BadFilter, CatalogueError, LoadRefused, NoSuchKind, Unreadable
from worker.assistants.catalogue.loading import LeftOut, Loaded, load, load_samples
from worker.assistants.catalogue.records import Found, Member, Property, Record, as_json
from worker.assistants.catalogue.registry import KINDS

__all__ = [
    # Searching
    "open_catalogue",
    "LoadedCatalogue",
    "Found",
    "Record",
    "Property",
    "Member",
    "as_json",
    "KINDS",
    # Loading
    "load",
    "load_samples",
    "Loaded",
    "LeftOut",
    # Errors
    "CatalogueError",
    "LoadRefused",
    "Unreadable",
    "NoSuchKind",
    "BadFilter",
]
