"""What a benchmark finds: rows of figures with their baseline, and promises that must hold while they are taken."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeVar

T = TypeVar("T")


class BrokenPromise(Exception):
    """Raised when a run loses, doubles or mixes up a message: then its figures mean nothing."""


def promise(holds: object, words: str) -> None:
    """Stop the run unless a promise holds."""
    if not holds:
        raise BrokenPromise(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a ratio should reach."""

    at_least: float | None = None
    at_most: float | None = None

    def reached(self, ratio: float) -> bool:
        return (self.at_least is None or ratio >= self.at_least) and (
            self.at_most is None or ratio <= self.at_most
        )

    def __str__(self) -> str:
        parts = [(">=", self.at_least), ("<=", self.at_most)]
        return " ".join(f"{sign} {bound:g}" for sign, bound in parts if bound is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: ours and the baseline, a figure a round each."""

    name: str
    unit: str
    ours: list[float]
    against: str = ""
    baseline: list[float] = field(default_factory=list)
    goal: Goal | None = None
    note: str = ""
    load: float | None = (
        None  #: the load average of the machine when it was taken, the row's own work included
    )

    @property
    def value(self) -> float:
        return median(self.ours)

    @property
    def base(self) -> float | None:
        return median(self.baseline) if self.baseline else None

    @property
    def ratio(self) -> float | None:
        """Ours to the baseline's, of the medians."""
        return self.value / self.base if self.base else None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is; a row without a baseline has its goal in its own unit."""
        if self.goal is None:
            return None
        return self.goal.reached(self.value if self.ratio is None else self.ratio)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "spread": spread(self.ours),
            "rounds": self.ours,
            "against": self.against,
            "baseline": self.base,
            "baseline_spread": spread(self.baseline) if self.baseline else None,
            "baseline_rounds": self.baseline,
            "ratio": self.ratio,
            "goal": str(self.goal) if self.goal else None,
            "reached": self.reached,
            "note": self.note,
            "load": self.load,
        }


def spread(figures: list[float]) -> float:
    """Half of the range, as a part of the median: 0.05 means that all rounds lie within about 5 %."""
    middle = median(figures)
    return (max(figures) - min(figures)) / 2 / middle if middle else 0.0


def in_turn(rounds: int, *runs: Callable[[], T]) -> list[list[T]]:
    """Do each run once a round, A B A B, so that what disturbs the machine disturbs all of them."""
    figures: list[list[T]] = [[] for _ in runs]
    for _ in range(rounds):
        for place, run in enumerate(runs):
            figures[place].append(run())
    return figures


def percentile(figures: list[float], part: float) -> float:
    """Return the figure below which `part` (0 to 1) of all lie."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]
