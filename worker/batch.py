"""Works on the conversations of one wake-up, and passes on those that would have to wait for a slow one.

Slow means waiting for something outside: the assistant or the provider. Work that takes long because other threads use
the processor is not slow, and more wake-ups would only slow it down further.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import local

from loguru import logger

from session.clock import Clock
from session.errors import StoreUnavailable

#: More time outside than this is slow. A fast assistant can seem to take a quarter of this where eight threads share a
#: processor.
PATIENCE = timedelta(milliseconds=100)
#: After so much time outside in one batch, the rest is passed on even if nothing was slow.
TOGETHER = 4 * PATIENCE
#: After this time the gathered wake-ups are published.
GATHER_FOR = timedelta(milliseconds=400)


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
            self._slow = slow = self.is_slow_here
            rest = conversations[done:]
            if rest and (slow or all_of_it > TOGETHER):
                self._hand_on(rest)
                return

    @property
    def is_slow_here(self) -> bool:
        """Whether the current conversation of this thread was long outside."""
        return getattr(self._here, "waited", timedelta()) > PATIENCE

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Count the time in this block as time outside."""
        began = self._clock.now()
        try:
            yield
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
        if self._clock.now() > self._until:
            self.publish()

    def publish(self) -> None:
        """Publish the gathered wake-ups."""
        self._until = self._clock.now() + GATHER_FOR
        conversations, self._conversations = self._conversations, []
        if conversations:
            self._publish(conversations)
