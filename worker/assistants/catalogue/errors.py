"""The errors of the catalogue.

InturnError
├── CatalogueError
│   ├── LoadRefused          a file cannot be loaded; what was loaded before stays
│   ├── UnreadableCatalogue  the catalogue is damaged, of another version, or this user may not read it
│   ├── NoSuchKind           there is no such kind of record
│   ├── BadFilter            a search has an unknown filter, or a filter has an invalid value
│   └── BadCell              a cell cannot be read; its row is skipped and reported
└── NoCatalogue (session)    nothing of this kind is loaded
"""

from session.errors import InturnError


class CatalogueError(InturnError):
    """Base of the errors of the catalogue."""


class LoadRefused(CatalogueError):
    """Raised when a file cannot be loaded; what was loaded before stays."""


class UnreadableCatalogue(CatalogueError):
    """Raised when a catalogue is damaged, was written by another version, or may not be read by this user."""


class NoSuchKind(CatalogueError):
    """Raised for a kind of record that does not exist."""


class BadFilter(CatalogueError):
    """Raised when a search has an unknown filter, or a filter has an invalid value."""


class BadCell(CatalogueError):
    """Raised during a load when a cell cannot be read; its row is skipped and reported."""
