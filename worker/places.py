"""How many places of this process the sends of each sender have: a slow sender must not take them all.

A process of a thread pool has so many places as it has threads. Where the business has several senders, those of one have
half of them; who finds none lets go of its outbox, and is woken when one of the sender is free again.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock

#: Conversations that this process wakes by itself; the sweep wakes those beyond.
_REMEMBERED = 1000
#: Senders that are told apart. A business has a handful.
_SENDERS = 64


class Places:
    """The places of one process. Any thread may ask."""

    def __init__(self, total: int | None = None, *, senders: Iterable[str] = ()) -> None:
        """`total` is how many sends the process can have under way, None if nobody knows; `senders` are known already."""
        self._total = total
        self._busy: dict[str, int] = dict.fromkeys(senders, 0)
        self._waiting: dict[str, OrderedDict[str, None]] = {}
        self._lock = Lock()

    def take(self, sender: str, conversation: str) -> bool:
        """Take a place for a send through a sender; False if the sender has none left, and the conversation is remembered."""
        with self._lock:
            if sender not in self._busy and len(self._busy) >= _SENDERS:
                return True
            busy = self._busy.setdefault(sender, 0)
            if self._total and len(self._busy) > 1 and busy >= max(1, self._total // 2):
                waiting = self._waiting.setdefault(sender, OrderedDict())
                if len(waiting) < _REMEMBERED:
                    waiting[conversation] = None
                return False
            self._busy[sender] = busy + 1
            return True

    def leave(self, sender: str) -> str | None:
        """Give a place back; returns the conversation that has waited longest for one and must be woken, None if none has."""
        with self._lock:
            if sender in self._busy:
                self._busy[sender] = max(0, self._busy[sender] - 1)
            waiting = self._waiting.get(sender)
            return waiting.popitem(last=False)[0] if waiting else None
