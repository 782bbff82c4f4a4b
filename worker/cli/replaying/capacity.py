"""Finds the knee: the highest rate that a deployment follows for long. Pure but for the trials that it is given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from worker.cli.replaying.figures import Figures

#: A deployment that follows answers this part of what comes in, while it comes in.
_FOLLOWS = 0.95
_CLOSE = 1.15  #: the knee is found when the last good and the first bad rate are this close
_MOST_TRIALS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One rate and whether it was kept up with."""

    rate: float
    followed: bool
    figures: Figures

    def to_json(self) -> dict[str, float]:
        """Return what a report keeps of it."""
        return {
            "rate": self.rate,
            "followed": float(self.followed),
            "replied": self.figures.replied_a_second,
            "p99Ms": self.figures.reply_ms.get("p99", 0.0),
        }


def follows(rate: float, figures: Figures, *, within_ms: float) -> bool:
    """Whether a deployment kept up with a rate: everything answered in time, nothing refused."""
    latency = (figures.reply_ms if figures.watched else figures.accept_ms).get("p99", float("inf"))
    offered = figures.accepted_a_second >= _FOLLOWS * rate
    return offered and not figures.failures and latency <= within_ms


def find_knee(attempt: Callable[[float], Figures], *, first: float, within_ms: float) -> Iterator[Trial]:
    """Yield trials: the rate is doubled until it is too much, then halved in between. The best that followed is the knee."""
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
