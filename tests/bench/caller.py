"""An HTTP client that costs little: raw sockets, one thread, keep-alive, requests made before. Counts every answer."""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.bench.rows import promise
from worker.cli.replay.requests import SignedRequest
from worker.cli.running.embedded import HOST


def raw(post: SignedRequest) -> bytes:
    """Return a request as it goes over the wire."""
    headers = {"Host": "bench", "Content-Length": str(len(post.body)), **post.headers}
    lines = [f"POST {post.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + post.body


@dataclass(slots=True, eq=False)
class _Connection:
    """One connection and the request that is on it."""

    port: int
    connection: socket.socket
    since: float = 0.0
    answer: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes) -> None:
        self.since = time.perf_counter()
        self.answer.clear()
        self.connection.sendall(request)

    def finished(self) -> bool:
        """Read what came; whether the answer is whole."""
        more = self.connection.recv(65536)
        self.answer += more
        head, found, rest = self.answer.partition(b"\r\n\r\n")
        if not found:
            promise(bool(more), "the server hung up without an answer")
            return False
        promise(head.startswith(b"HTTP/1.1 200"), f"the server answered {bytes(head[:40])!r}")
        lower = head.lower()
        at = lower.index(b"content-length:")
        return len(rest) >= int(lower[at + 15 :].split(b"\r\n", 1)[0])


def call(
    port: int, requests: Sequence[bytes], *, connections: int = 16, rate: float | None = None
) -> list[float]:
    """Make every request once and return the seconds that each took; with a `rate` not sooner than its turn.

    With a rate the time counts from when a request should have gone out, so that a server that is late shows it.
    """
    took: list[float] = []
    with selectors.DefaultSelector() as ready:
        idle = [_Connection(port, _connect(port)) for _ in range(min(connections, len(requests)))]
        lines = list(idle)
        for line in lines:
            ready.register(line.connection, selectors.EVENT_READ, line)
        waiting = _schedule(requests, rate)
        due, request = next(waiting)
        more = True
        while len(took) < len(requests):
            while more and idle and (rate is None or time.perf_counter() >= due):
                line = idle.pop()
                line.send(request)
                if rate is not None:
                    line.since = due
                if (following := next(waiting, None)) is None:
                    more = False
                else:
                    due, request = following
            pause = max(0.0, due - time.perf_counter()) if rate is not None and more and idle else 10.0
            for key, _ in ready.select(min(pause, 10.0)):
                line = key.data
                if line in idle:
                    # The server closes what nobody has used for a while.
                    _renew(line, ready)
                elif line.finished():
                    took.append(time.perf_counter() - line.since)
                    if b"connection: close" in line.answer.partition(b"\r\n\r\n")[0].lower():
                        _renew(line, ready)
                    idle.append(line)
        for line in lines:
            line.connection.close()
    return took


def _schedule(requests: Sequence[bytes], rate: float | None) -> Iterator[tuple[float, bytes]]:
    began = time.perf_counter()
    for number, request in enumerate(requests):
        yield began + (number / rate if rate else 0.0), request


def _renew(line: _Connection, ready: selectors.BaseSelector) -> None:
    """Open a new connection in the place of one that was closed."""
    ready.unregister(line.connection)
    line.connection.close()
    line.connection = _connect(line.port)
    ready.register(line.connection, selectors.EVENT_READ, line)


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection((HOST, port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
