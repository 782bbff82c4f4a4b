"""Hears at once what concerns the turns that this process takes: a takeover, a STOP, a further message.

Each process has a channel of its own, which the leases of its turns name. Whatever comes for such a turn is published there by
the script that stores it. A notice says no more than "look now", so one that is lost is only late: the next renewal of the
lease finds the same.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import partial

from loguru import logger

from session.leases import Listener
from session.store import Redis, published
from session.store.failures import FAILURES

#: Yields what is published on a channel, None as soon as it is listened to; raises the errors of Redis.
Listen = Callable[[str], AsyncGenerator[str | None]]

#: Seconds before the next attempt to listen, doubled after each that fails.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0

#: What a notice is about that concerns only turns which begin anew with a message.
MESSAGE = "message"


class Subscription:
    """Hears what comes for the turns that one call takes, of one conversation."""

    def __init__(self) -> None:
        self._call: Callable[[str], None] | None = None
        self._unheard: set[str] = set()

    def call_back(self, call: Callable[[str], None]) -> None:
        """From now on call back with each notice, also with what has come since the latest turn; "" if some were missed."""
        self._call = call
        unheard, self._unheard = self._unheard, set()
        for what in unheard:
            call(what)

    def wait(self) -> None:
        """Keep notices for the next turn."""
        self._call = None

    def tell(self, what: str) -> None:
        """Take a notice."""
        if self._call:
            self._call(what)
        else:
            self._unheard.add(what)


class Notices:
    """The notices of one process, on its loop. It begins to listen with the first turn."""

    def __init__(self, listen: Listen, listener: Listener) -> None:
        """Take what listens to a channel, and what leases name: a channel that no other process has."""
        self.listener = listener
        self._listen_to = listen
        self._subscriptions: defaultdict[str, list[Subscription]] = defaultdict(list)
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, conversation: str) -> Iterator[Subscription]:
        """Return what hears of a conversation, as long as the block lasts. Whoever takes a turn hears before it has taken it."""
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        subscriptions, subscription = self._subscriptions, Subscription()
        subscriptions[conversation].append(subscription)
        try:
            yield subscription
        finally:
            subscriptions[conversation].remove(subscription)
            if not subscriptions[conversation]:
                del subscriptions[conversation]

    async def close(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _listen(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                async with aclosing(self._listen_to(self.listener.channel)) as notices:
                    async for notice in notices:
                        pause = _FIRST_PAUSE
                        self._tell(notice)
            except FAILURES as error:
                # What comes meanwhile is found when leases are renewed.
                logger.warning(
                    "notices are not heard for now ({}), next attempt in {:g} s", type(error).__name__, pause
                )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _tell(self, notice: str | None) -> None:
        if notice is None:
            subscriptions, what = [one for several in self._subscriptions.values() for one in several], ""
        else:
            what, _, conversation = notice.partition("|")
            subscriptions = list(self._subscriptions.get(conversation, ()))
        for subscription in subscriptions:
            subscription.tell(what)


@contextmanager
def subscribed(notices: Notices | None, conversation: str) -> Iterator[Subscription]:
    """Return what hears of a conversation; nothing is ever heard where there are no notices."""
    if notices is None:
        yield Subscription()
        return
    with notices.of(conversation) as subscription:
        yield subscription


def open_notices(client: Redis, process: str, *, messages: bool) -> Notices:
    """Return the notices of a process, by its id; those of messages are wanted where turns begin anew with them."""
    return Notices(partial(published, client), Listener(channel=f"turns:{process}", messages=messages))
