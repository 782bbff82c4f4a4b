"""What an audit comes to: broken promises, explained doubled sends, and figures."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One promise that was not kept."""

    promise: str  #: "lost", "doubled effect", ...
    customer: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubledSend:
    """A reply that reached the provider more than once."""

    customer: str
    text: str
    times: int
    reason: str  #: "" if there is none


@dataclass(slots=True)
class Findings:
    """Everything that an audit found."""

    broken: list[Broken] = field(default_factory=list)
    #: what a failover has lost, and `DURABILITY` does not name
    outside: list[Broken] = field(default_factory=list)
    doubled_sends: list[DoubledSend] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def add(self, promise: str, customer: str, what: str) -> None:
        self.broken.append(Broken(promise=promise, customer=customer, what=what))

    def count(self, *promises: str) -> int:
        return sum(1 for one in self.broken if one.promise in promises)

    def leave_outside(self, *promises: str) -> None:
        """Count what was found as lost by a failover: these promises, or all, but that of programs that end by themselves."""
        moved = [
            one
            for one in self.broken
            if one.promise in promises or (not promises and one.promise != "ended by itself")
        ]
        self.outside += moved
        self.broken = [one for one in self.broken if one not in moved]
