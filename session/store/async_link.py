"""One connection on a loop: many commands are in flight on it, and each gets its own answer."""

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import hiredis
import redis
import redis.asyncio as on_loop
from redis.connection import DefaultParser
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, ReadOnlyError
from redis.sentinel import SentinelConnectionPool

#: The connections of the client library, and those that do the same on a loop.
_KINDS = (
    (redis.SSLConnection, on_loop.SSLConnection),
    (redis.UnixDomainSocketConnection, on_loop.UnixDomainSocketConnection),
    (redis.Connection, on_loop.Connection),
)
#: Options of a connection that are the same for both; the others are objects that wait in a thread.
_OPTIONS = {
    "host",
    "port",
    "path",
    "db",
    "username",
    "password",
    "client_name",
    "socket_timeout",
    "socket_connect_timeout",
    "socket_keepalive",
    "socket_keepalive_options",
}
_NO_ANSWER = object()


class Link(asyncio.Protocol):
    """Commands go out in the order in which they are sent, and the server answers in that order.

    If nothing comes for `timeout` seconds while an answer is due, the connection is given up: every command in flight has
    `TimeoutError`, also one that was sent later, because its answer could only come after the missing one. A connection that
    breaks gives `ConnectionError` to all of them.

    What the transport cannot write yet waits in its buffer, without a limit of its own: whoever sends a command waits for its
    answer, so there is never more in it than the coroutines of this process are asking for.
    """

    def __init__(self, encoder: Any, timeout: float | None, unusable: Callable[["Link"], None]) -> None:
        """Take how the client library decodes, and what to call when no more commands may be sent on this connection."""
        self._loop = asyncio.get_running_loop()
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse,
            replyError=DefaultParser.parse_error,
            encoding=encoder.encoding if encoder.decode_responses else None,
            errors=encoder.encoding_errors,
            notEnoughData=_NO_ANSWER,
        )
        self._timeout = timeout
        self._unusable = unusable
        self._due: deque[asyncio.Future[Any]] = deque()
        self._quiet_since = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._last = False  # nothing is sent any more, and it ends with the last answer
        self._transport: Any = None
        self.ended: asyncio.Future[None] = self._loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport

    def send(self, packed: bytes, futures: Sequence[asyncio.Future[Any]]) -> None:
        """Send commands; each future gets the answer or the error of its command as its result, unless it is cancelled."""
        if not self._due:
            self._quiet_since = self._loop.time()
            if self._watch is None and self._timeout is not None:
                self._watch = self._loop.call_later(self._timeout, self._look)
        self._due.extend(futures)
        self._transport.write(packed)

    def data_received(self, data: bytes) -> None:
        """Hand each answer to the command that is due."""
        self._quiet_since = self._loop.time()
        due, read = self._due, self._reader.gets
        try:
            self._reader.feed(data)
            while (answer := read()) is not _NO_ANSWER:
                future = due.popleft()
                if not future.done():
                    future.set_result(answer)
                if isinstance(answer, RedisConnectionError | ReadOnlyError):
                    # The server loads, forgot who we are, or is a replica now: the server that has the address by now is
                    # asked next.
                    self.finish()
        except IndexError:
            self.end(RedisConnectionError("an answer to no command"))
        except Exception as error:  # noqa: BLE001  (all of them would wait for an answer that nobody can read)
            self.end(error)
        if self._last and not due:
            self.end(RedisConnectionError("closed"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell all commands in flight."""
        self.end(
            RedisConnectionError(f"connection lost: {type(exc).__name__}" if exc else "closed by the server")
        )

    def finish(self) -> None:
        """Send nothing any more, and end after the last answer."""
        self._last = True
        self._unusable(self)
        if not self._due:
            self.end(RedisConnectionError("closed"))

    def end(self, error: Exception) -> None:
        """Close the connection at once; every command in flight has the error: it may or may not have been carried out."""
        self._unusable(self)
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._transport is not None:
            self._transport.abort()
        if not self.ended.done():
            self.ended.set_result(None)
        while self._due:
            future = self._due.popleft()
            if not future.done():
                future.set_result(error)

    def _look(self) -> None:
        """End if an answer is overdue, else look again when the present one would be."""
        self._watch = None
        if not self._due or self._timeout is None:
            return
        overdue_at = self._quiet_since + self._timeout
        if self._loop.time() < overdue_at:
            self._watch = self._loop.call_at(overdue_at, self._look)
        else:
            self.end(redis.TimeoutError("no answer in time"))


def connection_like(pool: Any) -> Any:
    """Return a connection for a loop with the options of a pool of the client library; it is not connected."""
    options = pool.connection_kwargs
    kind: Any = next(ours for theirs, ours in _KINDS if issubclass(pool.connection_class, theirs))
    chosen = {name: options[name] for name in options if name in _OPTIONS or name.startswith("ssl_")}
    return kind(**chosen, protocol=2)


async def find_server(pool: Any, connection: Any) -> None:
    """Ask Sentinel, if there is one, which server a connection must be made to."""
    if isinstance(pool, SentinelConnectionPool):
        connection.host, connection.port = await asyncio.to_thread(pool.get_master_address)


async def open_link(pool: Any, unusable: Callable[[Link], None]) -> Link:
    """Connect as the connections of a pool of the client library do, and return a link that is ready for commands.

    Raises what the client library raises when it connects.
    """
    wanted = connection_like(pool)  # it is never connected, but it knows what all of its options mean
    link = Link(pool.get_encoder(), wanted.socket_timeout, unusable)
    try:
        async with asyncio.timeout(wanted.socket_connect_timeout):
            await find_server(pool, wanted)
            await _connect(link, wanted)
            await _begin_session(link, wanted)
    except TimeoutError:
        link.end(redis.TimeoutError("no connection in time"))
        raise redis.TimeoutError("no connection in time") from None
    except OSError as error:
        raise RedisConnectionError(f"no connection: {type(error).__name__}") from error
    except BaseException:
        link.end(RedisConnectionError("no session"))
        raise
    return link


async def _connect(link: Link, wanted: Any) -> None:
    loop = asyncio.get_running_loop()
    if isinstance(wanted, on_loop.UnixDomainSocketConnection):
        await loop.create_unix_connection(lambda: link, wanted.path)
        return
    tls = wanted.ssl_context.get() if isinstance(wanted, on_loop.SSLConnection) else None
    transport, _ = await loop.create_connection(lambda: link, wanted.host, wanted.port, ssl=tls)
    if wanted.socket_keepalive:
        # The loop has switched off that small writes are held back (Nagle), for all of its connections.
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in wanted.socket_keepalive_options.items():
            connected.setsockopt(socket.IPPROTO_TCP, option, value)


async def _begin_session(link: Link, wanted: Any) -> None:
    greeting: list[Any] = []
    if wanted.username:
        greeting.append(("AUTH", wanted.username, wanted.password or ""))
    elif wanted.password:
        greeting.append(("AUTH", wanted.password))
    if wanted.client_name:
        greeting.append(("CLIENT", "SETNAME", wanted.client_name))
    if wanted.db:
        greeting.append(("SELECT", wanted.db))
    futures = [asyncio.get_running_loop().create_future() for _ in greeting]
    if futures:
        link.send(b"".join(hiredis.pack_command(words) for words in greeting), futures)
    for future in futures:
        answer = await future
        if isinstance(answer, Exception):
            raise answer
