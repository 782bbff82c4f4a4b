"""Reads the body of a request on the event loop: a slow client delays only its own connection."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from webhook.body_limits import BROKEN_OFF, Refused, too_large


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes and times."""

    body_bytes: int  #: of one body
    body_seconds: float  #: from the end of the head to the end of the body, even if it arrives byte by byte
    #: of all large bodies that a process reads or handles at the same time
    bodies_bytes: int = 32 * 1024 * 1024
    #: a body of so many bytes is small: it is read at once, and there is at most one on a connection
    small_bytes: int = 16 * 1024
    #: a request that no thread has started by then is rejected with 503
    begun_seconds: float = 5.0


class Incoming(Protocol):
    """A body that is still arriving: granian's `RSGIHTTPProtocol`."""

    async def __call__(self) -> bytes:
        """Return all of it."""

    def __aiter__(self) -> "Incoming":
        """Return its pieces."""

    async def __anext__(self) -> bytes:
        """Return the next piece."""


class Reading:
    """Reads bodies, and counts their bytes. For one event loop only."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        #: bytes of the large bodies that are being read or handled
        self.held = 0

    async def body(self, incoming: Incoming, *, announced: int | None) -> bytes | Refused:
        """Return a whole body; `announced` is its Content-Length, None if the client did not send one.

        A body counts until `let_go`.
        """
        if announced is not None and announced > self._limits.body_bytes:
            return too_large(self._limits.body_bytes)
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                if announced is not None and announced <= self._limits.small_bytes:
                    body = await incoming()
                    return body if len(body) == announced else BROKEN_OFF
                return await self._counted(incoming, announced)
        except TimeoutError:
            return Refused(status=HTTPStatus.REQUEST_TIMEOUT, reason="the body did not arrive in time")
        except RuntimeError:  # granian raises this if the connection breaks
            return BROKEN_OFF

    def let_go(self, body: bytes) -> None:
        """Stop counting a body that is handled."""
        self.held -= self._counts(len(body))

    async def _counted(self, incoming: Incoming, announced: int | None) -> bytes | Refused:
        """Count what has arrived, not what was announced, so that announcing a size costs nothing."""
        pieces: list[bytes] = []
        size, kept = 0, 0
        try:
            async for piece in incoming:
                pieces.append(piece)
                size += len(piece)
                self.held += len(piece)
                if size > self._limits.body_bytes:
                    return too_large(self._limits.body_bytes)
                if self.held > self._limits.bodies_bytes:
                    return Refused(
                        status=HTTPStatus.SERVICE_UNAVAILABLE,
                        reason="too many large bodies at once, try again",
                    )
            if announced not in (None, size):
                return BROKEN_OFF
            kept = self._counts(size)
            return b"".join(pieces)
        finally:
            self.held -= size - kept

    def _counts(self, size: int) -> int:
        return size if size > self._limits.small_bytes else 0
