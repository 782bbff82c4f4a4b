"""Reports a run: in the terminal, as JSON, and as one HTML page with inline SVG."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import click

from worker.cli.replay.figures import Figures, Series, over_time
from worker.cli.replay.run import Run

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 760, 200, 60, 24
_COLOURS = ("#2563eb", "#d97706", "#dc2626", "#059669")

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td { padding: .15rem 1.2rem .15rem 0; }
td + td { font-variant-numeric: tabular-nums; } svg { width: 100%; height: auto; }
text { font-size: 11px; fill: currentColor; } .grid { stroke: currentColor; opacity: .15; }
"""


def report_run(
    out: Path, title: str, run: Run, figures: Figures, steps: list[dict[str, float]] | None = None
) -> None:
    """Print the table of a run, and write its JSON file and its page."""
    click.echo(table(rows_of(figures)))
    data, html = write(out, title, figures, over_time(run, figures), steps or ())
    click.echo(f"written: {data}, {html}")


def rows_of(figures: Figures) -> list[tuple[str, str]]:
    """Return the names and values of the table."""
    seen = figures.watched
    rows = [
        ("requests", f"{figures.requests:,}, of these {figures.redelivered:,} redelivered"),
        ("accepted (200)", f"{figures.accepted:,}, {figures.accepted_a_second:,.0f} a second"),
        ("accept latency", _ms(figures.accept_ms)),
        (
            "replies",
            f"{figures.replies:,}, {figures.replied_a_second:,.0f} a second" if seen else "not observed",
        ),
        ("reply latency", _ms(figures.reply_ms)),
        ("lost", f"{figures.lost:,}" if seen else "not observed"),
        ("answered twice", f"{figures.doubled:,}" if seen else "not observed"),
        ("out of order", f"{figures.out_of_order:,}" if seen else "not observed"),
        ("requests sent late, p99", f"{figures.late_ms:,.0f} ms"),
        ("took", f"{figures.seconds:,.1f} s"),
    ]
    failures = ", ".join(f"{count} x {reason}" for reason, count in figures.failures.items())
    return [*rows, ("failures", failures)] if failures else rows


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
    content = {
        "title": title,
        "figures": figures.to_json(),
        "steps": list(steps),
        "series": {name: {"at": one.at, **one.values} for name, one in series.items()},
    }
    data.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    html.write_text(page(title, rows_of(figures), series), encoding="utf-8")
    return data, html


def _ms(percentiles: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:,.1f} ms" for name, value in percentiles.items()) or "unknown"


def page(title: str, rows: Sequence[tuple[str, str]], plots: Mapping[str, Series]) -> str:
    """Return the HTML page."""
    table = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    drawn = "".join(f"<h2>{escape(name)}</h2>{plot(series)}" for name, series in plots.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><table>{table}</table>{drawn}</body></html>\n"
    )


def plot(series: Series) -> str:
    """Return a plot as SVG, with one line for each value."""
    top = max((max(values, default=0.0) for values in series.values.values()), default=0.0) or 1.0
    end = max(series.at, default=0.0) or 1.0
    parts = [_grid(top, end)]
    for place, (name, values) in enumerate(series.values.items()):
        colour = _COLOURS[place % len(_COLOURS)]
        points = " ".join(
            f"{_x(at, end):.1f},{_y(value, top):.1f}" for at, value in zip(series.at, values, strict=True)
        )
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>')
        x = _LEFT + 8 + 110 * place
        parts.append(f'<rect x="{x}" y="4" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text x="{x + 14}" y="13">{escape(name)}</text>')
    height = _HEIGHT + _BOTTOM
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img">{"".join(parts)}</svg>'


def _grid(top: float, end: float) -> str:
    lines = []
    for quarter in range(5):
        y, x = _y(top * quarter / 4, top), _x(end * quarter / 4, end)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(top * quarter / 4)}</text>'
        )
        anchor = "end" if quarter else "start"
        lines.append(
            f'<text x="{x:.1f}" y="{_HEIGHT + 16}" text-anchor="{anchor}">{_short(end * quarter / 4)} s</text>'
        )
    return "".join(lines)


def _x(at: float, end: float) -> float:
    return _LEFT + (_WIDTH - _LEFT) * at / end


def _y(value: float, top: float) -> float:
    return _HEIGHT - (_HEIGHT - 24) * value / top


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"  # noqa: PLR2004
