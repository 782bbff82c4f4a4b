"""Connects granian and a WSGI application: reads bodies on the event loop, calls the application in threads.

What the shortcut of an application answers needs no thread. It knows no routes and no providers.
"""

import asyncio
import json
import threading
from http import HTTPStatus
from typing import Protocol
from wsgiref.types import WSGIApplication

from loguru import logger

from webhook.body_limits import Refused
from webhook.serving.calling import Caller, Headers, Streamed
from webhook.serving.environ import Scope, environ_of
from webhook.serving.reading import Incoming, Limits, Reading
from webhook.serving.uploads import Answered, UploadReading, Uploads, environ_with

#: Seconds that a streamed piece may wait for a slow reader.
_SENT_WITHIN = 30.0
#: Seconds between two completions of sent answers without new requests.
_SETTLED_EVERY = 1.0
#: The rest of a body that nobody reads would be taken for the next request.
_CLOSE = ("connection", "close")


class Pieces(Protocol):
    """An answer that is sent in pieces."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a piece; returns when there is room for the next one. Raises if the connection is closed."""


class Exchange(Incoming, Protocol):
    """A request and its answer: granian's `RSGIHTTPProtocol`."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer; may be called in any thread."""

    def response_stream(self, status: int, headers: Headers) -> Pieces:
        """Begin an answer."""


class Shortcut(Protocol):
    """Answers some requests without the application, and exactly as it would."""

    async def answer(self, scope: Scope, body: bytes) -> tuple[int, Headers, bytes] | None:
        """Return status, headers and body for a request with a body.

        None: it is left to the application, and has had no effect.
        """


class Front:
    """An RSGI application around a WSGI application, see granian's docs/spec/RSGI.md."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        limits: Limits,
        threads: int,
        shortcut: Shortcut | None = None,
        uploads: Uploads | None = None,
    ) -> None:
        self._app = app
        self._limits = limits
        self._threads = threads
        self._shortcut = shortcut
        self._reading = Reading(limits)
        self._uploads = UploadReading(uploads, piece_seconds=limits.body_seconds) if uploads else None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start: the server has its event loop."""
        self._loop = loop
        self._caller = Caller(
            self._app, loop=loop, threads=self._threads, begun_seconds=self._limits.begun_seconds
        )
        self._settle()

    async def __rsgi__(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        rest: Streamed | Refused | None
        if self._uploads and self._uploads.concerns(scope):
            rest = await self._take_upload(scope, exchange, self._uploads)
        else:
            rest = await self._take(scope, exchange)
        if isinstance(rest, Streamed):
            await self._stream(rest, exchange)
        elif rest:
            _refuse(rest, scope, exchange)

    async def _take(self, scope: Scope, exchange: Exchange) -> Streamed | Refused | None:
        body = await self._body(scope, exchange)
        if isinstance(body, Refused):
            return body
        try:
            return await self._answer(scope, body, exchange)
        finally:
            self._reading.let_go(body)

    async def _take_upload(
        self, scope: Scope, exchange: Exchange, uploads: UploadReading
    ) -> Streamed | Refused | None:
        refused = await uploads.ask(self._caller, scope)
        if isinstance(refused, Answered):
            exchange.response_bytes(refused.status, [*refused.headers, _CLOSE], refused.body)
            return None
        if refused:
            return refused
        announced = scope.headers.get("content-length")
        body = await uploads.body(exchange, announced=None if announced is None else int(announced))
        if isinstance(body, Refused):
            return body
        try:
            return await self._caller.call(environ_with(scope, body), exchange.response_bytes)
        finally:
            uploads.let_go(body)

    async def _answer(self, scope: Scope, body: bytes, exchange: Exchange) -> Streamed | Refused | None:
        # A large body would hold up the loop while its signature is computed.
        if self._shortcut and 0 < len(body) <= self._limits.small_bytes:
            answer = await self._shortcut.answer(scope, body)
            if answer:
                exchange.response_bytes(*answer)
                return None
        return await self._caller.call(environ_of(scope, body), exchange.response_bytes)

    async def _body(self, scope: Scope, exchange: Exchange) -> bytes | Refused:
        announced = scope.headers.get("content-length")
        if announced is not None:
            # The server has validated it: there is one, and it is a number.
            return await self._reading.body(exchange, announced=int(announced)) if announced != "0" else b""
        if scope.headers.get("transfer-encoding") is None:
            return b""
        return await self._reading.body(exchange, announced=None)

    async def _stream(self, answer: Streamed, exchange: Exchange) -> None:
        """Send an answer from a separate thread, which ends with it, so that the other threads stay free."""
        transport = exchange.response_stream(answer.status, answer.headers)
        over = self._loop.create_future()

        def run() -> None:
            try:
                for piece in answer.pieces:
                    sending = asyncio.run_coroutine_threadsafe(_sent(transport, piece), self._loop)
                    sending.result(_SENT_WITHIN)
            except Exception as error:  # noqa: BLE001 - the connection is gone, or the application broke in the middle
                logger.debug("a stream ended early", error=type(error).__name__)
            finally:
                answer.close()
                self._loop.call_soon_threadsafe(over.set_result, None)

        threading.Thread(target=run, name="stream", daemon=True).start()
        await over

    def _settle(self) -> None:
        self._caller.settle()
        self._loop.call_later(_SETTLED_EVERY, self._settle)


async def _sent(transport: Pieces, piece: bytes) -> None:
    await transport.send_bytes(piece)


def _refuse(refused: Refused, scope: Scope, exchange: Exchange) -> None:
    address = scope.client.rpartition(":")[0]
    logger.warning("refused", reason=refused.reason, status=refused.status.value, address=address)
    headers = [("content-type", "application/json"), _CLOSE]
    if refused.status is HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("retry-after", "1"))
    exchange.response_bytes(refused.status, headers, json.dumps({"error": refused.reason}).encode())
