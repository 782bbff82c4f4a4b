"""Keeps a slow sender from delaying the others: limits the sends of each sender.

If the business has several senders, each may use half of the sends of a process. A send without a place releases its outbox,
and is woken when the sender has a free place again.
"""

from collections import OrderedDict
from collections.abc import Iterable

#: Conversations that this process wakes itself; the sweep wakes further ones.
_REMEMBERED = 1000
#: Senders that are counted separately. A business has a handful.
_SENDERS = 64


class SendPlaces:
    """The places of one process, for the coroutines of its loop."""

    def __init__(self, total: int | None = None, *, senders: Iterable[str] = ()) -> None:
        """`total` is how many sends the process can do at the same time, None if unknown; `senders` are those known already."""
        self._total = total
        self._busy: dict[str, int] = dict.fromkeys(senders, 0)
        self._waiting: dict[str, OrderedDict[str, None]] = {}

    @property
    def busy(self) -> int:
        """How many sends are on their way."""
        return sum(self._busy.values())

    def take(self, sender: str, conversation: str) -> bool:
        """Take a place for a send of a sender; False if it has none left, and the conversation is remembered."""
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
        """Free a place; return the conversation that has waited longest for one and must be woken, None without one."""
        if sender in self._busy:
            self._busy[sender] = max(0, self._busy[sender] - 1)
        waiting = self._waiting.get(sender)
        return waiting.popitem(last=False)[0] if waiting else None
