"""The head of a request as Flask's `Request` shows it, made only as far as it is looked at: see `webhook.receiver.Posted`."""

from collections.abc import Callable
from functools import cached_property
from wsgiref.types import WSGIApplication

from flask import Request
from werkzeug.http import parse_options_header
from werkzeug.middleware.proxy_fix import ProxyFix

from webhook.serving.environ import Scope, environ_of, headers_of, variable_of

#: Content types that are written as they are compared.
_PLAIN = frozenset({"application/json", "application/x-www-form-urlencoded"})


class Head:
    """A request without its body. What most endpoints need is looked up; the rest is that of a request of Flask's."""

    def __init__(self, scope: Scope, proxies: int) -> None:
        self.headers = _Headers(headers_of(scope))
        self._scope, self._proxies = scope, proxies

    @property
    def mimetype(self) -> str:
        """Return the content type without parameters, in lower case."""
        named = self.headers.get("content-type", "")
        return named if named in _PLAIN else parse_options_header(named)[0].lower()

    @property
    def path(self) -> str:
        """Return the path of the URL."""
        return self._whole.path

    @property
    def query_string(self) -> bytes:
        """Return the query of the URL as it came."""
        return self._whole.query_string

    @property
    def root_url(self) -> str:
        """Return scheme and host, under which we were reached."""
        return self._whole.root_url

    @property
    def remote_addr(self) -> str | None:
        """Return the address of the client."""
        return self._whole.remote_addr

    @cached_property
    def _whole(self) -> Request:
        wsgi = environ_of(self._scope, b"")
        if self._proxies:
            # It calls what is behind it with the changed environment.
            trusting(_nothing, self._proxies)(wsgi, _begin)
        return Request(wsgi)


class _Headers:
    """Headers by their variables in the environment."""

    def __init__(self, found: dict[str, str]) -> None:
        self._found = found

    def get(self, key: str, default: str) -> str:
        """Return the value of a header, whatever the case of its name."""
        return self._found.get(variable_of(key.lower()), default)

    def __contains__(self, key: str) -> bool:
        """Whether there is a header."""
        return variable_of(key) in self._found


def trusting(app: WSGIApplication, proxies: int) -> ProxyFix:
    """Return an application that takes address and scheme of a request from the headers of so many proxies in front of it.

    The address is the one that the outermost proxy has added to X-Forwarded-For. The scheme is the last value of
    X-Forwarded-Proto, because most proxies replace that header instead of adding to it. X-Forwarded-Host is ignored.
    """
    return ProxyFix(app, x_for=proxies, x_proto=1, x_host=0)


def _nothing(_wsgi: object, _begin: object) -> list[bytes]:
    return []


def _begin(_status: object, _headers: object, _error: object = None, /) -> Callable[[bytes], object]:
    raise NotImplementedError
