"""A deadline for a whole HTTP exchange. httpx limits each read only, so a peer that sends byte by byte is never timed out."""

import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import local
from time import monotonic
from typing import Any

import httpcore
import httpx


class _Deadline(local):
    """The deadline of the exchange of this thread, by the monotonic clock; None: no deadline."""

    at: float | None = None

    def left(self, timeout: float | None, late: type[httpcore.TimeoutException]) -> float | None:
        """Return how long the next step may take, in seconds. Raises `late` after the deadline."""
        if self.at is None:
            return timeout
        left = self.at - monotonic()
        if left <= 0:
            raise late("the deadline of the whole exchange is over")
        return left if timeout is None else min(timeout, left)


_deadline = _Deadline()


@contextmanager
def total(seconds: float | None) -> Iterator[None]:
    """Limit the total time of what a `DeadlineTransport` does in the block, in seconds."""
    _deadline.at = None if seconds is None else monotonic() + seconds
    try:
        yield
    finally:
        _deadline.at = None


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's own transport, on a network that keeps the deadline of `total`."""

    def __init__(self, *, limits: httpx.Limits, proxy: str | None = None) -> None:
        super().__init__(trust_env=False, limits=limits, proxy=proxy)
        # httpx does not accept a network backend; httpcore, which opens its connections, does.
        self._pool._network_backend = _Network(self._pool._network_backend)  # noqa: SLF001


class _Network(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = _deadline.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _deadline.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _deadline.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _deadline.left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
