"""One HTTP exchange, told apart by the only question that matters after a failure: was it written or not?

Words never quote an exception: its text can hold a header, and a header holds our credentials.
"""

from dataclasses import dataclass, field

import httpx

from worker.channels.outcomes import Stopped, Throttled, Unknown

#: The connection was never made: surely not processed.
_NOT_WRITTEN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

#: The request could not be formed from what is configured.
_NOT_FORMED = (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to be made. Its headers hold credentials and are not shown."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    content: bytes = b""


def open_http(timeout: float, *, connections: int = 20, proxy: str | None = None) -> httpx.Client:
    """Return a pool of connections with every time-out explicit.

    `timeout` is in seconds and holds for reading and writing each; connecting and waiting for a connection of the pool
    get at most 5. The environment (proxies, netrc, certificates) is not read, redirections are not followed.
    """
    quick = min(timeout, 5.0)
    return httpx.Client(
        timeout=httpx.Timeout(connect=quick, read=timeout, write=timeout, pool=quick),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        proxy=proxy,
        trust_env=False,
        follow_redirects=False,
    )


def exchange(http: httpx.Client, call: Call) -> httpx.Response | Throttled | Stopped | Unknown:
    """Return the provider's answer, or what its absence means. Never raises."""
    try:
        return http.request(
            call.method, call.url, headers=call.headers, content=call.content or None, follow_redirects=False
        )
    except _NOT_WRITTEN as error:
        return Throttled(code=type(error).__name__, words="the provider could not be reached")
    except _NOT_FORMED as error:
        return Stopped(code=type(error).__name__, words="no request can be formed from what is configured")
    except Exception as error:  # noqa: BLE001 - whatever it was, the request may have been written by then
        return Unknown(words=f"{type(error).__name__} after the request may have been written")
