"""`inturn webhook`, `inturn worker`, `inturn beat`, `inturn celery`: the parts of the stack as separate programs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from worker.cli.folder import PYTHON, become

_TAKES_MORE = {"ignore_unknown_options": True, "help_option_names": ["-h", "--help"], "show_default": True}


@click.command(context_settings={**_TAKES_MORE, "help_option_names": []})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def webhook(options: Sequence[str]) -> None:
    """Start the webhook, including the desk."""
    become(*PYTHON, "webhook.serving", *options)


@click.command(context_settings=_TAKES_MORE)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def worker(options: Sequence[str]) -> None:
    """Start a worker. Ctrl-C lets it finish its current work, for at most SHUTDOWN_SECONDS.

    One process works on up to WORKER_CONVERSATIONS conversations at a time; one process for each core is enough.

    Modules of the assistant are found in the folder in which it is started. OPTIONS are further options of `celery worker`,
    for example -n NAME or --events.
    """
    # Workers need not know each other.
    alone = ("--without-gossip", "--without-mingle")
    _celery("worker", *alone, *options)


@click.command(context_settings=_TAKES_MORE)
@click.option("-s", "--schedule", type=click.Path(path_type=Path), help="File for its schedule.")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def beat(schedule: Path | None, options: Sequence[str]) -> None:
    """Start beat, which triggers the sweep. One is enough, two do no harm.

    OPTIONS are further options of `celery beat`.
    """
    with TemporaryDirectory(prefix="inturn-beat-") as folder:
        if sys.stderr.isatty():
            click.echo("beat: triggers the sweep in a worker, Ctrl-C stops it", err=True)
        # The time of its last tick need not be kept: the due index knows what waits.
        _celery("beat", "--schedule", str(schedule or Path(folder) / "schedule"), *options)


@click.command(context_settings={**_TAKES_MORE, "help_option_names": []})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def celery(options: Sequence[str]) -> None:
    """Run any other Celery command: flower, inspect ping, ..."""
    _celery(*options)


def _celery(*argv: str) -> None:
    from worker.app import app  # noqa: PLC0415  (it is built when it is asked for)

    sys.exit(app.start(["--quiet", *argv]))
