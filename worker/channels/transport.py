"""One HTTP exchange. After a failure only one thing matters: whether the request was sent as a whole.

Words never quote an exception, because its text can contain a header, and headers contain the credentials.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from worker.channels.deadlines import DeadlineTransport, total
from worker.channels.outcomes import InDoubt, Stopped, Throttled

#: The connection was never made, so the request was not processed.
_NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

#: The request could not be formed from what is configured.
_NOT_FORMED = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError)

#: Events of httpcore: the request was not sent as a whole, so it cannot have been processed.
_NOT_WRITTEN = frozenset({"http11.send_request_headers.failed", "http11.send_request_body.failed"})

#: An answer to a send has some hundred bytes. The rest of a longer one is not read.
_LONGEST_ANSWER = 1 << 20


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


def open_http(timeout: float, *, connections: int = 20, proxy: str | None = None) -> httpx.Client:
    """Return a pool of connections with every time-out explicit.

    `timeout` is in seconds and holds for a whole `exchange`, from the connection to the last byte of the answer;
    connecting and waiting for a connection of the pool get at most 5 of them. The environment (proxies, netrc,
    certificates) is not read, redirections are not followed.
    """
    quick = min(timeout, 5.0)
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.Client(
        timeout=httpx.Timeout(connect=quick, read=timeout, write=timeout, pool=quick),
        transport=DeadlineTransport(limits=limits, proxy=proxy),
        trust_env=False,
        follow_redirects=False,
    )


def exchange(http: httpx.Client, call: HttpRequest) -> HttpResponse | NoResponse:
    """Return the provider's answer, or what follows if there is none. Never raises.

    `Throttled` if the request was certainly not sent as a whole, `InDoubt` if it may have been. An answer that is
    longer than a megabyte is cut.
    """
    seen = _Seen()
    try:
        with total(http.timeout.read):
            return _ask(http, call, seen)
    except _NOT_CONNECTED as error:
        return Throttled(code=type(error).__name__, words="the provider could not be reached")
    except _NOT_FORMED as error:
        return Stopped(code=type(error).__name__, words="no request can be formed from what is configured")
    except Exception as error:  # noqa: BLE001 - whatever it was, the request may have been sent by then
        if seen.cut_off:
            return Throttled(
                code=type(error).__name__, words="the connection broke before the request was sent"
            )
        return InDoubt(words=f"{type(error).__name__} after the request may have been written")


class _Seen:
    """What httpcore reported during a request."""

    cut_off = False  #: the request was not sent as a whole

    def __call__(self, event: str, _info: dict[str, Any]) -> None:
        self.cut_off = self.cut_off or event in _NOT_WRITTEN


def _ask(http: httpx.Client, call: HttpRequest, trace: Callable[[str, dict[str, Any]], None]) -> HttpResponse:
    # A small compressed answer could be endless when decompressed.
    headers = call.headers | {"Accept-Encoding": "identity"}
    request = http.build_request(
        call.method, call.url, headers=headers, content=call.content or None, extensions={"trace": trace}
    )
    answer = http.send(request, stream=True, follow_redirects=False)
    try:
        content = bytearray()
        assert isinstance(answer.stream, httpx.SyncByteStream)  # noqa: S101  (the client is no async one)
        for chunk in answer.stream:
            content += chunk
            if len(content) > _LONGEST_ANSWER:
                break
        return HttpResponse(
            status_code=answer.status_code, headers=answer.headers, content=bytes(content[:_LONGEST_ANSWER])
        )
    finally:
        answer.close()
