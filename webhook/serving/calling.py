"""Calls a WSGI application (PEP 3333) in a few threads. It does not know the server."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from queue import SimpleQueue
from typing import Any
from wsgiref.types import WSGIApplication

from loguru import logger

from webhook.body_limits import Refused

Headers = list[tuple[str, str]]
#: Sends a whole answer: status, headers, body. Called in any thread.
Send = Callable[[int, Headers, bytes], object]

#: Answers without a body by definition, and so without a length.
_WITHOUT_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
#: Bytes of an answer that is put together in memory; a larger one, such as a file, goes out piece by piece.
_WHOLE = 1024 * 1024
_BUSY = Refused(status=HTTPStatus.SERVICE_UNAVAILABLE, reason="all threads are busy, try again")
_BROKEN = Refused(status=HTTPStatus.INTERNAL_SERVER_ERROR, reason="internal server error")


@dataclass(frozen=True, slots=True)
class Streamed:
    """An answer in pieces; `close` must be called at the end."""

    status: int
    headers: Headers
    pieces: Iterator[bytes]
    close: Callable[[], object]


#: What remains after the application was called; None: the answer is sent.
Rest = Streamed | Refused | None


@dataclass(frozen=True, slots=True)
class _Call:
    wsgi: dict[str, Any]
    send: Send
    since: float
    rest: asyncio.Future[Rest]


class Caller:
    """The threads that call the application, and the waiting calls."""

    def __init__(
        self, app: WSGIApplication, *, loop: asyncio.AbstractEventLoop, threads: int, begun_seconds: float
    ) -> None:
        """Start the threads. They end with the process, even during a long poll."""
        self._app = app
        self._loop = loop
        self._begun_seconds = begun_seconds
        self._calls: SimpleQueue[_Call] = SimpleQueue()
        self._sent: deque[asyncio.Future[Rest]] = deque()
        for number in range(threads):
            threading.Thread(target=self._run, name=f"view-{number}", daemon=True).start()

    def call(self, wsgi: dict[str, Any], send: Send) -> asyncio.Future[Rest]:
        """Return what remains to be done: the thread that has a whole answer sends it."""
        self.settle()
        rest: asyncio.Future[Rest] = self._loop.create_future()
        self._calls.put(_Call(wsgi, send, self._loop.time(), rest))
        return rest

    def settle(self) -> None:
        """Complete the futures of sent answers; otherwise they complete with the next call.

        Waking the event loop for each of them would cost a third of the time before a view is called.
        """
        while self._sent:
            _tell(self._sent.popleft(), None)

    def _run(self) -> None:
        while True:
            call = self._calls.get()
            rest = self._answered(call)
            if rest is None:
                self._sent.append(call.rest)
            else:
                self._loop.call_soon_threadsafe(_tell, call.rest, rest)

    def _answered(self, call: _Call) -> Rest:
        if self._loop.time() - call.since > self._begun_seconds:
            return _BUSY
        try:
            return call_once(self._app, call.wsgi, call.send)
        except Exception as error:  # noqa: BLE001 - an application that hides nothing would end this thread
            logger.error("internal server error", error=type(error).__name__)
            return _BROKEN


def call_once(app: WSGIApplication, wsgi: dict[str, Any], send: Send) -> Streamed | None:
    """Call an application and send its answer; one without Content-Length, or a large one, is returned for streaming."""
    head: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, _: object = None, /) -> Callable[[bytes], object]:
        head[:] = [(int(status[:3]), headers)]
        return _written

    pieces = app(wsgi, start_response)
    status, headers = head[0]
    promised = next((value for name, value in headers if name.lower() == "content-length"), None)
    with ExitStack() as after:
        # Registered first, so that it runs last: the work after an answer must not overtake the answer.
        after.callback(getattr(pieces, "close", _nothing))
        if wsgi["REQUEST_METHOD"] == "HEAD" or status in _WITHOUT_BODY:
            send(status, headers, b"")
            return None
        if promised is None or (promised.isdecimal() and int(promised) > _WHOLE):
            return Streamed(status, headers, iter(pieces), after.pop_all().close)
        body = b"".join(pieces)
        if promised != str(len(body)):
            # Sent unchanged: the server closes the connection if the declared length is wrong.
            return Streamed(status, headers, iter((body,)), after.pop_all().close)
        send(status, headers, body)
    return None


def _tell(future: asyncio.Future[Rest], rest: Rest) -> None:
    if not future.done():
        future.set_result(rest)


def _written(_: bytes) -> object:
    raise NotImplementedError("the write callable is not supported: return the body instead")


def _nothing() -> None:
    pass
