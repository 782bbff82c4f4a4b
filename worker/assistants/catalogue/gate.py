"""Keeps forks and queries apart.

A fork takes along only the thread that forks. A lock of SQLite that another thread holds at that moment would be held
for ever in the child, so a fork waits until the running queries have ended, and new ones wait for the fork.
"""

import os
from functools import cache
from threading import Condition
from types import TracebackType

#: A query takes a fraction of it; a fork from inside of a query must not wait for itself.
_PATIENCE = 2.0  #: seconds


class Gate:
    """Counts the queries that run. Whoever queries does it inside of `with gate:`."""

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
        """Let nobody in, and wait until nobody is inside."""
        self._changed.acquire()
        self._shut = True
        self._changed.wait_for(lambda: not self._inside, _PATIENCE)

    def _open(self) -> None:
        self._shut = False
        self._changed.notify_all()
        self._changed.release()

    def _begin(self) -> None:
        """Begin anew in a child: whoever was inside did not come along."""
        self._changed = Condition()
        self._inside = 0
        self._shut = False


@cache
def the_gate() -> Gate:
    """Return the gate of this process; made when it is first needed."""
    return Gate()
