"""Builds the WSGI environment (PEP 3333) of a request in granian's form (RSGI), and looks up single headers of one. Pure."""

import sys
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any, Protocol

#: Set in the environment: a streamed answer does not occupy one of the threads that other requests need.
STREAMS_APART = "inturn.streams_apart"
#: Set in the environment: the body is not there. The application answers 204 if it would take it, else as it would anyway.
ASKED = "inturn.asked"

_NAMED = {"content-type": "CONTENT_TYPE"}
#: The length is that of the received body, however it was sent.
_OURS = frozenset({"content-length", "transfer-encoding"})


class Headers(Protocol):
    """The headers of a request, names in lower case."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Return name and value of each."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return the first value of a header."""


class Scope(Protocol):
    """The head of a request: granian's RSGI scope."""

    method: str
    path: str  #: decoded
    query_string: str
    scheme: str
    http_version: str
    server: str  #: "host:port" on which it came in
    client: str  #: "host:port" of the client

    @property
    def headers(self) -> Headers:
        """Return its headers."""


def environ_of(scope: Scope, body: bytes) -> dict[str, Any]:
    """Return the environment for an application that is called in a thread."""
    host, _, port = scope.server.rpartition(":")
    wsgi: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": _latin(scope.path),
        "QUERY_STRING": _latin(scope.query_string),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        STREAMS_APART: True,
    }
    wsgi.update(headers_of(scope))
    return wsgi


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers of a request by their variables in the environment; repeated ones are joined."""
    found: dict[str, str] = {}
    for name, value in scope.headers.items():
        key = variable_of(name)
        if not key:
            continue
        if key in found:
            value = f"{found[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"  # noqa: PLW2901
        found[key] = value
    return found


@lru_cache(maxsize=256)
def variable_of(name: str) -> str:
    """Return the variable of a header, whose name is in lower case; "" for one that is left out.

    A name with an underscore would be mistaken for the one with a hyphen, which a proxy may have removed.
    """
    if name in _OURS or "_" in name:
        return ""
    return _NAMED.get(name) or f"HTTP_{name.upper().replace('-', '_')}"


def _latin(text: str) -> str:
    """Return text in the form that WSGI requires: each byte as a character."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")
