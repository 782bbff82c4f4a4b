"""One HTTP exchange. After a failure only one thing matters: whether the request was sent as a whole.

Words never quote an exception, because its text can contain a header or an address, and both contain credentials.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakSet

import certifi
from aiohttp import (
    ClientConnectorError,
    ClientRequest,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from worker.channels.outcomes import InDoubt, Stopped, Throttled
from worker.channels.request_body import RequestBody

#: The connection was never made, so the request was not processed.
_NOT_CONNECTED = (ClientConnectorError, ConnectionTimeoutError)

#: An answer to a send has some hundred bytes. The rest of a longer one is not read.
_LONGEST_ANSWER = 1 << 20

#: Bytes of a header. Meta reports the usage of each of its accounts in one.
_LONGEST_HEADER = 1 << 16

#: Seconds to connect, TLS included.
_CONNECT_WITHIN = 5.0

#: A connection that was idle for so many seconds is not used again. Most servers wait longer before they hang up.
_IDLE_FOR = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A request to be made. Its headers hold credentials and are not shown."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """An answer: at most a megabyte of it, not decompressed."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


#: What follows if there is no answer.
NoResponse = Throttled | Stopped | InDoubt


class Http(Protocol):
    """What a channel needs of an HTTP client."""

    async def exchange(self, call: HttpRequest) -> HttpResponse | NoResponse:
        """Return the provider's answer, or what follows if there is none. Never raises anything but `CancelledError`.

        `Throttled` if the request was certainly not sent as a whole, `InDoubt` if it may have been, `Stopped` if no
        request can be formed from what is configured.
        """

    async def close(self) -> None:
        """Close the connections; nothing is sent afterwards."""


class AiohttpExchange:
    """Exchanges over a pool of connections that are kept open; satisfies `Http`.

    `timeout` is in seconds and holds for a whole exchange, from the wait for a connection to the last byte of the answer.
    At most `connections` are open; who waits for one has sent nothing yet. Certificates are verified. The environment
    (proxies, netrc, certificates) is not read, redirections are not followed. Belongs to the event loop of the first
    exchange; nothing is opened before that.
    """

    def __init__(self, timeout: float, *, connections: int = 500) -> None:
        self._timeout = timeout
        self._connections = connections
        self._session: ClientSession | None = None
        self._closed = False
        self._used: WeakSet[object] = WeakSet()  #: connections that have carried a request

    async def exchange(self, call: HttpRequest) -> HttpResponse | NoResponse:
        """Return the answer, or what follows if there is none; see `Http`."""
        if self._closed:
            return Throttled(code="closed", words="the connections are closed")
        url = _address(call)
        if url is None:
            return Stopped(code="malformed", words="no request can be formed from what is configured")
        session = self._session = self._session or self._open()
        body = RequestBody(call.content, self._used)
        try:
            async with asyncio.timeout(self._timeout):
                while True:
                    try:
                        return await _ask(session, url, call, body)
                    except Exception:
                        if not body.hung_up:
                            raise
                    body = RequestBody(call.content, self._used)
        except Exception as error:  # noqa: BLE001 - whatever it was, the request may have been sent by then
            return _without_answer(error, call, body)
        except BaseException:
            body.stop()
            raise

    async def close(self) -> None:
        """Close the connections."""
        self._closed = True
        if self._session:
            await self._session.close()

    def _open(self) -> ClientSession:
        certificates = ssl.create_default_context(cafile=certifi.where())
        return ClientSession(
            connector=_Connector(limit=self._connections, ssl=certificates, keepalive_timeout=_IDLE_FOR),
            timeout=ClientTimeout(total=None, sock_connect=min(self._timeout, _CONNECT_WITHIN)),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            max_field_size=_LONGEST_HEADER,
        )


class _Connector(TCPConnector):
    """Uses no connection on which something came that nobody has asked for: it would be taken for the next answer."""

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: ClientTimeout,  # noqa: ASYNC109  (as it is called)
    ) -> Connection:
        """Return a connection for a request. aiohttp begins to read the answer before the request writes itself."""
        while True:
            connection = await super().connect(req, traces, timeout)
            if connection.protocol is None or not connection.protocol.should_close:
                return connection
            connection.close()


def _address(call: HttpRequest) -> URL | None:
    """Return the address of a request as it is written; None if the request cannot be."""
    written = (call.method, call.url, *call.headers, *call.headers.values())
    if " " in call.url or not all(text.isascii() and text.isprintable() for text in written):
        return None
    try:
        # Encoded already: to encode it again would make ".." of a sender that was quoted for that reason.
        url = URL(call.url, encoded=True)
        usable = url.scheme in ("http", "https") and url.host and url.port and not url.raw_user
    except ValueError:
        return None
    return url if usable else None


async def _ask(session: ClientSession, url: URL, call: HttpRequest, body: RequestBody) -> HttpResponse:
    # A small compressed answer could be endless when decompressed.
    headers = call.headers | {"Accept-Encoding": "identity"}
    data = body if call.content else None
    async with session.request(call.method, url, headers=headers, data=data, allow_redirects=False) as answer:
        content = bytearray()
        async for chunk in answer.content.iter_any():
            content += chunk
            if len(content) > _LONGEST_ANSWER:
                break
        return HttpResponse(
            status_code=answer.status, headers=answer.headers, content=bytes(content[:_LONGEST_ANSWER])
        )


def _without_answer(error: Exception, call: HttpRequest, body: RequestBody) -> NoResponse:
    name = type(error).__name__
    if isinstance(error, _NOT_CONNECTED) or (call.content and not body.begun):
        return Throttled(code=name, words="the provider could not be reached")
    if body.stop():
        return Throttled(code=name, words="the connection broke before the request was sent")
    return InDoubt(words=f"{name} after the request may have been written")
