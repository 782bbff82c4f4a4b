"""Parses URLs that may contain a password. Error messages never quote any part of the URL. Pure."""

import re
from typing import Annotated
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

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


def check_redis(url: str) -> None:
    """Raise `BadAddress` unless this is a Redis URL that the client library accepts."""
    parts = taken_apart(url)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise BadAddress("must be a URL that begins with redis://, rediss:// or unix://")
    if parts.scheme != "unix" and not re.fullmatch(r"/?[0-9]*", parts.path):
        raise BadAddress("may have nothing but the number of a database as its path, for example /0")
    _check_rest(parts)


def check_broker(urls: str) -> None:
    """Raise `BadAddress` unless this is a broker URL, or several of them separated by ";"."""
    for url in urls.split(";"):
        parts = taken_apart(url)
        if not parts.scheme:
            raise BadAddress("must be a URL that begins with redis:// or amqp://")
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
    return value.rstrip("/")


#: An HTTP URL, without a slash at its end; "" if there is none.
Url = Annotated[str, AfterValidator(_url)]
