"""`inturn doctor`: reports problems of an installation and how to fix them. Composes the checks."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

import click

from session.clock import SystemClock
from session.errors import SettingsError, StoreError
from session.keys import Keys
from session.printable import visible
from session.spending import Budget
from session.store import Runner, Scripts, TemplateStore
from session.template_definitions import Definitions
from worker.assistants.catalogue import open_catalogue
from worker.assistants.llm.composition import open_toolbox
from worker.assistants.llm.settings import LlmSettings
from worker.channels.registry import open_channels, usable_channels
from worker.cli.examining.assistants import examine_programs, examine_records
from worker.cli.examining.broker import examine_broker
from worker.cli.examining.configuration import (
    COMPOSE,
    ask_webhook,
    examine_names,
    examine_repeated,
    examine_webhook,
    is_simulated,
)
from worker.cli.examining.finding import Finding, Severity, failure, ok
from worker.cli.examining.media import examine_media
from worker.cli.examining.prices import examine_prices
from worker.cli.examining.providers import examine_providers
from worker.cli.examining.store import examine_store
from worker.cli.examining.templates import examine_news, examine_templates
from worker.cli.examining.tool_servers import examine_tool_servers
from worker.cli.folder import repeated_settings, written_settings
from worker.cli.running.settings import RunSettings, inherited_environment
from worker.cli.running.stack import settings_of_stack
from worker.hooks.configuration import open_hooks
from worker.loading import load_assistant, load_hook, load_named
from worker.opening import open_meaning, open_redis, open_senders, unloaded_senders

_COLOURS = {Severity.OK: "green", Severity.WARN: "yellow", Severity.FAIL: "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(*, as_json: bool) -> None:
    """Report problems, and how to fix them.

    Checks the settings, Redis, the broker, the providers and the assistant; the exit status is 1 if something does not
    work. While a stack is running, its settings are used.
    """
    findings: list[Finding] = []
    for finding in _examine():
        findings.append(finding)
        if not as_json:
            _show(finding)
    healthy = all(finding.verdict is not Severity.FAIL for finding in findings)
    if as_json:
        report = {"healthy": healthy, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(report, indent=2))
    sys.exit(0 if healthy else 1)


def _examine() -> Iterator[Finding]:
    webhook = ask_webhook()
    known = webhook.settings | COMPOSE | RunSettings.names() | LlmSettings.names()
    yield from examine_names(written_settings(), inherited_environment(), known=known)
    yield from examine_repeated(repeated_settings())
    try:
        settings = settings_of_stack(RunSettings)
    except SettingsError as error:
        yield failure("settings", str(error), "see .env.example")
        return
    yield ok("settings", "all settings are valid")
    yield from examine_webhook(settings, webhook)
    yield from examine_store(
        settings.session_redis_url,
        cluster=settings.redis_cluster,
        clock=SystemClock(),
        full_at=settings.redis_full_at_percent,
        durability=settings.durability,
    )
    yield from examine_broker(
        settings.wake_broker_url,
        named=settings.broker_url is not None,
    )
    yield from examine_media(settings.media_place(), simulated=is_simulated(settings))
    yield from examine_providers(settings, open_channels)
    yield from examine_prices(settings.prices_file, SystemClock().now().date(), _budgets(settings))
    yield from examine_programs(settings, assistant=load_assistant, catalogue=load_named, hook=load_hook)
    yield from _tool_servers()
    try:
        if found := open_hooks(settings):
            yield ok("hooks", f"get what happens: {', '.join(found)}; inturn hooks test NAME sends something")
    except SettingsError as error:
        yield failure(
            "hooks", str(error), "correct HOOK_URL and HOOK_SECRET, or HOOKS_FILE; see docs/hooks.md"
        )
    try:
        senders = open_senders(settings)
        catalogue = load_named(settings.catalogue, "CATALOGUE") if settings.catalogue else None
    except SettingsError as error:
        yield failure("senders", str(error), "correct what it names, in the file or the setting")
        return
    if any(one.after_window for one in (senders.usual, *senders.named.values())):
        yield from examine_templates(senders, _templates(settings), channels=usable_channels(settings))
    if not is_simulated(settings):  # it has no templates
        yield from examine_news(senders, channels=usable_channels(settings))
    embedder = ""
    try:
        embedder = meaning.name if (meaning := open_meaning(settings)) else ""
    except SettingsError as error:
        yield failure(
            "embedder", str(error), "install the package, or correct EMBEDDER; empty switches it off"
        )
    yield from examine_records(
        senders, open_catalogue(settings.catalogue_dir), catalogue=catalogue, embedder=embedder
    )


def _tool_servers() -> Iterator[Finding]:
    try:
        toolbox = open_toolbox(settings_of_stack(LlmSettings))
    except SettingsError:  # the assistant is examined too, which says it
        return
    if toolbox:
        yield from examine_tool_servers(toolbox, SystemClock().now())


def _budgets(settings: RunSettings) -> list[Budget]:
    try:
        senders = unloaded_senders(settings).all
    except SettingsError:  # the assistants are examined too, which says it
        senders = ()
    return [settings.day_budget, settings.sender_budget, *(sender.budget for sender in senders)]


def _templates(settings: RunSettings) -> Definitions:
    """Return the templates that are known; none if Redis does not answer, which another check reports."""
    try:
        return Runner(open_redis(settings))(TemplateStore(Scripts.load(), Keys(settings.shards)).all())
    except StoreError:
        return Definitions()


def _show(finding: Finding) -> None:
    verdict = click.style(f"{finding.verdict:<4}", fg=_COLOURS[finding.verdict])
    click.echo(f"{verdict}  {finding.name:<11}  {visible(finding.words, lines=True)}")
    if finding.mend:
        click.echo(f"      {'':<11}  -> {visible(finding.mend, lines=True)}")
