"""The two ways to an endpoint: a view of Flask, in a thread, and a shortcut on the loop of the server.

Both call `Receiver.receive` with the same kind of request, so they check, store, log and count alike. The shortcut is for
the ordinary request: without Flask's routing and contexts, without a thread, and with one write to Redis for the bodies
that arrive together. Whatever it leaves to Flask has had no effect yet. `tests/webhook/test_endpoints.py` compares them.
"""

from collections.abc import Callable, Sequence
from typing import Any
from wsgiref.types import WSGIApplication

from flask import Blueprint, Flask, Request, Response
from flask import request as present
from werkzeug.middleware.proxy_fix import ProxyFix

from webhook.receiver import Endpoint, Receiver
from webhook.storing import AtOnce, Keeper, carried_out

#: The blueprint of all endpoints.
NAME = "endpoints"
_EXTENSION = "inturn.shortcut"


def endpoint_routes(receiver: Receiver, endpoints: Sequence[Endpoint], keeper: AtOnce) -> Blueprint:
    """Return a POST route for each endpoint."""
    routes = Blueprint(NAME, __name__)

    def view(endpoint: Endpoint) -> Callable[[], Response]:
        def receive() -> Response:
            # Flask's proxy would be resolved for every access.
            request: Request = present._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
            status, content_type, body = carried_out(receiver.receive(request, endpoint, keeper))
            return Response(body, status, content_type=content_type)

        return receive

    for endpoint in endpoints:
        routes.add_url_rule(endpoint.path, endpoint.path, view(endpoint), methods=["POST"])
    return routes


class Shortcut:
    """Answers what is posted to the endpoints, without Flask and without a thread."""

    def __init__(
        self, receiver: Receiver, endpoints: Sequence[Endpoint], keeper: Keeper, *, proxies: int
    ) -> None:
        self._receiver, self._keeper = receiver, keeper
        self._endpoints = {endpoint.path: endpoint for endpoint in endpoints}
        # It calls what is behind it with the changed environment, and returns what that returns.
        self._seen: Any = trusting(_as_it_is, proxies) if proxies else None

    async def answer(
        self, wsgi: dict[str, Any], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """Return status, headers and body for a request with a body; None: it is left to Flask, and has had no effect."""
        endpoint = self._endpoints.get(wsgi["PATH_INFO"]) if wsgi["REQUEST_METHOD"] == "POST" else None
        # Flask refuses websockets.
        if endpoint is None or "HTTP_UPGRADE" in wsgi:
            return None
        request = Request(self._seen(wsgi, None) if self._seen else wsgi)
        try:
            status, content_type, told = await self._receiver.receive(request, endpoint, self._keeper, body)
        except Exception:  # noqa: BLE001 - from before the body is stored; Flask will meet it too, and report it
            return None
        return status, [("Content-Type", content_type), ("Content-Length", str(len(told)))], told


def trusting(app: WSGIApplication, proxies: int) -> ProxyFix:
    """Return an application that takes address and scheme of a request from the headers of so many proxies in front of it.

    The address is the one that the outermost proxy has added to X-Forwarded-For. The scheme is the last value of
    X-Forwarded-Proto, because most proxies replace that header instead of adding to it. X-Forwarded-Host is ignored.
    """
    return ProxyFix(app, x_for=proxies, x_proto=1, x_host=0)


def _as_it_is(wsgi: dict[str, Any], _: object) -> Any:
    return wsgi


def lay_shortcut(app: Flask, shortcut: Shortcut) -> None:
    """Let `shortcut_of` find the shortcut of an application."""
    app.extensions[_EXTENSION] = shortcut


def shortcut_of(app: object) -> Shortcut | None:
    """Return the shortcut of an application, None if it has none."""
    found = app.extensions.get(_EXTENSION) if isinstance(app, Flask) else None
    return found if isinstance(found, Shortcut) else None
