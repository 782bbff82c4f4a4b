"""`python -m webhook.serving`: serves the webhook, or the desk or the simulator alone."""

import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

import click

from session.clock import SystemClock
from session.connection import connect
from session.errors import SettingsError, StoreUnavailable
from session.punctuality import check_clock
from webhook.serving.server import claim, serve
from webhook.serving.settings import ServingSettings
from webhook.starting import in_one_line

_APPS = "webhook.serving.apps"
_PATIENCE = 2.0  #: seconds that the start waits for Redis


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("app", type=click.Choice(["webhook", "desk", "simulator"]), default="webhook")
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, type=click.IntRange(1), help="Processes; the simulator wants one.")
def main(app: str, host: str, port: int, workers: int) -> None:
    """Serve an application of the house with HTTP/1.1; the webhook has the desk in it.

    It takes bodies of MAX_BODY_BYTES and BODY_TIMEOUT_SECONDS at most, and MAX_CONNECTIONS a process. Something in
    front of it must speak TLS with the world.
    """
    with in_one_line():
        if app == "simulator" and workers > 1:
            raise SettingsError("the simulator keeps what it knows in the memory of one process: --workers 1")
        # Made here too, so that a wrong setting ends the start, and not each process over and over.
        make: Callable[[], object] = getattr(import_module(_APPS), app)
        make()
        settings = ServingSettings.load()
        claim(host, port)
        if app != "simulator":
            _check_clock(settings)
    if sys.stderr.isatty():
        click.echo(f"{app}: http://{host}:{port}, Ctrl-C ends it", err=True)
    serve(f"{_APPS}:{app}", host=host, port=port, workers=workers, settings=settings)


def _check_clock(settings: ServingSettings) -> None:
    """Raise `WrongClock` if this machine would date what it keeps wrongly. Where Redis is away, /readyz says so."""
    client = connect(settings.session_redis_url, timeout=_PATIENCE, cluster=settings.redis_cluster)
    try:
        with suppress(StoreUnavailable):
            check_clock(client, SystemClock())
    finally:
        client.close()


if __name__ == "__main__":
    main()
