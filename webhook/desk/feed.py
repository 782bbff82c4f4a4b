"""Tells open pages which conversations have changed: one reader of the event stream for a process. It must not know Flask.

The reader is a thread that starts with the first page and ends with the last, so a process without pages reads nothing.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable

from loguru import logger

from session.errors import StoreError
from session.events import SignInNoted
from session.store import EventReader, Runner

#: Seconds between two reads: one short command for each shard, however many pages are open.
_PERIOD = 0.25
#: Seconds until the next read when Redis did not answer.
_REST = 2.0
#: Changes that wait for one page. A slower page is told that anything may have changed.
_MOST = 200
#: Stands for "anything may have changed" among the conversations.
ANYTHING = ""


class Listener:
    """One open page."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._changes: deque[str] = deque()
        self.ended = False

    def tell(self, conversations: Iterable[str]) -> None:
        """Add conversations that have changed."""
        with self._lock:
            self._changes.extend(name for name in conversations if name not in self._changes)
            if len(self._changes) > _MOST:
                self._changes = deque([ANYTHING])
            self._lock.notify()

    def end(self) -> None:
        """End the listener: `wait` returns."""
        with self._lock:
            self.ended = True
            self._lock.notify()

    def wait(self, seconds: float) -> list[str]:
        """Return the conversations that have changed since the last call; empty if none did within so many seconds."""
        with self._lock:
            self._lock.wait_for(lambda: self._changes or self.ended, seconds)
            found = list(self._changes)
            self._changes.clear()
            return found


class ChangeFeed:
    """Tells all listeners what changes."""

    def __init__(self, run: Runner, open_reader: Callable[[], EventReader], *, most: int) -> None:
        """Take a runner, a factory of readers, and how many pages may listen at the same time."""
        self._ask = run
        self._open_reader = open_reader
        self._most = most
        self._lock = threading.Lock()
        self._listeners: dict[str, Listener] = {}
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    def listen(self, page: str) -> Listener | None:
        """Return a listener for a page, or None if too many pages listen already.

        If the page listens already, for example before a reload, its former listener is ended and replaced.
        """
        with self._lock:
            former = self._listeners.pop(page, None)
            if former:
                former.end()
            if len(self._listeners) >= self._most:
                return None
            listener = self._listeners[page] = Listener()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="desk-feed", daemon=True)
                self._thread.start()
        return listener

    def leave(self, page: str, listener: Listener) -> None:
        """End a listener, and stop the reader if it was the last one."""
        listener.end()
        with self._lock:
            if self._listeners.get(page) is listener:
                del self._listeners[page]
            if not self._listeners:
                self._wake.set()

    def _run(self) -> None:
        reader: EventReader | None = None
        while self._has_listeners():
            try:
                if reader is None:
                    reader = self._opened()
                news = [
                    record for record in self._ask(reader.read()) if not isinstance(record.event, SignInNoted)
                ]
                # An event that names no customer stands for `ANYTHING`.
                self._spread(dict.fromkeys(record.conversation for record in news))
                self._pause(_PERIOD)
            except StoreError as error:
                logger.warning(
                    "the desk cannot read the events", error=type(error.__cause__ or error).__name__
                )
                reader = None
                self._pause(_REST)

    def _opened(self) -> EventReader:
        reader = self._open_reader()
        self._ask(reader.skip_all())
        # Nobody was told of changes before this moment, or while Redis did not answer.
        self._spread([ANYTHING])
        return reader

    def _spread(self, conversations: Iterable[str]) -> None:
        changed = list(conversations)
        if changed:
            with self._lock:
                listeners = list(self._listeners.values())
            for listener in listeners:
                listener.tell(changed)

    def _pause(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _has_listeners(self) -> bool:
        with self._lock:
            if not self._listeners:
                self._thread = None
            return bool(self._listeners)
