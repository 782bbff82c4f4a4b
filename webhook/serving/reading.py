"""Reads the body of a request on the event loop: nobody waits for a sender but the sender's own connection."""

import asyncio
from http import HTTPStatus
from typing import Protocol

from webhook.bodies import Refused
from webhook.serving.limits import Limits


class Incoming(Protocol):
    """A body that is still under way: granian's `RSGIHTTPProtocol`."""

    async def __call__(self) -> bytes:
        """Return all of it."""

    def __aiter__(self) -> "Incoming":
        """Return its pieces."""

    async def __anext__(self) -> bytes:
        """Return the next piece."""


class Reading:
    """Reads bodies, and knows how many bytes it holds. For one event loop only."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        #: bytes of the large bodies that are being read just now
        self.held = 0

    async def body(self, incoming: Incoming, *, announced: int | None) -> bytes | Refused:
        """Return a whole body; `announced` is its Content-Length, None where the sender does not know it."""
        if announced is not None and announced > self._limits.body_bytes:
            return _too_large(self._limits)
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                if announced is not None and announced <= self._limits.small_bytes:
                    body: bytes | Refused = await incoming()
                else:
                    body = await self._counted(incoming)
        except TimeoutError:
            return Refused(status=HTTPStatus.REQUEST_TIMEOUT, reason="the body did not arrive in time")
        except RuntimeError:  # what granian raises where a connection breaks
            return _broken_off()
        if announced is not None and isinstance(body, bytes) and len(body) != announced:
            return _broken_off()
        return body

    async def _counted(self, incoming: Incoming) -> bytes | Refused:
        """Count what has arrived, not what was announced: who announces much and sends nothing takes nothing."""
        pieces: list[bytes] = []
        size = 0
        try:
            async for piece in incoming:
                pieces.append(piece)
                size += len(piece)
                self.held += len(piece)
                if size > self._limits.body_bytes:
                    return _too_large(self._limits)
                if self.held > self._limits.bodies_bytes:
                    return Refused(
                        status=HTTPStatus.SERVICE_UNAVAILABLE, reason="too many large bodies at once"
                    )
            return b"".join(pieces)
        finally:
            self.held -= size


def _too_large(limits: Limits) -> Refused:
    return Refused(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, reason=f"more than {limits.body_bytes} bytes")


def _broken_off() -> Refused:
    return Refused(status=HTTPStatus.BAD_REQUEST, reason="the body did not arrive")
