"""Finds the highest rate that a deployment can follow for long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from worker.cli.replay.figures import Figures
from worker.cli.replay.fixture import FixtureMessage
from worker.cli.replay.player import Player
from worker.cli.replay.report import report_run
from worker.cli.replay.run import Run
from worker.cli.replay.schedule import Pace, planned_messages, scheduled

#: A rate is followed if at least this part of it is accepted.
_FOLLOWS = 0.95
#: The search ends when the lowest rate that was too high is at most this many times the highest that was followed.
_CLOSE = 1.15
_MOST_TRIALS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One rate, and whether the deployment followed it."""

    rate: float
    followed: bool
    figures: Figures

    def to_json(self) -> dict[str, float]:
        """Return what a report contains of it."""
        return {
            "rate": self.rate,
            "followed": float(self.followed),
            "replied": self.figures.replied_a_second,
            "p99Ms": self.figures.reply_ms.get("p99", 0.0),
        }


def follows(rate: float, figures: Figures, *, within_ms: float) -> bool:
    """Return whether a deployment followed a rate: everything was answered in time, nothing was refused."""
    latency = (figures.reply_ms if figures.watched else figures.accept_ms).get("p99", float("inf"))
    offered = figures.accepted_a_second >= _FOLLOWS * rate
    return offered and not figures.failures and latency <= within_ms


def find_capacity(attempt: Callable[[float], Figures], *, first: float, within_ms: float) -> Iterator[Trial]:
    """Yield trials: the rate is doubled until it is too high, then the interval is halved. The highest rate that was followed is the capacity."""
    good, bad, rate = 0.0, 0.0, first
    for _ in range(_MOST_TRIALS):
        figures = attempt(rate)
        trial = Trial(rate=rate, followed=follows(rate, figures, within_ms=within_ms), figures=figures)
        yield trial
        if not figures.kept:
            return
        if trial.followed:
            good = rate
        else:
            bad = rate
        if bad and (rate < 1 or (good and bad / good < _CLOSE)):
            return
        rate = (good + bad) / 2 if good and bad else rate * 2 if not bad else rate / 2


def search_capacity(
    player: Player,
    runs: Iterator[int],
    messages: list[FixtureMessage],
    *,
    first: float,
    within: float,
    step: float,
    out: Path,
    name: str,
) -> bool:
    """Try rates until the capacity is found, and report the best trial; return whether a guarantee was broken."""
    last: list[tuple[Run, Figures]] = []

    def attempt(rate: float) -> Figures:
        planned = planned_messages(messages, run=next(runs), copies=50, messages=max(20, int(rate * step)))
        run, figures, finished = player.play(scheduled(planned, Pace(first=rate, last=rate)))
        last.append((run, figures))
        if not finished:
            raise KeyboardInterrupt
        return figures

    trials = []
    try:
        for trial in find_capacity(attempt, first=first, within_ms=1000 * within):
            trials.append(trial)
            outcome = "followed" if trial.followed else "too much"
            p99 = trial.figures.reply_ms.get("p99") or trial.figures.accept_ms.get("p99", 0.0)
            click.echo(f"{trial.rate:8,.0f} a second: {outcome}, p99 {p99:,.0f} ms")
    except KeyboardInterrupt:
        click.echo("stopped")
    good = [trial for trial in trials if trial.followed]
    capacity = max((trial.rate for trial in good), default=0.0)
    click.echo(f"the capacity is about {capacity:,.0f} messages a second" if good else "no rate was followed")
    best = [pair for pair, trial in zip(last, trials, strict=False) if trial.rate == capacity] or last
    if best:
        report_run(out, f"capacity with {name}", *best[-1], steps=[trial.to_json() for trial in trials])
    return any(not figures.kept for _, figures in last)
