"""Keeps slow conversations and slow senders from delaying the others.

`Batches` works on the conversations of one wake-up, and passes on those that would have to wait for a slow one. Slow
means waiting for something outside: the assistant or the provider. Work that takes long because other threads use the
processor is not slow, and more wake-ups would only slow it down further.

`SendPlaces` limits the sends of each sender. A process of a thread pool has as many places as threads. If the business has
several senders, each may use half of them. A send without a place releases its outbox, and is woken when the sender has
a free place again.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from threading import Lock, local
from typing import ParamSpec, TypeVar

from loguru import logger

from session.clock import Clock
from session.errors import StoreUnavailable

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: More time outside than this is slow. A fast assistant can seem to take a quarter of this where eight threads share a
#: processor.
PATIENCE = timedelta(milliseconds=100)
#: After so much time outside in one batch, the rest is passed on even if nothing was slow.
TOGETHER = 4 * PATIENCE
#: After this time the gathered wake-ups are published.
GATHER_FOR = timedelta(milliseconds=400)
#: Conversations that this process wakes itself; the sweep wakes further ones.
_REMEMBERED = 1000
#: Senders that are counted separately. A business has a handful.
_SENDERS = 64


class Batches:
    """Works on conversations, one batch after the other. Nothing waits behind a slow assistant or provider."""

    def __init__(self, *, hand_on: Callable[[Sequence[str]], None], clock: Clock) -> None:
        self._hand_on = hand_on
        self._clock = clock
        self._slow = False  # whether the last conversation took long outside; the next one probably will too
        self._here = local()  # how long the current conversation of this thread has been outside

    def work_through(self, conversations: Sequence[str], work: Callable[[str], None]) -> None:
        """Work on each conversation; after a slow one, pass the rest on as new wake-ups."""
        if self._slow and len(conversations) > 1:
            self._hand_on(conversations[1:])
            conversations = conversations[:1]
        all_of_it = timedelta()
        for done, conversation in enumerate(conversations, start=1):
            self._here.waited = timedelta()
            try:
                work(conversation)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  (whatever one of them has, the others have not)
                logger.opt(exception=error).error("{} failed; the others of its wake-up go on", conversation)
            all_of_it += self._here.waited
            self._slow = slow = self._here.waited > PATIENCE
            rest = conversations[done:]
            if rest and (slow or all_of_it > TOGETHER):
                self._hand_on(rest)
                return

    @property
    def is_slow_here(self) -> bool:
        """Whether the current conversation of this thread was long outside."""
        return getattr(self._here, "waited", timedelta()) > PATIENCE

    def outside(self, call: Callable[_P, _T], *args: _P.args, **named: _P.kwargs) -> _T:
        """Return what a call returns, or raise what it raises; its time counts as time outside."""
        began = self._clock.now()
        try:
            return call(*args, **named)
        finally:
            self._here.waited = getattr(self._here, "waited", timedelta()) + (self._clock.now() - began)


class Gathered:
    """Wake-ups that are published together: at the end of a batch, or as soon as it takes long."""

    def __init__(self, publish: Callable[[Sequence[str]], None], clock: Clock) -> None:
        self._publish = publish
        self._clock = clock
        self._until = clock.now() + GATHER_FOR
        self._conversations: list[str] = []

    def add(self, conversation: str) -> None:
        """Add one; publish all of them if they were gathered for long, because the next conversation may be slow."""
        self._conversations.append(conversation)
        now = self._clock.now()
        if now > self._until:
            self._until = now + GATHER_FOR
            self.publish()

    def publish(self) -> None:
        """Publish the gathered wake-ups."""
        conversations, self._conversations = self._conversations, []
        if conversations:
            self._publish(conversations)


class SendPlaces:
    """The places of one process. Thread-safe."""

    def __init__(self, total: int | None = None, *, senders: Iterable[str] = ()) -> None:
        """`total` is how many sends the process can do at the same time, None if unknown; `senders` are those known already."""
        self._total = total
        self._busy: dict[str, int] = dict.fromkeys(senders, 0)
        self._waiting: dict[str, OrderedDict[str, None]] = {}
        self._lock = Lock()

    def take(self, sender: str, conversation: str) -> bool:
        """Take a place for a send of a sender; False if it has none left, and the conversation is remembered."""
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
        """Free a place; return the conversation that has waited longest for one and must be woken, None without one."""
        with self._lock:
            if sender in self._busy:
                self._busy[sender] = max(0, self._busy[sender] - 1)
            waiting = self._waiting.get(sender)
            return waiting.popitem(last=False)[0] if waiting else None
