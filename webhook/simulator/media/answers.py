"""How files are handed out: as a provider does, and as the page shows them."""

from flask import Blueprint, Response, abort

from webhook.simulator.media.files import File
from webhook.simulator.simulator import Simulator


def bytes_of(file: File) -> Response:
    """Return the answer that carries a file; no browser takes it for a page of ours."""
    answer = Response(file.content, mimetype=None, content_type=file.mime_type)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if file.filename:
        answer.headers.set("Content-Disposition", "inline", filename=file.filename)
    return answer


def file_routes(simulator: Simulator) -> Blueprint:
    """Return the route by which the page shows the files of both sides."""
    routes = Blueprint("files", __name__)

    @routes.get("/simulator/files/<id_>")
    def show(id_: str) -> Response:
        file = simulator.files.shown(id_)
        return bytes_of(file) if file else abort(404, "there is no such file")

    return routes
