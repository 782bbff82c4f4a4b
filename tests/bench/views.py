"""Views to compare the webhook with: one that does nothing, one that verifies and publishes, one that starts a chain."""

import os

from flask import Flask, Response, request

from session.channels.meta import meta_signature
from tests.bench import noop
from tests.bench.ground import SECRET
from webhook.signatures import same


def empty() -> Flask:
    """What the server and the framework cost by themselves."""
    app = Flask("empty", static_folder=None)

    @app.get("/healthz")
    @app.post("/webhook/meta")
    def view() -> Response:
        return Response("ok", mimetype="text/plain")

    return app


def publishing() -> Flask:
    """The common edge: verify the signature, publish the body as a task, 200."""
    app, tasks = Flask("publishing", static_folder=None), noop.build(os.environ["REDIS_URL"])
    through = tasks.tasks["noop"]

    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok", mimetype="text/plain")

    @app.post("/webhook/meta")
    def view() -> Response:
        body = _verified()
        through.apply_async((body.decode(),))
        return Response("ok", mimetype="text/plain")

    return app


def chaining() -> Flask:
    """The same edge in front of three tasks in a row."""
    app, tasks = Flask("chaining", static_folder=None), noop.build(os.environ["REDIS_URL"])

    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok", mimetype="text/plain")

    @app.post("/webhook/meta")
    def view() -> Response:
        _verified()
        message = request.get_json()["entry"][0]["changes"][0]["value"]["messages"][0]
        noop.three_hops(tasks, message["text"]["body"]).apply_async()
        return Response("ok", mimetype="text/plain")

    return app


def _verified() -> bytes:
    body = request.get_data()
    if not same(meta_signature(SECRET, body), request.headers.get("X-Hub-Signature-256", "")):
        raise PermissionError("wrong signature")
    return body
