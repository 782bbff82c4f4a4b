"""Shows rows: as a table for people, as JSON for the next run to compare with."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.rows import Row, spread


def line(row: Row) -> str:
    """Return one row as text, its figures first."""
    verdict = {True: "reached", False: "FALLS SHORT", None: ""}[row.reached]
    ratio = f"{_figure(row.ratio)} x" if row.ratio is not None else ""
    base = f"{_figure(row.base)} {row.unit}" if row.base is not None else ""
    parts = [
        f"{_figure(row.value):>9} {row.unit} ±{spread(row.ours):.0%}",
        f"{base} ±{spread(row.baseline):.0%}" if base else "",
        ratio,
        str(row.goal or ""),
        verdict,
        f"load {row.load:.1f}" if row.load is not None else "",
    ]
    return (
        f"{row.name}\n    {' | '.join(part for part in parts if part)}\n    against {row.against or 'nothing'}"
        + (f"\n    {row.note}" if row.note else "")
    )


def markdown(rows: Sequence[Row]) -> str:
    """Return all rows as a table for a page."""
    head = (
        "| what | ours | against | theirs | ratio | goal | |\n| --- | ---: | --- | ---: | ---: | --- | --- |"
    )
    lines = [
        f"| {row.name} | {_figure(row.value)} {row.unit} ±{spread(row.ours):.0%} | {row.against} "
        f"| {_figure(row.base) if row.base is not None else ''} "
        f"| {_figure(row.ratio) if row.ratio is not None else ''} | {row.goal or ''} "
        f"| {({True: 'reached', False: 'falls short', None: ''})[row.reached]} |"
        for row in rows
    ]
    return "\n".join([head, *lines])


def write(rows: Sequence[Row], machine: dict[str, Any], path: Path) -> None:
    """Write everything to a file, and the table beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"machine": machine, "rows": [row.to_json() for row in rows]}, indent=2) + "\n"
    )
    path.with_suffix(".md").write_text(markdown(rows) + "\n")


def _figure(figure: float | None) -> str:
    if figure is None:
        return ""
    if figure and abs(figure) < 0.01:
        return f"{figure:.5f}"
    return f"{figure:.2f}" if abs(figure) < 100 else f"{figure:,.0f}"
