"""How many places of this process the sends of each line have: a slow line must not take them all.

A process of a thread pool has so many places as it has threads. Where the business has several lines, those of one have
half of them; who finds none lets go of its outbox, and is woken when one of the line is free again.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

#: Conversations that this process wakes by itself; the sweep wakes those beyond.
_REMEMBERED = 1000
#: Lines that are told apart. A business has a handful.
_LINES = 64


class Places:
    """The places of one process. Any thread may ask."""

    def __init__(self, total: int | None = None, *, lines: Iterable[str] = ()) -> None:
        """`total` is how many sends the process can have under way, None if nobody knows; `lines` are known already."""
        self._total = total
        self._busy: dict[str, int] = dict.fromkeys(lines, 0)
        self._waiting: dict[str, OrderedDict[str, None]] = {}
        self._lock = Lock()

    def take(self, line: str, conversation: str) -> bool:
        """Take a place for a send on a line; False if the line has none left, and the conversation is remembered."""
        with self._lock:
            if line not in self._busy and len(self._busy) >= _LINES:
                return True
            busy = self._busy.setdefault(line, 0)
            if self._total and len(self._busy) > 1 and busy >= max(1, self._total // 2):
                waiting = self._waiting.setdefault(line, OrderedDict())
                if len(waiting) < _REMEMBERED:
                    waiting[conversation] = None
                return False
            self._busy[line] = busy + 1
            return True

    def leave(self, line: str) -> str | None:
        """Give a place back; returns the conversation that has waited longest for one and must be woken, None if none has."""
        with self._lock:
            if line in self._busy:
                self._busy[line] = max(0, self._busy[line] - 1)
            waiting = self._waiting.get(line)
            return waiting.popitem(last=False)[0] if waiting else None
