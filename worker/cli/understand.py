"""`inturn understand`: shows what is understood of a message, or how well a file of cases is understood."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import get_args

import click

from session.printable import visible, visible_json
from worker.assistants.understanding.cases import check, read_cases
from worker.assistants.understanding.message import understand as understand_text
from worker.assistants.understanding.slots import Domain, Understanding
from worker.assistants.understanding.vocabulary import use_words_from
from worker.settings import WorkerSettings

_DOMAIN = click.Choice(get_args(Domain))
_ROUNDS = 5  #: how often all messages are read for the time that one takes


@click.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--domain", type=_DOMAIN, default="any", show_default=True, help="What customers look for.")
@click.option(
    "--cases",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of cases, one JSON object on each line: print the hits per field and language, and the misses.",
)
def understand(text: str | None, *, as_json: bool, domain: Domain, cases: Path | None) -> None:
    """Show what is understood of TEXT and which rules found it, or how well a file of cases is understood.

    With --cases the exit code is 1 if a case was not understood exactly.
    """
    if words_dir := WorkerSettings.load().words_dir:
        use_words_from(words_dir)
    if cases is not None:
        raise SystemExit(1 if _report(cases) else 0)
    if text is None:
        raise click.UsageError("give a TEXT, or a file with --cases")
    understood = understand_text(text, domain=domain)
    if as_json:
        click.echo(visible_json(_summary(understood), indent=2))
        return
    for found in understood.trace:
        value = json.dumps(found.value, ensure_ascii=False)
        within = f'  in "{found.words}"' if found.words else ""
        click.echo(visible(f"{found.slot:<14} {value:<22} {found.rule}{within}"))


def _summary(understood: Understanding) -> dict[str, object]:
    """Return language, intent and entities, and whatever was refused, withdrawn or signalled."""
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


def _report(path: Path) -> int:
    """Print how well a file of cases is understood, and return how many cases were not exact. Raises `CasesError`."""
    cases = read_cases(path)
    checked = [list(check(case)) for case in cases]
    languages = sorted({field.language for fields in checked for field in fields})
    expected: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for field in (field for fields in checked for field in fields):
        for language in (field.language, "all"):
            expected[field.field, language] += 1
            hits[field.field, language] += field.hit
    columns = [*languages, "all"]
    click.echo(f"{'field':<22}" + "".join(f"{language:>10}" for language in columns))
    for name in sorted({name for name, _ in expected}):
        cells = [
            f"{hits[name, language]}/{expected[name, language]}" if expected[name, language] else ""
            for language in columns
        ]
        click.echo(f"{name:<22}" + "".join(f"{cell:>10}" for cell in cells))
    missed = [fields for fields in checked if not all(field.hit for field in fields)]
    for fields in missed:
        click.echo(f"\nmiss: {fields[0].text}")
        for field in fields:
            if not field.hit:
                click.echo(f"    {field.field}: expected {field.expected!r}, got {field.got!r}")
    texts = [text for case in cases for text in case.get("turns", [case.get("text")])]
    click.echo(
        f"\n{len(cases) - len(missed)} of {len(cases)} cases exact, {_microseconds(texts):.0f} µs a message"
    )
    return len(missed)


def _microseconds(texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts * _ROUNDS:
        understand_text(text)
    return (time.perf_counter() - began) / (len(texts) * _ROUNDS) * 1e6
