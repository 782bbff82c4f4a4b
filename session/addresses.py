"""Parses URLs that may contain a password. Error messages never quote any part of the URL. Pure."""

import re
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from pydantic import AfterValidator

#: The most frequent mistake: a password with a character that has a special meaning in a URL.
_ESCAPE = "in a user and a password # is written %23, / is %2F, ? is %3F, @ is %40, : is %3A, [ is %5B, ] is %5D, % is %25"


class BadAddress(ValueError):
    """Raised for an unreadable URL; the message quotes no part of it."""


def taken_apart(url: str) -> SplitResult:
    """Return the parts of a URL, with a valid port. Raises `BadAddress`."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        # The library's own message quotes what stands in place of the port.
        raise BadAddress(f"must be a valid URL; {_ESCAPE}") from None
    if "@" in parts.path + parts.query + parts.fragment:
        raise BadAddress(f"must have its host after the only @; {_ESCAPE}")
    return parts


def without_password(url: str) -> str:
    """Return a URL without user and password, safe to show. Raises `BadAddress`."""
    parts = taken_apart(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


#: The schemes of a service that Sentinel watches; the second one for TLS.
_SENTINEL = ("redis+sentinel", "rediss+sentinel")
_SENTINEL_FORM = "redis+sentinel://user:password@host:port,host:port/service/0"
_SENTINEL_PORT = 26379


@dataclass(frozen=True, slots=True, kw_only=True)
class SentinelAddress:
    """A service of Redis, and the Sentinels that say which server is its master."""

    nodes: tuple[tuple[str, int], ...]  #: host and port of each Sentinel
    service: str
    user: str = field(repr=False)  #: `user:password@` of the servers, as it stands in the URL; "" without
    database: int
    tls: bool  #: to the Sentinels and to the servers
    query: str = field(repr=False)  #: more options of the client library


def is_sentinel(url: str) -> bool:
    """Whether a URL names Sentinels instead of a server."""
    return url.startswith(tuple(f"{scheme}://" for scheme in _SENTINEL))


def read_sentinel(url: str) -> SentinelAddress:
    """Read `redis+sentinel://[user:password@]host[:port][,host[:port]...]/service[/database]`. Raises `BadAddress`."""
    # The hosts are read one by one: several of them have no port for the library.
    scheme, _, rest = url.partition("://")
    end = re.search(r"[/?#]", rest)
    place, path = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    user, at, hosts = place.rpartition("@")
    nodes = tuple(_node(host) for host in hosts.split(","))
    parts = taken_apart(f"{scheme}://{user}{at}{nodes[0][0] if ':' not in nodes[0][0] else '[::1]'}{path}")
    _check_rest(parts)
    found = re.fullmatch(r"/([^/]+)(?:/([0-9]*))?", parts.path)
    if not found:
        raise BadAddress(f"must name the service that Sentinel watches: {_SENTINEL_FORM}")
    return SentinelAddress(
        nodes=nodes,
        service=unquote(found[1]),
        user=user + at,
        database=int(found[2] or 0),
        tls=scheme.startswith("rediss"),
        query=parts.query,
    )


def _node(place: str) -> tuple[str, int]:
    parts = taken_apart(f"//{place}")
    if not parts.hostname:
        raise BadAddress(f"must name each Sentinel by its host and port: {_SENTINEL_FORM}")
    return parts.hostname, parts.port or _SENTINEL_PORT


def place_of(url: str) -> str:
    """Return the server of a Redis URL, or the service and its Sentinels, without any password. Raises `BadAddress`."""
    if is_sentinel(url):
        address = read_sentinel(url)
        return f"{address.service} of Sentinel {', '.join(f'{host}:{port}' for host, port in address.nodes)}"
    parts = taken_apart(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path


def check_redis(url: str) -> None:
    """Raise `BadAddress` unless this is a Redis URL that the client library accepts, or one that names Sentinels."""
    if is_sentinel(url):
        read_sentinel(url)
        return
    parts = taken_apart(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise BadAddress("must be a URL that begins with redis://, rediss://, redis+sentinel:// or unix://")
    if parts.scheme != "unix" and not re.fullmatch(r"/?[0-9]*", parts.path):
        raise BadAddress("may have nothing but the number of a database as its path, for example /0")
    _check_rest(parts)


def check_broker(urls: str) -> None:
    """Raise `BadAddress` unless this is a broker URL, or several of them separated by ";"."""
    if is_sentinel(urls):
        read_sentinel(urls)
        return
    for url in urls.split(";"):
        parts = taken_apart(url)
        if not parts.scheme:
            raise BadAddress("must be a URL that begins with redis:// or amqp://")
        if "sentinel" in parts.scheme:
            raise BadAddress(f"must name all Sentinels and the service in one URL: {_SENTINEL_FORM}")
        _check_rest(parts)


def _check_rest(parts: SplitResult) -> None:
    if parts.fragment:
        raise BadAddress(f"must not contain #; {_ESCAPE}")
    named = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if named & {"password", "username"}:
        raise BadAddress("must have user and password in front of the host: after a ? they would be shown")


def _url(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("must be a URL that begins with https://, or http:// for development")
    taken_apart(value)
    return value


#: An HTTP URL as it is written; "" if there is none.
ExactUrl = Annotated[str, AfterValidator(_url)]
#: The same without a slash at its end.
Url = Annotated[ExactUrl, AfterValidator(lambda value: value.rstrip("/"))]
