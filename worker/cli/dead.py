"""`inturn dead`: lists dead letters, shows them, retries or drops them."""

from collections.abc import Callable, Iterable

import click

from session.dead_letters import BodyLetter, LetterRecord
from session.errors import NotRevivable
from session.keys import Keys
from session.printable import visible, visible_json
from session.records import from_ms
from session.store import Call, DeadStore, Program, Runner, Scripts
from worker.cli.reach import reach

_IDS = click.argument("ids", nargs=-1)
_ALL = click.option("--all", "everything", is_flag=True, help="All dead letters.")
_WIDTH = 70


@click.group()
def dead() -> None:
    """List, show, retry and drop dead letters.

    A dead letter is an unreadable body, a message or an agent action whose turn always failed, a medium that was not
    fetched, or a reply or an event for a hook that will not be sent. ID is written as `inturn dead list` shows it.
    """


@dead.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """List all dead letters, without their content."""
    run, store = _store()
    records = run(store.all())
    if as_json:
        click.echo(visible_json([_summary(record) for record in records], indent=2))
        return
    for record in records:
        letter = record.letter
        who = (
            letter.source if isinstance(letter, BodyLetter) else (letter.conversation or "").partition(":")[2]
        )
        at = f"{from_ms(record.at):%m-%d %H:%M}"
        click.echo(visible(f"{record.id:<20} {at} {letter.kind:<8} {who:<18} {letter.why[:_WIDTH]}"))
    if not records:
        click.echo("no dead letters")


@dead.command()
@click.argument("id_", metavar="ID")
def show(id_: str) -> None:
    """Show one dead letter as JSON, with its content."""
    run, store = _store()
    letter = _known(run, store, id_)
    click.echo(visible_json(_summary(letter) | letter.fields, indent=2))


@dead.command()
@_IDS
@_ALL
def retry(ids: tuple[str, ...], *, everything: bool) -> None:
    """Return dead letters to where they came from: an intake, a mailbox, an outbox; or have them fetched or sent again."""
    _each(
        ids,
        lambda store, record: store.revive(record),
        "retried",
        everything=everything,
    )


@dead.command()
@_IDS
@_ALL
def drop(ids: tuple[str, ...], *, everything: bool) -> None:
    """Remove dead letters for good."""
    _each(ids, DeadStore.drop, "dropped", everything=everything)


def _each(
    ids: Iterable[str],
    change: Callable[[DeadStore, LetterRecord], Call[bool] | Program[bool]],
    done: str,
    *,
    everything: bool,
) -> None:
    run, store = _store()
    letters = run(store.all()) if everything else [_known(run, store, id_) for id_ in ids]
    if not letters and not everything:
        raise click.UsageError("name at least one ID, or --all")
    failed = 0
    for letter in letters:
        try:
            outcome = done if run(change(store, letter)) else "already gone"
        except NotRevivable as error:
            outcome, failed = str(error), failed + 1
        click.echo(f"{letter.id}  {outcome}")
    if failed:
        raise click.exceptions.Exit(1)


def _known(run: Runner, store: DeadStore, id_: str) -> LetterRecord:
    letter = run(store.get(id_))
    if letter is None:
        raise click.ClickException(f"there is no dead letter {id_}")
    return letter


def _summary(record: LetterRecord) -> dict[str, str | None]:
    letter = record.letter
    return {
        "id": record.id,
        "kind": letter.kind,
        "why": letter.why,
        "at": from_ms(record.at).isoformat(timespec="seconds"),
        "conversation": letter.conversation,
    }


def _store() -> tuple[Runner, DeadStore]:
    client, settings = reach()
    return Runner(client), DeadStore(Scripts.load(), Keys(settings.shards))
