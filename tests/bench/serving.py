"""Serves any view as the webhook is served: `python -m tests.bench.serving module:factory --port 8000 --workers 2`."""

import os
from importlib import import_module

import click

from webhook.endpoints import shortcut_of
from webhook.serving.front import Front
from webhook.serving.reading import Limits
from webhook.serving.server import serve
from webhook.serving.settings import ServingSettings

_VIEW = "BENCH_VIEW"


def served() -> Front:
    """Return the view behind the reader, with the webhook's own limits."""
    module, _, name = os.environ[_VIEW].partition(":")
    settings = ServingSettings.load()
    limits = Limits(body_bytes=settings.max_body_bytes, body_seconds=settings.body_timeout_seconds)
    app = getattr(import_module(module), name)()
    return Front(app, limits=limits, threads=settings.webhook_threads, shortcut=shortcut_of(app))


@click.command()
@click.argument("factory")
@click.option("--port", type=int, required=True)
@click.option("--workers", type=int, default=2)
def main(factory: str, port: int, workers: int) -> None:
    os.environ[_VIEW] = factory
    settings = ServingSettings.load()
    serve("tests.bench.serving:served", host="127.0.0.1", port=port, workers=workers, settings=settings)


if __name__ == "__main__":
    main()
