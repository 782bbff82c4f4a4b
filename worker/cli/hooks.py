"""`inturn hooks`: shows the hooks, tests one, sends events again, and makes secrets."""

import asyncio
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

import click

from session.connection import ServersClock
from session.hook_work import number_in
from session.ids import new_id, random_bytes
from session.keys import Keys
from session.printable import counted, visible, visible_json
from session.records import from_ms, to_ms
from session.store import HookStore, Runner, Scripts
from worker.cli.events import moment
from worker.cli.reach import reach
from worker.hooks.bodies import KINDS, body_of_test
from worker.hooks.configuration import Hook, open_hooks
from worker.hooks.posting import Poster, Refused
from worker.hooks.signing import PREFIX

_NAME = click.argument("name")


@click.group()
def hooks() -> None:
    """Show the hooks, which get the events of this deployment, and test them.

    They are configured with HOOKS_FILE, or HOOK_URL and HOOK_SECRET.
    """


@hooks.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """List the hooks, and how far each has come."""
    client, settings = reach()
    found, run, keys = open_hooks(settings), Runner(client), Keys(settings.shards)
    store = HookStore(Scripts.load(), keys, settings.policy())
    rows: list[dict[str, Any]] = []
    for hook in found.values():
        states = run.together([store.state(shard, hook.name) for shard in range(keys.shards)])
        rows.append(
            {
                "name": hook.name,
                "url": str(hook.url),
                "events": "all" if hook.events == KINDS else sorted(hook.events),
                "scopes": sorted(hook.scopes) or "all",
                "texts": hook.texts,
                "behind": sum(state.get("after") != state.get("seen") for state in states) > 0,
                "refused": max(number_in(state, "down") for state in states),
                "accepted_at": max(number_in(state, "accepted") for state in states),
            }
        )
    if as_json:
        click.echo(visible_json(rows, indent=2))
        return
    for row in rows:
        at = f"{from_ms(row['accepted_at']):%Y-%m-%d %H:%M:%S} UTC" if row["accepted_at"] else "never"
        state = "events wait" if row["behind"] else "nothing waits"
        away = f", refused {counted(row['refused'], 'time')} since" if row["refused"] else ""
        click.echo(visible(f"{row['name']:<20} {row['url']}  {state}, last accepted {at}{away}"))
    if not rows:
        click.echo("there are no hooks")


@hooks.command()
@_NAME
def test(name: str) -> None:
    """Send an event of the kind hook.test now, and say what the receiver answers."""
    client, settings = reach()
    hook, at = _known(open_hooks(settings), name), ServersClock(client).now()
    body = body_of_test(f"evt_test_{new_id()}", to_ms(at))
    refused = asyncio.run(_posted(hook, body.id, body.to_json().encode(), int(at.timestamp())))
    if refused:
        raise click.ClickException(visible(f"{name} did not accept it: {refused.why}"))
    click.echo(f"{name} accepted it")


@hooks.command()
@_NAME
@click.option(
    "--since",
    metavar="TIME",
    callback=moment,
    required=True,
    help="Begin there: 10m, 2h, 1d, or 2026-01-31T12:00 (UTC).",
)
def replay(name: str, *, since: datetime | timedelta) -> None:
    """Send the stored events since a time again, in order, with the ids that they had; new ones follow."""
    client, settings = reach()
    hook, keys = _known(open_hooks(settings), name), Keys(settings.shards)
    store, run = HookStore(Scripts.load(), keys, settings.policy()), Runner(client)
    if isinstance(since, timedelta):
        try:
            since = ServersClock(client).now() - since
        except OverflowError:
            raise click.UsageError("--since is too long ago") from None
    count = sum(run(store.rewind(shard, hook.name, since)) for shard in range(keys.shards))
    click.echo(f"{name} gets what it wants of {counted(count, 'event')} again")


@hooks.command()
def secret() -> None:
    """Make a secret, and print it. Nothing is stored."""
    click.echo(PREFIX + b64encode(random_bytes(32)).decode())


def _known(found: dict[str, Hook], name: str) -> Hook:
    if name not in found:
        raise click.ClickException(
            visible(f"there is no hook {name}; there are: {', '.join(found) or 'none'}")
        )
    return found[name]


async def _posted(hook: Hook, event: str, body: bytes, at: int) -> Refused | None:
    poster = Poster()
    try:
        return await poster.post(hook, event, body, at=at)
    finally:
        await poster.close()
