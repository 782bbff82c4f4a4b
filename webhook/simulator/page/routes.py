"""The page and the long poll that updates it. Its actions use the routes of the customers and the controls."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from session.content_parts import Kind
from webhook.simulator.queries import number_of
from webhook.simulator.simulator import Simulator

_FILES = Path(__file__).parent / "static"
_LONGEST_WAIT = 30.0
#: Everything is loaded from this server; the page has no inline script or style.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "media-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page_routes(simulator: Simulator) -> Blueprint:
    """Return the routes of the page."""
    routes = Blueprint("page", __name__, static_folder=str(_FILES), static_url_path="/simulator/page")

    @routes.get("/")
    def front() -> AnyResponse:
        return redirect("/simulator")

    @routes.get("/simulator/changes")
    def changes() -> Response:
        found = simulator.chats.changes(
            after=int(number_of("after")),
            epoch=request.args.get("epoch"),
            wait=number_of("wait", highest=_LONGEST_WAIT),
        )
        return jsonify(
            epoch=found.epoch,
            version=found.version,
            bubbles=[bubble.to_json() for bubble in found.bubbles],
            faults=_faults(simulator),
            lines=_senders(simulator),
        )

    return routes


def wants_the_page() -> bool:
    """Return whether the current request comes from a browser, which asks for HTML; a program does not."""
    offered = ("application/json", "text/html")
    return request.accept_mimetypes.best_match(offered) == "text/html"


def the_page() -> Response:
    """Return the page itself."""
    page = send_file(_FILES / "index.html", max_age=0)
    page.headers.update(
        {
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept",
        }
    )
    return page


def _faults(simulator: Simulator) -> list[dict[str, Any]]:
    return [
        {**fault.model_dump(mode="json", by_alias=True, exclude_none=True), "hits": hits}
        for fault, hits in simulator.faults.with_hits()
    ]


def _senders(simulator: Simulator) -> list[dict[str, Any]]:
    """Return the senders that are set up, with the kinds of message that each carries."""
    settings = simulator.settings
    return [
        {
            "channel": provider.name,
            "number": provider.number(settings),
            "carries": [kind for kind in Kind if kind in provider.carries],
        }
        for provider in simulator.providers.values()
        if settings.missing(provider.name) is None
    ]
