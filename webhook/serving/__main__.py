"""`python -m webhook.serving`: serves the webhook, or the desk or the simulator alone."""

import sys
from collections.abc import Callable
from importlib import import_module

import click

from session.clock import SystemClock
from session.connection import connect, warn_of_clock
from session.errors import SettingsError
from webhook.serving.server import claim, serve
from webhook.serving.settings import ServingSettings
from webhook.starting import in_one_line

_APPS = "webhook.serving.apps"
_PATIENCE = 2.0  #: seconds that the start waits for Redis


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.argument("app", type=click.Choice(["webhook", "desk", "simulator"]), default="webhook")
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=1, type=click.IntRange(1), help="Processes; only one for the simulator.")
def main(app: str, host: str, port: int, workers: int) -> None:
    """Serve an application with HTTP/1.1; the webhook includes the desk.

    Limits: MAX_BODY_BYTES and BODY_TIMEOUT_SECONDS for a body, MAX_CONNECTIONS for a process. Put a reverse proxy with
    TLS in front of it.
    """
    with in_one_line():
        if app == "simulator" and workers > 1:
            raise SettingsError("the simulator keeps its state in the memory of one process: use --workers 1")
        # Created here too, so that an invalid setting ends the start, and not each worker process repeatedly.
        make: Callable[[], object] = getattr(import_module(_APPS), app)
        make()
        settings = ServingSettings.load()
        claim(host, port)
        if app != "simulator":
            _look_at_clock(settings)
    if sys.stderr.isatty():
        click.echo(f"{app}: http://{host}:{port}, Ctrl-C stops it", err=True)
    serve(f"{_APPS}:{app}", host=host, port=port, workers=workers, settings=settings)


def _look_at_clock(settings: ServingSettings) -> None:
    """Log a warning if this machine's clock is wrong; /readyz reports it too."""
    client = connect(settings.session_redis_url, timeout=_PATIENCE, cluster=settings.redis_cluster)
    try:
        warn_of_clock(client, SystemClock())
    finally:
        client.close()


if __name__ == "__main__":
    main()
