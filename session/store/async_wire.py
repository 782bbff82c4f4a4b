"""Sends the commands of many coroutines to one server, on one connection. Independent of keys and scripts.

Commands that are ready in the same turn of the loop go out in one write, and their answers come back in one read: that is much
cheaper than a connection for each coroutine.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import hiredis
import redis
from redis.exceptions import ConnectionError as RedisConnectionError

from session.store.async_link import Link, open_link
from session.store.wire import Words

#: Commands that are sent at once. The server begins with them while the others are made; if all waited for the end of the
#: turn, server and process would take turns to idle.
_ENOUGH = 16
# The interface that the library declares is that of a tuple of one.
_pack: Callable[[Any], bytes] = hiredis.pack_command
_ASKING = _pack(("ASKING",))

#: Takes the pool of a client, and what to call when no more commands may be sent on the link.
Connect = Callable[[Any, Callable[[Link], None]], Awaitable[Link]]


class AsyncWire:
    """The connection to a server: opened at the first command, and again after it was lost. For one loop at a time."""

    def __init__(self, client: redis.Redis, *, connect: Connect = open_link) -> None:
        """Take the client that knows the address, and how to connect to it."""
        self._pool, self._connect = client.connection_pool, connect
        self._begin(None)

    def _begin(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
        self._link: Link | None = None
        self._opening: asyncio.Task[None] | None = None
        self._ready: list[tuple[bytes, asyncio.Future[Any]]] = []
        self._flushing = False  # whether the end of this turn will send what is ready

    async def ask(self, commands: Sequence[Words]) -> list[Any]:
        """Send commands together and return their answers in order; an error takes the place of the answer.

        The errors are those of the client library, and `UnicodeEncodeError` for a command that cannot be encoded, which is
        not sent. A command whose connection breaks is sent once more on a new one, whether or not it was carried out. One
        whose answer does not come in time is never sent twice.
        """
        futures = [self.submit(words) for words in commands]
        answers = [await future for future in futures]
        again = [place for place, answer in enumerate(answers) if isinstance(answer, RedisConnectionError)]
        futures = [self.submit(commands[place]) for place in again]
        for place, future in zip(again, futures, strict=True):
            answers[place] = await future
        return answers

    def submit(self, words: Words, *, asking: bool = False) -> asyncio.Future[Any]:
        """Send a command in this turn of the loop; the result is its answer or its error. It may be cancelled.

        `asking`: the key is just moving to this node of a cluster.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # that of an earlier `asyncio.run` is closed, and its connection with it
            self._begin(loop)
        future: asyncio.Future[Any] = loop.create_future()
        try:
            packed = _pack(tuple(words))
        except UnicodeEncodeError as error:
            future.set_result(error)
            return future
        if asking:
            self._ready.append((_ASKING, loop.create_future()))
        self._ready.append((packed, future))
        if len(self._ready) >= _ENOUGH:
            self._flush()
        elif not self._flushing:
            self._flushing = True
            loop.call_soon(self._end_of_turn)
        return future

    async def close(self) -> None:
        """Close the connection when what is in flight has been answered. A later command opens one."""
        if self._loop is not asyncio.get_running_loop():
            return
        self._flush()
        if self._opening is not None:
            await asyncio.wait([self._opening])
        if self._link is not None:
            ended = self._link.ended
            self._link.finish()
            await ended

    def _end_of_turn(self) -> None:
        self._flushing = False
        self._flush()

    def _flush(self) -> None:
        if not self._ready:
            return
        if self._link is None:
            if self._opening is None:
                self._opening = asyncio.ensure_future(self._open())
            return
        # Whoever has gone meanwhile is not asked for.
        ready = [one for one in self._ready if not one[1].done()]
        self._ready = []
        self._link.send(b"".join([packed for packed, _ in ready]), [future for _, future in ready])

    async def _open(self) -> None:
        """Open a connection; all that wait for it share the attempt and its error."""
        try:
            self._link = await self._connect(self._pool, self._forget)
        except Exception as error:  # noqa: BLE001  (it belongs to those who wait)
            waiting, self._ready = self._ready, []
            for _, future in waiting:
                if not future.done():
                    future.set_result(error)
        finally:
            self._opening = None
        self._flush()

    def _forget(self, link: Link) -> None:
        if self._link is link:
            self._link = None
