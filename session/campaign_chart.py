"""Draws how many recipients of a campaign were reached over time, as SVG. Pure."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from session.campaign_outcomes import Outcome
from session.printable import visible

#: What is drawn, in the order in which it happens to a message.
SERIES: Final = ("sent", "delivered", "read", "answered")
#: Colours that are told apart without red and green, and dashes for those who see none.
_COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")
_DASHES: Final = ("none", "10 3", "5 3", "2 3")
_WIDTH, _HEIGHT = 720, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 60, 40
_LOOK: Final = 'role="img" font-family="system-ui, sans-serif" font-size="12" fill="#333"'
_POINTS: Final = 240  #: of a line, however many recipients there are
_TICKS: Final = 5
_UNITS: Final = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))


def chart(outcomes: Iterable[Outcome], *, started: int, title: str, names: Sequence[str] = SERIES) -> str:
    """Return an SVG document with a line for each of `SERIES`, which may have other `names`.

    `started` is the beginning of the time axis, in ms since the epoch. The outcomes are read once, and only their times are kept.
    """
    times = [array("q") for _ in SERIES]
    for outcome in outcomes:
        for kept, name in zip(times, SERIES, strict=True):
            at: int | None = getattr(outcome, name)
            if at is not None:
                kept.append(max(0, at - started))
    ordered = [sorted(one) for one in times]
    length = max((one[-1] for one in ordered if one), default=0) or 1000
    most = max(map(len, ordered)) or 1
    legend = [f"{name} {len(one):,}" for name, one in zip(names, ordered, strict=True)]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" {_LOOK}>',
            f"<title>{_text(title)}</title>",
            f"<desc>{_text(', '.join(legend))}</desc>",
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
            f'<text x="{_LEFT}" y="20" font-size="14" font-weight="bold">{_text(title)}</text>',
            *_axes(most, length),
            *(_line(place, one, most, length) for place, one in enumerate(ordered)),
            *_legend(legend),
            "</svg>\n",
        ]
    )


def _axes(most: int, length: int) -> Iterator[str]:
    for count in _ticks(most):
        y = _y(count, most)
        yield f'<path d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{count:,}</text>'
    unit, name = next((one for one in _UNITS if length >= 2 * one[0]), _UNITS[-1])
    for count in _ticks(max(1, length // unit)):
        x = _x(min(length, count * unit), length)
        yield f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle">{count:,} {name}</text>'


def _ticks(most: int) -> range:
    """Return round numbers from 0 to at most `most`, about five of them."""
    step = 1
    while most // step > _TICKS:
        # 1, 2, 5, 10, 20, 50, ...
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return range(0, most + 1, step)


def _line(place: int, times: list[int], most: int, length: int) -> str:
    """Return how many there were at each of so many moments."""
    moments = [length * step // _POINTS for step in range(_POINTS + 1)]
    points = " ".join(f"{_x(at, length):.1f},{_y(bisect_right(times, at), most):.1f}" for at in moments)
    return f'<polyline points="{points}" {_stroke(place)}/>'


def _legend(words: Sequence[str]) -> Iterator[str]:
    width = (_WIDTH - _LEFT - _RIGHT) / len(words)
    for place, word in enumerate(words):
        x = _LEFT + place * width
        yield f'<path d="M{x:.0f} 40h24" {_stroke(place)}/>'
        yield f'<text x="{x + 30:.0f}" y="44">{_text(word)}</text>'


def _stroke(place: int) -> str:
    return f'fill="none" stroke="{_COLOURS[place]}" stroke-width="2" stroke-dasharray="{_DASHES[place]}"'


def _x(at: int, length: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * at / length


def _y(count: int, most: int) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * count / most


def _text(text: str) -> str:
    return escape(visible(text))
