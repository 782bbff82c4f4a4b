"""Reads the file of one kind: a connection a thread, opened again when a load has put another file in its place.

It survives a fork: a child leaves its parent's connections alone and opens its own.
"""

import os
import sqlite3
from pathlib import Path
from threading import local
from weakref import WeakSet

from session.errors import NoCatalogue
from worker.assistants.catalogue.errors import Unreadable
from worker.assistants.catalogue.tables import VERSION

#: What tells one file from another in the same place: device, inode, time of writing, size.
Stamp = tuple[int, int, int, int]


#: Connections of a parent process: closing one could wait for a thread that did not come along.
_LEFT_ALONE: list[sqlite3.Connection] = []


class _Opened:
    """A connection, and the file and process that it belongs to. Closed when nobody holds it any more."""

    def __init__(self, connection: sqlite3.Connection, stamp: Stamp) -> None:
        self.connection = connection
        self.stamp = stamp
        self.pid = os.getpid()

    def close(self) -> None:
        """Close the connection, if it is this process's own."""
        if self.pid == os.getpid():
            self.connection.close()
        else:
            _LEFT_ALONE.append(self.connection)

    __del__ = close


class Reader:
    """Gives each thread a connection to the file as it is now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._here = local()
        self._opened: WeakSet[_Opened] = WeakSet()

    @property
    def stamp(self) -> Stamp:
        """What changes whenever another file is loaded. Raises `NoCatalogue` if none is."""
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise NoCatalogue(
                f"no {self._path.stem} are loaded in {self._path.parent}; `inturn catalogue load` does it"
            ) from None
        except OSError as error:
            raise Unreadable(f"{self._path} cannot be read: {error.strerror}") from error
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection to the newest file.

        Raises:
            NoCatalogue: nothing is loaded.
            Unreadable: the file is damaged, of another version, or not ours to read.

        """
        stamp = self.stamp
        opened: _Opened | None = getattr(self._here, "opened", None)
        if opened is None or opened.stamp != stamp or opened.pid != os.getpid():
            self._here.opened = self._open(stamp)
        connection: sqlite3.Connection = self._here.opened.connection
        return connection

    def close(self) -> None:
        """Close the connections of all threads; a later search opens its own again."""
        self._here = local()
        for opened in list(self._opened):
            opened.close()

    def _open(self, stamp: Stamp) -> _Opened:
        if not os.access(self._path, os.R_OK):
            raise Unreadable(f"{self._path} may not be read by this user")
        try:
            # Threads share nothing but the closing.
            uri = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
            opened = _Opened(sqlite3.connect(uri, uri=True, check_same_thread=False), stamp)
            version = opened.connection.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
        except sqlite3.Error as error:
            raise Unreadable(f"{self._path} cannot be read: {error}; load it again") from error
        if version != (VERSION,):
            raise Unreadable(f"{self._path} was made by another version; load it again")
        self._opened.add(opened)
        return opened
