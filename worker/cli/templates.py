"""`inturn templates`: reads the definitions of message templates at the providers, and shows those that are kept."""

import asyncio
from collections.abc import Mapping

import click

from session.keys import Keys
from session.printable import counted, visible, visible_json
from session.store import Runner, Scripts, TemplateStore
from session.template_definitions import SENDABLE, Definition, HeaderForm
from session.template_fitting import with_article
from worker.channels.protocols import Channel, TemplateSource
from worker.channels.registry import open_channels, usable_channels
from worker.cli.reach import reach


@click.group()
def templates() -> None:
    """Read the message templates of the business, and show them.

    What was read is compared with every reply that has a template; before the first `pull` nothing is compared. Changes
    that Meta reports are kept without a `pull`.
    """


@templates.command()
def pull() -> None:
    """Read all definitions at Meta and Twilio, and keep them in Redis."""
    client, settings = reach()
    run, store = Runner(client), TemplateStore(Scripts.load(), Keys(settings.shards))
    names = usable_channels(settings)
    found = asyncio.run(_asked(names, open_channels(settings)))
    if not found:
        raise click.ClickException("no provider with message templates is configured: set META_* or TWILIO_*")
    accounts = {"meta": settings.meta_business_account_id, "twilio": settings.twilio_account_sid}
    refused = 0
    for name, answer in found.items():
        if isinstance(answer, str):
            refused += 1
            click.echo(visible(f"{name}: {answer}"), err=True)
            continue
        account = f"{name}:{accounts[name]}"
        run(store.put(account, answer))
        usable = sum(one.status in SENDABLE for one in answer)
        click.echo(visible(f"{account}: {counted(len(answer), 'template')}, {usable} of them approved"))
    if refused:
        raise click.exceptions.Exit(1)


async def _asked(names: list[str], channels: Mapping[str, Channel]) -> dict[str, list[Definition] | str]:
    """Return what each provider with templates answers."""
    sources = {name: one for name in names if isinstance(one := channels[name], TemplateSource)}
    try:
        answers = await asyncio.gather(*(one.definitions() for one in sources.values()))
        return dict(zip(sources, answers, strict=True))
    finally:
        for channel in channels.values():
            await channel.close()


@templates.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """List the definitions that are kept."""
    known = _known()
    if as_json:
        click.echo(visible_json([one.model_dump(mode="json", by_alias=True) for one in known], indent=2))
        return
    for one in known:
        about = " ".join(filter(None, (one.category, one.quality, one.why)))
        click.echo(visible(f"{one.name:<32} {one.language:<6} {one.channel:<7} {one.status:<10} {about}"))
    if not known:
        click.echo("no definitions are kept: inturn templates pull")


@templates.command()
@click.argument("name")
def show(name: str) -> None:
    """Show what a template says in each language, and what it must be given."""
    known = [one for one in _known() if one.name == name]
    if not known:
        raise click.ClickException(f"no template {name} is kept; inturn templates list shows those that are")
    click.echo("\n\n".join(visible(_in_words(one), lines=True) for one in known))


def _in_words(one: Definition) -> str:
    why = f" ({one.why})" if one.why else ""
    lines = [f"{one.name} {one.language}, {one.account}: {one.status}{why}"]
    if not one.is_read:
        return f"{lines[0]}\nonly its status was reported: inturn templates pull"
    if one.header:
        lines.append(f"header: {_header(one.header)}")
    lines.append("body: " + one.body.replace("\n", "\n      "))
    if one.footer:
        lines.append(f"footer: {one.footer}")
    for place, button in enumerate(one.buttons):
        needs = f", takes a {button.needs}" if button.needs else ""
        lines.append(f"button {place}: {button.title}{needs}")
    parameters = ", ".join(one.parameters)
    lines.append(f"parameters of the body: {parameters or 'none'}")
    return "\n".join(lines)


def _header(header: HeaderForm) -> str:
    return header.text if header.kind == "text" else with_article(header.kind)


def _known() -> list[Definition]:
    client, settings = reach()
    known = Runner(client)(TemplateStore(Scripts.load(), Keys(settings.shards)).all()).known
    return sorted(known, key=lambda one: (one.name, one.language, one.account))
