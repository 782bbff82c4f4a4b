"""Hears at once what concerns the turns that this process takes: a takeover, a STOP, a further message.

Each process has a channel of its own, which the leases of its turns name. Whatever comes for such a turn is published there by
the script that stores it. A notice says no more than "look now", so one that is lost is only late: the next renewal of the
lease finds the same.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager

from loguru import logger

from session.store.failures import FAILURES

#: Yields what is published on a channel, None as soon as it is listened to; raises the errors of Redis.
Listen = Callable[[str], AsyncGenerator[str | None]]

#: Seconds before the next attempt to listen, doubled after each that fails.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0

#: What a notice may be about: those of a message concern only turns that begin anew with it.
MESSAGE = "message"


class Notices:
    """The notices of one process, on its loop. It begins to listen with the first turn that wants to hear."""

    def __init__(self, listen: Listen, channel: str) -> None:
        """Take what listens to a channel, and the name of the channel, which no other process has."""
        self.channel = channel
        self._listen_to = listen
        self._turns: defaultdict[str, list[Callable[[str], None]]] = defaultdict(list)
        self._listening: asyncio.Task[None] | None = None

    @contextmanager
    def heard_by(self, conversation: str, call: Callable[[str], None]) -> Iterator[None]:
        """Call back with what has come for a conversation, "" if something may have been missed."""
        if self._listening is None:
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        turns = self._turns
        turns[conversation].append(call)
        try:
            yield
        finally:
            turns[conversation].remove(call)
            if not turns[conversation]:
                del turns[conversation]

    async def close(self) -> None:
        """Listen no more."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _listen(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                async with aclosing(self._listen_to(self.channel)) as notices:
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
            calls, what = [call for several in self._turns.values() for call in several], ""
        else:
            what, _, conversation = notice.partition("|")
            calls = list(self._turns.get(conversation, ()))
        for call in calls:
            call(what)
