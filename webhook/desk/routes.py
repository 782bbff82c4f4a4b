"""All routes of the desk, behind their guard."""

from flask import Blueprint

from webhook.desk.acting import acting
from webhook.desk.guard import guard
from webhook.desk.pages import pages
from webhook.desk.parts import Desk
from webhook.desk.signing_in import signing_in
from webhook.desk.stream import stream


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
    guard(routes, desk)
    signing_in(routes, desk)
    pages(routes, desk)
    acting(routes, desk)
    stream(routes, desk)
    return routes
