"""`inturn understand`: what the house understands of a message, and which rule found what."""

import json
from pathlib import Path
from typing import get_args

import click

from session.visible import visible, visible_json
from worker.assistants.understanding.message import understand as read
from worker.assistants.understanding.slots import Domain, Understanding
from worker.assistants.understanding.vocabulary import use_words_from
from worker.cli.understanding_cases import report
from worker.settings import WorkerSettings

_DOMAIN = click.Choice(get_args(Domain))


@click.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--domain", type=_DOMAIN, default="any", show_default=True, help="What the line is for.")
@click.option(
    "--cases",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of cases, one JSON a line: print the hits per field and language, and the misses.",
)
def understand(text: str | None, *, as_json: bool, domain: Domain, cases: Path | None) -> None:
    """Show what is understood of TEXT, or how well a file of cases is."""
    if words_dir := WorkerSettings.load().words_dir:
        use_words_from(words_dir)
    if cases is not None:
        missed = report(cases, click.echo)
        raise SystemExit(1 if missed else 0)
    if text is None:
        raise click.UsageError("give a TEXT, or a file with --cases")
    understood = read(text, domain=domain)
    if as_json:
        click.echo(visible_json(_summary(understood), indent=2))
        return
    for found in understood.trace:
        value = json.dumps(found.value, ensure_ascii=False)
        within = f'  in "{found.words}"' if found.words else ""
        click.echo(visible(f"{found.slot:<14} {value:<22} {found.rule}{within}"))


def _summary(understood: Understanding) -> dict[str, object]:
    """Return language, intent and entities; what was refused, withdrawn or signalled only if something was."""
    more = {
        "excluded": understood.excluded,
        "withdrawn": understood.withdrawn,
        "signals": understood.signals,
        "places": understood.places if len(understood.places) > 1 else (),
    }
    return {
        "language": understood.language,
        "intent": understood.intent,
        "entities": understood.entities,
        **{name: value for name, value in more.items() if value},
    }
