"""`inturn understand`: shows what is understood of a message, or how well a file of cases is understood."""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import get_args

import click

from session.printable import visible, visible_json
from worker.assistants.understanding.cases import Checked, check, read_cases
from worker.assistants.understanding.foreign_money import amount_of
from worker.assistants.understanding.message import understand as understand_text
from worker.assistants.understanding.slots import Domain, Understanding
from worker.assistants.understanding.vocabulary import use_words_from
from worker.settings import WorkerSettings

_DOMAIN = click.Choice(get_args(Domain))
_ROUNDS = 5  #: how often all messages are read for the time that one takes
_EXACT = "whole messages"


@click.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--domain", type=_DOMAIN, default="any", show_default=True, help="What customers look for.")
@click.option(
    "--cases",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of cases, one JSON object on each line: print the hits by field and language, and the misses.",
)
def understand(text: str | None, *, as_json: bool, domain: Domain, cases: Path | None) -> None:
    """Show what is understood of TEXT and which rules found it, or how well a file of cases is understood.

    With --cases the exit code is 1 if a case was not understood exactly.
    """
    if words_dir := WorkerSettings.load().words_dir:
        use_words_from(words_dir)
    if cases is not None:
        raise SystemExit(1 if _report(cases, as_json=as_json) else 0)
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
    """Return language, intent and entities, and whatever else was understood: refused, withdrawn, signalled, done."""
    more = {
        "excluded": understood.excluded,
        "withdrawn": understood.withdrawn,
        "signals": understood.signals,
        "acts": understood.acts,
        "foreign": amount_of(understood),
        "places": understood.places if len(understood.places) > 1 else (),
    }
    return {
        "language": understood.language,
        "intent": understood.intent,
        "entities": understood.entities,
        **{name: value for name, value in more.items() if value},
    }


def _report(path: Path, *, as_json: bool) -> int:
    """Print how well a file of cases is understood, and return how many cases were not exact. Raises `CasesError`."""
    cases = read_cases(path)
    checked = [list(check(case)) for case in cases]
    missed = [fields for fields in checked if not all(field.hit for field in fields)]
    table = _table(checked)
    texts = [text for case in cases for text in case.get("turns", [case.get("text")])]
    microseconds = _microseconds(texts)
    if as_json:
        report = {
            "fields": table,
            "misses": [
                {"text": fields[0].text, "fields": [_miss(field) for field in fields if not field.hit]}
                for fields in missed
            ],
            "microseconds": microseconds,
        }
        click.echo(visible_json(report, indent=2))
        return len(missed)
    columns = [*sorted({language for row in table.values() for language in row} - {"all"}), "all"]
    click.echo(f"{'field':<22}" + "".join(f"{language:>16}" for language in columns))
    for name, row in table.items():
        cells = [
            _share(row[language], percent=name == _EXACT) if language in row else "" for language in columns
        ]
        click.echo(f"{name:<22}" + "".join(f"{cell:>16}" for cell in cells))
    click.echo()
    for fields in missed:
        click.echo(visible(f"miss: {fields[0].text}"))
        for field in fields:
            if not field.hit:
                click.echo(visible(f"    {field.field}: expected {field.expected!r}, got {field.got!r}"))
    click.echo(f"{len(cases) - len(missed)} of {len(cases)} cases exact, {microseconds} µs a message")
    return len(missed)


def _table(checked: Sequence[Sequence[Checked]]) -> dict[str, dict[str, dict[str, int]]]:
    """Return field -> language -> how often it was a hit, and of how many; the last row counts whole messages."""
    counts: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for fields in checked:
        rows = [(field.field, field.hit) for field in fields] + [(_EXACT, all(field.hit for field in fields))]
        for name, hit in rows:
            for language in (fields[0].language, "all") if fields else ("all",):
                counts[name, language] += 1
                hits[name, language] += hit
    table: dict[str, dict[str, dict[str, int]]] = {}
    for name, language in sorted(counts, key=lambda pair: (pair[0] == _EXACT, pair)):
        table.setdefault(name, {})[language] = {"hits": hits[name, language], "of": counts[name, language]}
    return table


def _share(cell: Mapping[str, int], *, percent: bool) -> str:
    share = f" {100 * cell['hits'] / cell['of']:.1f} %" if percent else ""
    return f"{cell['hits']}/{cell['of']}{share}"


def _miss(field: Checked) -> dict[str, object]:
    return {"field": field.field, "expected": field.expected, "got": field.got}


def _microseconds(texts: list[str]) -> int:
    """Return the median time that one message takes."""
    times: list[float] = []
    for text in texts * _ROUNDS:
        began = time.perf_counter()
        understand_text(text)
        times.append(time.perf_counter() - began)
    return round(median(times) * 1e6)
