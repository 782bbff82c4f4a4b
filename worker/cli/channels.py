"""`inturn channels`: which senders are paused, what providers have against the account, and on again with them."""

import click

from session.keys import Keys
from session.records import from_ms
from session.store import PauseStore, Scripts, TroubleStore
from session.visible import visible, visible_json
from worker.cli.reach import reach


@click.group()
def channels() -> None:
    """See what is wrong with the senders and accounts of the business, and send through a paused sender again."""


@channels.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """List the paused senders and what providers have against accounts and senders, and why.

    Nothing is sent through a paused sender at present. What a provider has against an account stops nothing yet: look at the provider's console.
    """
    pauses, troubles = _stores()
    paused, told = pauses.all(), troubles.all()
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
    """Send through a paused sender again, as soon as what waits there is due; forget what its provider had against it.

    SENDER is written as `inturn channels list` shows it, for example meta:106540352242922.
    """
    pauses, troubles = _stores()
    resumed, forgotten = pauses.resume(sender), troubles.drop(sender)
    if not resumed and not forgotten:
        raise click.ClickException(f"{sender} is not paused, and nothing is held against it")
    click.echo(f"{sender} is on again" if resumed else f"what was held against {sender} is forgotten")


def _stores() -> tuple[PauseStore, TroubleStore]:
    client, settings = reach()
    scripts, keys = Scripts(client), Keys(settings.shards)
    return PauseStore(scripts, keys), TroubleStore(scripts, keys)
