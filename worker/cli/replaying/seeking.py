"""Seeks the capacity of a deployment with real runs, and tells how a run went."""

from collections.abc import Iterator
from pathlib import Path

import click

from worker.cli.replaying import report
from worker.cli.replaying.capacity import find_knee
from worker.cli.replaying.crowd import crowd
from worker.cli.replaying.figures import Figures, over_time
from worker.cli.replaying.fixture import Line
from worker.cli.replaying.pace import Pace, scheduled
from worker.cli.replaying.player import Player
from worker.cli.replaying.record import Run


def seek(
    player: Player,
    runs: Iterator[int],
    lines: list[Line],
    *,
    first: float,
    within: float,
    step: float,
    out: Path,
    name: str,
) -> bool:
    """Try rates until the knee is found, tell how the best one went; return whether a promise was broken."""
    last: list[tuple[Run, Figures]] = []

    def attempt(rate: float) -> Figures:
        planned = crowd(lines, run=next(runs), copies=50, messages=max(20, int(rate * step)))
        run, figures, finished = player.play(scheduled(planned, Pace(first=rate, last=rate)))
        last.append((run, figures))
        if not finished:
            raise KeyboardInterrupt
        return figures

    trials = []
    try:
        for trial in find_knee(attempt, first=first, within_ms=1000 * within):
            trials.append(trial)
            words = "followed" if trial.followed else "too much"
            p99 = trial.figures.reply_ms.get("p99") or trial.figures.accept_ms.get("p99", 0.0)
            click.echo(f"{trial.rate:8,.0f} a second: {words}, p99 {p99:,.0f} ms")
    except KeyboardInterrupt:
        click.echo("stopped")
    good = [trial for trial in trials if trial.followed]
    knee = max((trial.rate for trial in good), default=0.0)
    click.echo(f"the knee is at about {knee:,.0f} messages a second" if good else "no rate was followed")
    best = [pair for pair, trial in zip(last, trials, strict=False) if trial.rate == knee] or last
    if best:
        tell(out, f"capacity with {name}", *best[-1], steps=[trial.to_json() for trial in trials])
    return any(not figures.kept for _, figures in last)


def tell(
    out: Path, title: str, run: Run, figures: Figures, steps: list[dict[str, float]] | None = None
) -> None:
    """Print the table of a run, and write its file and its page."""
    click.echo(report.table(report.rows_of(figures)))
    data, html = report.write(out, title, figures, over_time(run, figures), steps or ())
    click.echo(f"written: {data}, {html}")
