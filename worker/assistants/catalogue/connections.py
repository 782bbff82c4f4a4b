"""Connections to the file of one kind of record: one for each thread, reopened after a load has replaced the file.

They survive a fork: a child never touches the connections of its parent and opens its own. A fork takes along only the
forking thread, so a lock of SQLite that another thread holds at that moment would stay locked in the child for ever.
Therefore a fork waits until the running queries have ended, and new queries wait for the fork.
"""

import os
import sqlite3
from functools import cache
from pathlib import Path
from threading import Condition, local
from types import TracebackType
from weakref import WeakSet

from session.errors import NoCatalogue
from worker.assistants.catalogue.errors import UnreadableCatalogue
from worker.assistants.catalogue.schema import RecordKind
from worker.assistants.catalogue.tables import VERSION, completed

#: How long a fork waits for queries, in seconds. A query takes a fraction of it; the limit is for a fork inside a query.
_FORK_WAIT = 2.0


class ForkGate:
    """Counts the running queries; every query runs inside `with gate:`."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._shut = False
        os.register_at_fork(before=self._close, after_in_parent=self._open, after_in_child=self._begin)

    def __enter__(self) -> None:
        with self._changed:
            while self._shut:
                self._changed.wait()
            self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._inside -= 1
            if not self._inside:
                self._changed.notify_all()

    def _close(self) -> None:
        """Stop new queries, and wait until the running ones have ended."""
        self._changed.acquire()
        self._shut = True
        self._changed.wait_for(lambda: not self._inside, _FORK_WAIT)

    def _open(self) -> None:
        self._shut = False
        self._changed.notify_all()
        self._changed.release()

    def _begin(self) -> None:
        """Start again in a child: the threads with running queries exist in the parent only."""
        self._changed = Condition()
        self._inside = 0
        self._shut = False


@cache
def fork_gate() -> ForkGate:
    """Return the gate of this process, created when it is first needed."""
    return ForkGate()


#: Identifies a file at a path: device, inode, time of modification, size.
FileStamp = tuple[int, int, int, int]


#: Connections of a parent process, never closed here: that could wait for a thread that does not exist in the child.
_INHERITED: list[sqlite3.Connection] = []


class _Connection:
    """A connection with the file and the process that it belongs to. Closed with its last reference."""

    def __init__(self, connection: sqlite3.Connection, stamp: FileStamp) -> None:
        self.connection = connection
        self.stamp = stamp
        self.pid = os.getpid()

    def close(self) -> None:
        """Close the connection, if this process has opened it."""
        if self.pid == os.getpid():
            self.connection.close()
        else:
            _INHERITED.append(self.connection)

    __del__ = close


class Connections:
    """Gives each thread a connection to the current file."""

    def __init__(self, path: Path, kind: RecordKind) -> None:
        self._path = path
        self._kind = kind
        self._here = local()
        self._opened: WeakSet[_Connection] = WeakSet()

    @property
    def stamp(self) -> FileStamp:
        """Identifies the current file; changes with every load. Raises `NoCatalogue` if nothing is loaded."""
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            raise NoCatalogue(
                f"no {self._path.stem} are loaded in {self._path.parent}; load some with inturn catalogue load"
            ) from None
        except OSError as error:
            raise UnreadableCatalogue(f"{self._path} cannot be read: {error.strerror}") from error
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection to the newest file. Raises as `opened` does."""
        return self.opened()[0]

    def opened(self) -> tuple[sqlite3.Connection, FileStamp]:
        """Return this thread's connection to the newest file, and what identifies that file.

        Raises:
            NoCatalogue: nothing is loaded.
            UnreadableCatalogue: the file is damaged, of another version, or this user may not read it.

        """
        stamp = self.stamp
        opened: _Connection | None = getattr(self._here, "opened", None)
        if opened is None or opened.stamp != stamp or opened.pid != os.getpid():
            self._here.opened = self._open(stamp)
        return self._here.opened.connection, stamp

    def close(self) -> None:
        """Close the connections of all threads; a later search opens them again."""
        self._here = local()
        for opened in list(self._opened):
            opened.close()

    def _open(self, stamp: FileStamp) -> _Connection:
        if not os.access(self._path, os.R_OK):
            raise UnreadableCatalogue(
                f"{self._path} may not be read by this user; change its owner or its mode"
            )
        try:
            # Each thread has its own connection; another thread may only close it.
            uri = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
            opened = _Connection(sqlite3.connect(uri, uri=True, check_same_thread=False), stamp)
            version = opened.connection.execute("SELECT value FROM about WHERE name = 'version'").fetchone()
        except sqlite3.Error as error:
            raise UnreadableCatalogue(f"{self._path} cannot be read ({error}); load it again") from error
        if version != (VERSION,):
            raise UnreadableCatalogue(f"{self._path} was written by another version; load it again")
        for statement in completed(opened.connection, self._kind):
            opened.connection.execute(statement)
        self._opened.add(opened)
        return opened
