"""All routes of the desk, behind their guard."""

from typing import cast

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webhook.desk.acting import acting
from webhook.desk.guard import guard
from webhook.desk.pages import pages
from webhook.desk.parts import Desk
from webhook.desk.signing_in import signing_in
from webhook.desk.stream import stream


def trust_proxies(app: Flask, proxies: int) -> None:
    """Let `app` take the address and the scheme of a request from the headers of so many proxies in front of it.

    The address is the one that the outermost of them has added to X-Forwarded-For. X-Forwarded-Proto is what the
    nearest one says, because most proxies replace it instead of adding to it. Forwarded hosts are never believed.
    """
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=1, x_host=0)  # type: ignore[method-assign]


def desk_routes(desk: Desk) -> Blueprint:
    """Return the routes under /desk."""
    routes = Blueprint(
        "desk",
        __name__,
        url_prefix="/desk",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static",
    )
    if desk.proxies:
        routes.record_once(lambda setup: trust_proxies(cast("Flask", setup.app), desk.proxies))
    guard(routes, desk)
    signing_in(routes, desk)
    pages(routes, desk)
    acting(routes, desk)
    stream(routes, desk)
    return routes
