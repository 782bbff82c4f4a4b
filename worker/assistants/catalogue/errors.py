"""The errors of the catalogue.

InturnError
├── CatalogueError
│   ├── LoadRefused        a file cannot be loaded; what was loaded before stays
│   ├── Unreadable         the catalogue is there, but damaged, of another version or not ours to read
│   ├── NoSuchKind         nothing of this kind can be kept
│   ├── BadFilter          a search names a filter that there is not, or gives it a value that it cannot have
│   └── BadCell            a cell cannot be read; the load reports its row and goes on
└── NoCatalogue (session)  nothing of this kind was loaded
"""

from session.errors import InturnError


class CatalogueError(InturnError):
    """Raised when the catalogue cannot do what it was asked."""


class LoadRefused(CatalogueError):
    """Raised when a file cannot be loaded; what was loaded before stays as it is."""


class Unreadable(CatalogueError):
    """Raised when a catalogue is there, but damaged, made by another version, or not ours to read."""


class NoSuchKind(CatalogueError):
    """Raised when nothing of this kind can be kept."""


class BadFilter(CatalogueError):
    """Raised when a search names a filter that there is not, or gives it a value that it cannot have."""


class BadCell(CatalogueError):
    """Raised inside of a load when a cell cannot be read; its row is left out and reported."""
