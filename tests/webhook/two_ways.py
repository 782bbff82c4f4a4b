"""A request on either way to an endpoint, in a thread through Flask or on the loop past it, and all that came of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from loguru import logger
from pydantic import SecretStr

from session.connection import connect
from tests.clocks import ManualClock
from tests.webhook.edge import JSON, SETTINGS, WrittenDown, meta_signature
from webhook.app import create_app
from webhook.desk.settings import DeskSettings
from webhook.endpoints import shortcut_of
from webhook.serving.front import Front
from webhook.serving.reading import Limits
from webhook.settings import WebhookSettings

#: Small, so that the bodies of a test are on both sides of each.
LIMITS = Limits(body_bytes=4096, body_seconds=0.05, small_bytes=1024)

Headers = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Posted:
    """A request as granian hands it over: its scope (RSGI), and the pieces of its body."""

    pieces: Sequence[bytes] = ()
    path: str = "/webhook/meta"
    method: str = "POST"
    query_string: str = ""
    more_headers: Sequence[tuple[str, str]] = ()
    announced: int | None = None  #: by default the size of the pieces
    is_chunked: bool = False
    is_silent: bool = False  #: the end of the body never comes
    breaks: bool = False  #: the connection breaks after the pieces
    scheme: str = "http"
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "10.0.0.7:50618"

    @property
    def headers(self) -> "_Headers":
        size = sum(map(len, self.pieces)) if self.announced is None else self.announced
        length = ("transfer-encoding", "chunked") if self.is_chunked else ("content-length", str(size))
        return _Headers([("host", "bot.example"), length, *self.more_headers])


class _Headers(list[tuple[str, str]]):
    def items(self) -> Self:
        return self

    def get(self, key: str, default: Any = None) -> Any:
        return next((value for name, value in self if name == key), default)


class _Exchange:
    """Gives the pieces of a body, and takes the answer."""

    def __init__(self, posted: Posted) -> None:
        self._pieces, self._posted = list(posted.pieces), posted
        self.answers: list[tuple[int, Headers, bytes]] = []

    async def __call__(self) -> bytes:
        return b"".join([piece async for piece in self])

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)
        if self._posted.breaks:
            raise RuntimeError("the connection broke")
        if self._posted.is_silent:
            await asyncio.Event().wait()
        raise StopAsyncIteration

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.answers.append((status, sorted((name.lower(), value) for name, value in headers), body))

    def response_stream(self, status: int, headers: Headers) -> Any:
        raise AssertionError("an answer to a provider is never streamed")


@dataclass(frozen=True)
class Outcome:
    """Everything that a request has left behind."""

    answers: list[tuple[int, Headers, bytes]]
    stored: dict[str, list[dict[str, str]]]  #: the bodies of each intake, oldest first
    woken: list[int]
    logged: list[str]
    counted: dict[str, int]  #: answers by status

    @property
    def status(self) -> int:
        ((status, _, _),) = self.answers
        return status


class Way:
    """A webhook behind the front of its server, with or without the shortcut."""

    def __init__(
        self,
        loop: asyncio.Runner,
        url: str,
        *,
        shortcut: bool,
        store: Any = None,
        proxies: int = 0,
        **settings: Any,
    ) -> None:
        self._loop, self.wake = loop, WrittenDown()
        self.left_to_flask = 0
        self._client = connect(SecretStr(url), timeout=0.5)
        self._app = create_app(
            WebhookSettings(
                **{**SETTINGS, "redis_url": url, "max_body_bytes": LIMITS.body_bytes, **settings}
            ),
            client=self._client,
            store=store,
            wake=self.wake,
            clock=ManualClock(),
            desk_settings=DeskSettings(
                _env_file=None, redis_url=url, desk_password="a desk password", desk_proxies=proxies
            ),
        )
        self._http = self._app.test_client()
        laid = shortcut_of(self._app) if shortcut else None
        self._front = Front(self._flask, limits=LIMITS, threads=1, shortcut=laid)
        self._front.__rsgi_init__(loop.get_loop())

    def post(self, posted: Posted, *, empty: bool = True) -> Outcome:
        """Return what comes of a request to a webhook whose store is empty, unless it is left as it is."""
        before, exchange, lines = self._counted(), _Exchange(posted), list[str]()
        self.wake.shards.clear()
        if empty:
            self._client.flushdb()
        sink = logger.add(
            lambda line: lines.append(str(line)), format="{level} {message} {extra}", level="DEBUG"
        )
        try:
            self._loop.run(self._answer(posted, exchange))
        finally:
            logger.remove(sink)
        return Outcome(
            answers=exchange.answers,
            stored=self._stored() if empty else {},
            woken=list(self.wake.shards),
            logged=lines,
            counted={
                code: count - before.get(code, 0)
                for code, count in self._counted().items()
                if count != before.get(code, 0)
            },
        )

    async def _answer(self, posted: Posted, exchange: _Exchange) -> None:
        answering = asyncio.ensure_future(self._front.__rsgi__(posted, exchange))
        while not (answering.done() or exchange.answers):
            await asyncio.wait([answering], timeout=0.001)
        # What a thread has answered, the loop hears of with the next request.
        if answering.done():
            answering.result()
        answering.cancel()

    def close(self) -> None:
        self._client.close()

    def _flask(self, wsgi: Any, start_response: Any) -> Any:
        self.left_to_flask += 1
        return self._app(wsgi, start_response)

    def _counted(self) -> dict[str, int]:
        since_start: dict[str, dict[str, int]] = self._http.get("/readyz").json["since_start"]
        return since_start["answered"]

    def _stored(self) -> dict[str, list[dict[str, str]]]:
        intakes = sorted(self._client.scan_iter("*intake"))
        return {name: [fields for _, fields in self._client.xrange(name)] for name in intakes}


def by_meta(
    body: bytes,
    *,
    signature: str | None = None,
    content_type: str = JSON,
    more: Headers | None = None,
    **rest: Any,
) -> Posted:
    """Return a body as Meta posts it: signed, unless another signature is named."""
    signed = meta_signature(body) if signature is None else signature
    headers = [("content-type", content_type), ("x-hub-signature-256", signed), *(more or ())]
    return Posted(**{"pieces": [body], "more_headers": headers, **rest})
