"""Tells how a run went: in the terminal, as JSON, as a page."""

import json
from collections.abc import Sequence
from pathlib import Path

from worker.cli.replaying.figures import Figures, Series
from worker.cli.replaying.page import page


def rows_of(figures: Figures) -> list[tuple[str, str]]:
    """Return names and values for people."""
    seen = figures.watched
    rows = [
        ("requests", f"{figures.requests:,}, of these {figures.redelivered:,} redelivered"),
        ("accepted (200)", f"{figures.accepted:,}, {figures.accepted_a_second:,.0f} a second"),
        ("accept latency", _ms(figures.accept_ms)),
        (
            "replies",
            f"{figures.replies:,}, {figures.replied_a_second:,.0f} a second" if seen else "not watched",
        ),
        ("reply latency", _ms(figures.reply_ms)),
        ("lost", f"{figures.lost:,}" if seen else "not watched"),
        ("doubled", f"{figures.doubled:,}" if seen else "not watched"),
        ("out of order", f"{figures.out_of_order:,}" if seen else "not watched"),
        ("requests sent late, p99", f"{figures.late_ms:,.0f} ms"),
        ("took", f"{figures.seconds:,.1f} s"),
    ]
    failures = ", ".join(f"{count} x {words}" for words, count in figures.failures.items())
    return [*rows, ("not accepted, or other trouble", failures)] if failures else rows


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Return rows as lines of text."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def write(
    folder: Path,
    title: str,
    figures: Figures,
    series: dict[str, Series],
    steps: Sequence[dict[str, float]] = (),
) -> tuple[Path, Path]:
    """Write the JSON file and the page; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    data, html = folder / "replay.json", folder / "replay.html"
    told = {
        "title": title,
        "figures": figures.to_json(),
        "steps": list(steps),
        "series": {name: {"at": one.at, **one.values} for name, one in series.items()},
    }
    data.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    html.write_text(page(title, rows_of(figures), series), encoding="utf-8")
    return data, html


def _ms(percentiles: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.1f} ms" for name, value in percentiles.items()) or "unknown"
