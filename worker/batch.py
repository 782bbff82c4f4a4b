"""Works through the conversations of one wake-up, and hands on what would have to wait for a slow one.

Slow is who waits for somebody outside: the assistant, the provider. A piece of work that takes long because other threads
have the processor is not slow, and more wake-ups would only make it slower.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import local

from loguru import logger

from session.clock import Clock
from session.errors import StoreUnavailable
from session.masking import mask

#: Whoever is outside for longer is slow. An assistant that answers at once can look like a quarter of this where eight
#: threads share a processor.
PATIENCE = timedelta(milliseconds=100)
#: After so long outside in one batch its rest goes to somebody else, even if nobody was slow.
TOGETHER = 4 * PATIENCE
#: After so long what was gathered is published.
GATHER_FOR = timedelta(milliseconds=400)


class Batches:
    """Does the work of conversations, a batch after the other. Where somebody outside is slow, nothing waits behind it."""

    def __init__(self, *, hand_on: Callable[[Sequence[str]], None], clock: Clock) -> None:
        self._hand_on = hand_on
        self._clock = clock
        self._slow = False  # whether the last piece of work took long outside; the next is likely to
        self._here = local()  # how long the piece of work of this thread has been outside

    def work_through(self, conversations: Sequence[str], work: Callable[[str], None]) -> None:
        """Do the work of each conversation in turn; if it is long outside, hand the rest on as new wake-ups."""
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
                logger.opt(exception=error).error(
                    "{} failed; the others of its wake-up go on", mask(conversation)
                )
            all_of_it += self._here.waited
            self._slow = slow = self.is_slow_here
            rest = conversations[done:]
            if rest and (slow or all_of_it > TOGETHER):
                self._hand_on(rest)
                return

    @property
    def is_slow_here(self) -> bool:
        """Whether the piece of work that this thread is at was long outside."""
        return getattr(self._here, "waited", timedelta()) > PATIENCE

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Count what is done within as time outside."""
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
        """Remember one more; if they were gathered for long, publish all of them: the next piece of work may be slow."""
        self._conversations.append(conversation)
        if self._clock.now() > self._until:
            self.publish()

    def publish(self) -> None:
        """Publish what was gathered."""
        self._until = self._clock.now() + GATHER_FOR
        conversations, self._conversations = self._conversations, []
        if conversations:
            self._publish(conversations)
