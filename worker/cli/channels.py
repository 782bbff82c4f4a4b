"""`inturn channels`: paused senders and warnings of providers, and how to resume a sender."""

import click

from session.keys import Keys
from session.printable import visible, visible_json
from session.records import from_ms
from session.store import PauseStore, Runner, Scripts, TroubleStore
from worker.cli.reach import reach


@click.group()
def channels() -> None:
    """List and resume paused senders."""


@channels.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """List paused senders and warnings.

    A paused sender sends nothing. A warning of a provider about an account or a sender does not stop anything yet: check
    the provider's console.
    """
    run, pauses, troubles = _stores()
    paused, told = run(pauses.all()), run(troubles.all())
    if as_json:
        found = {
            "paused": {sender: pause.model_dump(by_alias=True) for sender, pause in paused.items()},
            "troubles": [trouble.model_dump(by_alias=True) for trouble in told],
        }
        click.echo(visible_json(found, indent=2))
        return
    for sender, pause in paused.items():
        why = visible(f"{pause.code}: {pause.words}")
        click.echo(f"{visible(sender):<32} tried again {from_ms(pause.until):%H:%M:%S} UTC  {why}")
    if not paused:
        click.echo("no sender is paused")
    for trouble in told:
        words = f": {trouble.words}" if trouble.words else ""
        told_at = f"{from_ms(trouble.at):%Y-%m-%d %H:%M} UTC"
        click.echo(visible(f"{trouble.about:<32} {trouble.kind} {told_at}  {trouble.code}{words}"))


@channels.command()
@click.argument("sender")
def resume(sender: str) -> None:
    """Resume a paused sender.

    Waiting replies are sent when they are due; warnings about the sender are removed.

    SENDER is written as `inturn channels list` shows it, for example meta:106540352242922.
    """
    run, pauses, troubles = _stores()
    resumed, forgotten = run(pauses.resume(sender)), run(troubles.drop(sender))
    if not resumed and not forgotten:
        raise click.ClickException(f"{sender} is not paused, and there is no warning about it")
    click.echo(f"{sender} is resumed" if resumed else f"the warnings about {sender} are removed")


def _stores() -> tuple[Runner, PauseStore, TroubleStore]:
    client, settings = reach()
    scripts, keys = Scripts.load(), Keys(settings.shards)
    return Runner(client), PauseStore(scripts, keys), TroubleStore(scripts, keys)
