"""What is known of a run while it goes on: what went out, what came back, how deep the queues were. For many threads."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from worker.cli.replaying.crowd import Planned


@dataclass(slots=True, kw_only=True)
class Told:
    """One message and what became of it; times in seconds since the epoch, of this machine."""

    planned: Planned
    sent_at: float
    due_at: float  #: when it should have gone out; later sending is our own delay
    accepted_after: float = 0.0  #: seconds
    status: int = 0  #: HTTP; 0 if there was no answer
    answered_at: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How much waits at an instant."""

    at: float
    intake: int  #: bodies
    turns: int  #: conversations with waiting messages
    deliveries: int  #: conversations with waiting replies


class Run:
    """Collects. `marks` are what replies are known by: customer and mark."""

    def __init__(self, *, began: float) -> None:
        self.began = began
        self.depths: list[Depth] = []
        self.told: list[Told] = []
        self.failures: Counter[str] = Counter()
        self.order_broken = 0
        self._by_mark: dict[tuple[str, str], Told] = {}
        self._newest: dict[str, int] = {}
        self._lock = threading.Lock()
        self._answered = 0

    def going_out(self, told: Told) -> None:
        """Note a request before it is made: its reply may be quicker than its own answer."""
        with self._lock:
            self.told.append(told)
            if not told.planned.again:
                self._by_mark[told.planned.customer, told.planned.mark] = told

    def failed(self, words: str) -> None:
        """Note a request that was not accepted."""
        with self._lock:
            self.failures[words] += 1

    def came_back(self, customer: str, text: str, at: float) -> None:
        """Note a reply; one without a mark is the second part of a long one, or somebody else's."""
        mark = text.partition(" ")[0]
        if not (mark.startswith("[") and mark.endswith("]")):
            return
        with self._lock:
            told = self._by_mark.get((customer, mark))
            if told is None:
                return
            told.answered_at.append(at)
            self._answered += len(told.answered_at) == 1
            number = int(mark[1:-1].partition(".")[2])
            if len(told.answered_at) == 1 and number < self._newest.get(customer, 0):
                self.order_broken += 1
            self._newest[customer] = max(number, self._newest.get(customer, 0))

    @property
    def expected(self) -> int:
        """How many replies must come: one for each accepted message, redeliveries apart."""
        with self._lock:
            return sum(one.status == 200 for one in self._by_mark.values())  # noqa: PLR2004

    @property
    def answered(self) -> int:
        """How many messages have been answered."""
        return self._answered
