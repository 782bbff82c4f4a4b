"""Prints how well a file of cases is understood: hits per field and language, the misses, the time a message takes."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from worker.assistants.understanding.cases import check, read_cases
from worker.assistants.understanding.message import understand

_ROUNDS = 5


def report(path: Path, echo: Callable[[str], object]) -> int:
    """Print the report, and return how many cases were not exact. Raises `CasesError`."""
    cases = read_cases(path)
    checked = [list(check(case)) for case in cases]
    languages = sorted({field.language for fields in checked for field in fields})
    asked: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for field in (field for fields in checked for field in fields):
        for language in (field.language, "all"):
            asked[field.field, language] += 1
            hits[field.field, language] += field.hit
    columns = [*languages, "all"]
    echo(f"{'field':<22}" + "".join(f"{language:>10}" for language in columns))
    for name in sorted({name for name, _ in asked}):
        cells = [
            f"{hits[name, language]}/{asked[name, language]}" if asked[name, language] else ""
            for language in columns
        ]
        echo(f"{name:<22}" + "".join(f"{cell:>10}" for cell in cells))
    missed = [fields for fields in checked if not all(field.hit for field in fields)]
    for fields in missed:
        echo(f"\nmiss: {fields[0].text}")
        for field in fields:
            if not field.hit:
                echo(f"    {field.field}: expected {field.expected!r}, got {field.got!r}")
    texts = [text for case in cases for text in case.get("turns", [case.get("text")])]
    echo(f"\n{len(cases) - len(missed)} of {len(cases)} cases exact, {_microseconds(texts):.0f} µs a message")
    return len(missed)


def _microseconds(texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts * _ROUNDS:
        understand(text)
    return (time.perf_counter() - began) / (len(texts) * _ROUNDS) * 1e6
