"""`inturn channels`: which lines are paused, and on again with them."""

import json

import click

from session.keys import Keys
from session.records import from_ms
from session.store import PauseStore, Scripts
from worker.cli.reach import reach


@click.group()
def channels() -> None:
    """See and resume the lines on which nothing is sent at present."""


@channels.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """List the paused lines, and why they are."""
    paused = _pauses().all()
    if as_json:
        click.echo(
            json.dumps({line: pause.model_dump(by_alias=True) for line, pause in paused.items()}, indent=2)
        )
        return
    for line, pause in paused.items():
        click.echo(f"{line:<32} tried again {from_ms(pause.until):%H:%M:%S} UTC  {pause.code}: {pause.words}")
    if not paused:
        click.echo("no line is paused")


@channels.command()
@click.argument("line")
def resume(line: str) -> None:
    """Send on a paused line again, as soon as what waits there is due.

    LINE is written as `inturn channels list` shows it, for example meta:106540352242922.
    """
    if not _pauses().resume(line):
        raise click.ClickException(f"{line} is not paused")
    click.echo(f"{line} is on again")


def _pauses() -> PauseStore:
    client, settings = reach()
    return PauseStore(Scripts(client), Keys(settings.shards))
