"""Writes a run as one HTML page that needs nothing else: a table and plots as inline SVG. Pure."""

from collections.abc import Mapping, Sequence
from html import escape

from worker.cli.replaying.figures import Series

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 760, 200, 60, 24
_COLOURS = ("#2563eb", "#d97706", "#dc2626", "#059669")

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td { padding: .15rem 1.2rem .15rem 0; }
td + td { font-variant-numeric: tabular-nums; } svg { width: 100%; height: auto; }
text { font-size: 11px; fill: currentColor; } .grid { stroke: currentColor; opacity: .15; }
"""


def page(title: str, rows: Sequence[tuple[str, str]], plots: Mapping[str, Series]) -> str:
    """Return the page."""
    table = "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)
    drawn = "".join(f"<h2>{escape(name)}</h2>{plot(series)}" for name, series in plots.items())
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><table>{table}</table>{drawn}</body></html>\n"
    )


def plot(series: Series) -> str:
    """Return one plot with a line a value, as SVG."""
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
