"""One reader of the event stream a process, for all who listen. It must not know Flask, nor what is done with the news.

The reader is a thread that begins with the first listener and ends with the last, so a process that nobody looks
through reads nothing.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from loguru import logger

from session.errors import StoreError
from session.event_records import EventRecord
from session.events import SignInNoted

#: Seconds between two looks: one short question a shard, whoever listens.
_PERIOD = 0.25
#: Seconds that a Redis which is away is left alone.
_REST = 2.0
#: News that wait for one listener; one that is slower is told to look at everything.
_MOST = 200

#: What stands for "anything may have changed".
ANYTHING = ""


class Reader(Protocol):
    """Reads events."""

    def skip_all(self) -> None:
        """Pass over what is there."""

    def read(self) -> Iterable[EventRecord]:
        """Return what is new."""


class Listener:
    """One open page."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._news: deque[str] = deque()
        self.ended = False

    def tell(self, conversations: Iterable[str]) -> None:
        """Note that these have changed."""
        with self._changed:
            self._news.extend(name for name in conversations if name not in self._news)
            if len(self._news) > _MOST:
                self._news = deque([ANYTHING])
            self._changed.notify()

    def end(self) -> None:
        """Let it go: whoever waits for news returns."""
        with self._changed:
            self.ended = True
            self._changed.notify()

    def wait(self, seconds: float) -> list[str]:
        """Return the conversations that have changed since the last call; empty if none has within so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._news or self.ended, seconds)
            found = list(self._news)
            self._news.clear()
            return found


class Feed:
    """Tells every listener what changes."""

    def __init__(self, open_reader: Callable[[], Reader], *, most: int) -> None:
        """Take what makes a reader, and how many may listen at once."""
        self._open_reader = open_reader
        self._most = most
        self._lock = threading.Lock()
        self._listeners: dict[str, Listener] = {}
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    @property
    def listening(self) -> int:
        """How many listen."""
        return len(self._listeners)

    @property
    def reading(self) -> bool:
        """Whether the reader runs."""
        return self._thread is not None

    def listen(self, page: str) -> Listener | None:
        """Return a listener for a page, or None if too many listen already.

        The same page again, after a reload for instance, takes the place of its former self.
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
        """End a listener; one that has been replaced is gone already."""
        listener.end()
        with self._lock:
            if self._listeners.get(page) is listener:
                del self._listeners[page]
            if not self._listeners:
                self._wake.set()

    def _run(self) -> None:
        reader: Reader | None = None
        while self._somebody_listens():
            try:
                if reader is None:
                    reader = self._opened()
                news = [one for one in reader.read() if not isinstance(one.event, SignInNoted)]
                # An event that names no customer is `ANYTHING`.
                self._spread(dict.fromkeys(one.conversation for one in news))
                self._pause(_PERIOD)
            except StoreError as error:
                logger.warning(
                    "the desk cannot read the events", error=type(error.__cause__ or error).__name__
                )
                reader = None
                self._pause(_REST)

    def _opened(self) -> Reader:
        reader = self._open_reader()
        reader.skip_all()
        # What happened before this moment, or while Redis was away, has not been told.
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

    def _somebody_listens(self) -> bool:
        with self._lock:
            if not self._listeners:
                self._thread = None
            return bool(self._listeners)
