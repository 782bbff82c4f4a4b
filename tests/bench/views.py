"""Views to compare the webhook with: one that does nothing, one that verifies and publishes, one that starts a chain."""

import os
from threading import local
from typing import Any

from celery import Celery
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
    """The common edge: verify the signature, publish the body as a task, 200. Each thread keeps its producer."""
    app, tasks = Flask("publishing", static_folder=None), noop.build(os.environ["REDIS_URL"])
    task, kept = tasks.tasks["noop"], Kept(tasks)

    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok", mimetype="text/plain")

    @app.post("/webhook/meta")
    def view() -> Response:
        body = _verified()
        task.apply_async((body.decode(),), producer=kept.producer())
        return Response("ok", mimetype="text/plain")

    return app


def hopping() -> Flask:
    """The same edge in front of one task, which tells that it is done."""
    app, tasks = Flask("hopping", static_folder=None), noop.build(os.environ["REDIS_URL"])
    task, kept = tasks.tasks["through"], Kept(tasks)

    @app.get("/healthz")
    def alive() -> Response:
        return Response("ok", mimetype="text/plain")

    @app.post("/webhook/meta")
    def view() -> Response:
        _verified()
        task.apply_async((_text(),), producer=kept.producer())
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
        noop.three_hops(tasks, _text()).apply_async()
        return Response("ok", mimetype="text/plain")

    return app


class Kept:
    """One producer for each thread: taking one from Celery's pool for every task costs a third more."""

    def __init__(self, tasks: Celery) -> None:
        self._tasks, self._here = tasks, local()

    def producer(self) -> Any:
        if not hasattr(self._here, "producer"):
            connection = self._tasks.connection_for_write()
            self._here.producer = self._tasks.amqp.Producer(connection, auto_declare=False)
        return self._here.producer


def _text() -> str:
    message = request.get_json()["entry"][0]["changes"][0]["value"]["messages"][0]
    return str(message["text"]["body"])


def _verified() -> bytes:
    body = request.get_data()
    if not same(meta_signature(SECRET, body), request.headers.get("X-Hub-Signature-256", "")):
        raise PermissionError("wrong signature")
    return body
