"""A TCP way between the processes and a server, which can be cut, blackholed and slowed down. Knows no protocol."""

import asyncio
import threading
from contextlib import suppress
from enum import StrEnum


class Way(StrEnum):
    """What happens to connections."""

    OPEN = "open"
    REFUSED = "refused"  # hung up on at once
    HOLE = "hole"  # nothing passes, nobody is told


class Proxy:
    """Listens on a free port of this machine. Its loop runs in a thread of its own; every method may be called from any."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.way = Way.OPEN
        self.delay = 0.0
        self.ends: set[_End] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-{port}", daemon=True)
        self._thread.start()
        self._server = self._do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    def open(self, *, cut: bool = False) -> None:
        """Let everything pass again; with `cut` what was connected before is hung up on."""
        self._do(self._turn(Way.OPEN, cut=cut))

    def refuse(self) -> None:
        """Hang up on everybody, and on whoever comes."""
        self._do(self._turn(Way.REFUSED, cut=True))

    def swallow(self) -> None:
        """Let nothing pass, and say nothing."""
        self._do(self._turn(Way.HOLE, cut=False))

    def close(self) -> None:
        """Hang up on everybody and end the thread."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: _End(self), "127.0.0.1", 0, backlog=512)

    async def _end(self) -> None:
        self._server.close()
        while self.ends:
            await self._turn(Way.REFUSED, cut=True)
            await asyncio.sleep(0.01)
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _turn(self, way: Way, *, cut: bool) -> None:
        self.way = way
        for end in list(self.ends):
            if cut:
                end.hang_up()
            elif way is Way.HOLE:
                end.pause()
            else:
                end.go_on()


class _End(asyncio.Protocol):
    """One end of a connection; what it reads is written to the other."""

    def __init__(self, proxy: Proxy, other: "_End | None" = None) -> None:
        self.proxy = proxy
        self.other = other
        self.transport: asyncio.Transport | None = None
        self.waiting: list[bytes] = []  #: read before the other end was there
        self.free_at = 0.0  #: when the last delayed piece goes out
        self.late = 0  #: delayed pieces that have not gone out; a timer may be late itself

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.proxy.ends.add(self)
        if self.proxy.way is Way.REFUSED:
            self.hang_up()
        elif self.other is None:
            self.task = asyncio.get_running_loop().create_task(self._connect())
        else:
            self.other.other = self
            for data in self.other.waiting:
                transport.write(data)
            self.other.waiting.clear()
        if self.proxy.way is Way.HOLE:
            self.pause()

    async def _connect(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: _End(self.proxy, self), *self.proxy.target
            )
        except OSError:
            self.hang_up()

    def data_received(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if self.proxy.delay or self.late:
            self.free_at = max(self.free_at + 1e-5, loop.time() + self.proxy.delay)
            self.late += 1
            loop.call_at(self.free_at, self._pass_on_late, data)
        else:
            self._pass_on(data)

    def _pass_on_late(self, data: bytes) -> None:
        self.late -= 1
        self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        if self.other is None:
            self.waiting.append(data)
        elif self.other.transport and not self.other.transport.is_closing():
            self.other.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.proxy.ends.discard(self)
        if self.other and self.other.transport:
            self.other.transport.close()

    def hang_up(self) -> None:
        if self.transport:
            self.transport.abort()

    def pause(self) -> None:
        if self.transport:
            with suppress(RuntimeError):
                self.transport.pause_reading()

    def go_on(self) -> None:
        if self.transport:
            with suppress(RuntimeError):
                self.transport.resume_reading()
