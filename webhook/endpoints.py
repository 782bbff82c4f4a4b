"""The two ways to an endpoint: a view of Flask, in a thread, and a shortcut on the loop of the server.

Both call `Receiver.receive` with the same kind of request, so they check, store, log and count alike. The shortcut is for
the ordinary request: without Flask's routing and contexts, without a thread, and with one write to Redis for the bodies
that arrive together. Whatever it leaves to Flask has had no effect yet. `tests/webhook/test_endpoints.py` compares them.
"""

from collections.abc import Callable, Sequence

from flask import Blueprint, Flask, Request, Response
from flask import request as present

from webhook.body_limits import read_body
from webhook.heads import Head
from webhook.receiver import Endpoint, Receiver
from webhook.serving.environ import Scope
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
            body = read_body(request, limit=receiver.limit(endpoint))
            status, content_type, told = carried_out(receiver.receive(request, body, endpoint, keeper))
            return Response(told, status, content_type=content_type)

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
        self._proxies = proxies

    async def answer(self, scope: Scope, body: bytes) -> tuple[int, list[tuple[str, str]], bytes] | None:
        """Return status, headers and body for a request with a body; None: it is left to Flask, and has had no effect."""
        endpoint = self._endpoints.get(scope.path) if scope.method == "POST" else None
        if endpoint is None:
            return None
        head = Head(scope, self._proxies)
        # Flask refuses websockets.
        if "upgrade" in head.headers:
            return None
        try:
            status, content_type, told = await self._receiver.receive(head, body, endpoint, self._keeper)
        except Exception:  # noqa: BLE001 - from before the body is stored; Flask will meet it too, and report it
            return None
        return status, [("Content-Type", content_type), ("Content-Length", str(len(told)))], told


def lay_shortcut(app: Flask, shortcut: Shortcut) -> None:
    """Let `shortcut_of` find the shortcut of an application."""
    app.extensions[_EXTENSION] = shortcut


def shortcut_of(app: Flask) -> Shortcut | None:
    """Return the shortcut of an application, None if it has none."""
    found = app.extensions.get(_EXTENSION)
    return found if isinstance(found, Shortcut) else None
