"""What was done to the system, and when: the record that the audit explains doubled sends and delays with."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Strike:
    """One fault: how it begins, how long it holds, how it ends."""

    kind: str
    target: str
    hold: float  #: seconds from its beginning to its end
    begin: Callable[[], None]
    end: Callable[[], None]
    customers: frozenset[str] = frozenset()  #: whom it hits; none: everybody
    began_at: float = 0.0
    ended_at: float = 0.0

    def summary(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "target": self.target,
            "began_at": round(self.began_at, 3),
            "ended_at": round(self.ended_at, 3),
            "customers": sorted(self.customers),
        }


@dataclass(slots=True)
class Strikes:
    """All faults of a run."""

    done: list[Strike] = field(default_factory=list)

    def by_kind(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for strike in self.done:
            counts[strike.kind] = counts.get(strike.kind, 0) + 1
        return dict(sorted(counts.items()))


def nothing() -> None:
    """Do nothing: what a fault that is over at once ends with."""
