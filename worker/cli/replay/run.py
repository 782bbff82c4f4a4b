"""What is known of a run while it goes on: the sent messages, their replies, the lengths of the queues. Pure."""

import threading
from collections import Counter
from dataclasses import dataclass, field

from worker.cli.replay.schedule import PlannedMessage


@dataclass(slots=True, kw_only=True)
class SentMessage:
    """One message that was sent, and its outcome; times in seconds since the epoch, of this machine."""

    planned: PlannedMessage
    sent_at: float
    due_at: float  #: when it should have been sent; a later time is the delay of the load generator
    accepted_after: float = 0.0  #: seconds
    status: int = 0  #: HTTP status; 0 if there was no answer
    answered_at: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepths:
    """The lengths of the queues at a time."""

    at: float
    intake: int  #: bodies
    turns: int  #: conversations with waiting messages
    deliveries: int  #: conversations with waiting replies


class Run:
    """Collects what happens in a run. Methods may be called from any thread."""

    def __init__(self, *, began: float) -> None:
        self.began = began
        self.depths: list[QueueDepths] = []
        self.messages: list[SentMessage] = []
        self.failures: Counter[str] = Counter()
        self.order_broken = 0
        self._by_mark: dict[tuple[str, str], SentMessage] = {}
        self._newest: dict[str, int] = {}
        self._lock = threading.Lock()
        self._answered = 0

    def sending(self, message: SentMessage) -> None:
        """Record a message before it is sent: its reply may arrive before the webhook's answer."""
        with self._lock:
            self.messages.append(message)
            if not message.planned.again:
                self._by_mark[message.planned.customer, message.planned.mark] = message

    def failed(self, reason: str) -> None:
        """Count a failure by its reason."""
        with self._lock:
            self.failures[reason] += 1

    def replied(self, customer: str, text: str, at: float) -> None:
        """Record a reply. One without a mark is ignored: a further part of a long reply, or of another customer."""
        mark = text.partition(" ")[0]
        if not (mark.startswith("[") and mark.endswith("]")):
            return
        with self._lock:
            message = self._by_mark.get((customer, mark))
            if message is None:
                return
            message.answered_at.append(at)
            self._answered += len(message.answered_at) == 1
            number = int(mark[1:-1].partition(".")[2])
            if len(message.answered_at) == 1 and number < self._newest.get(customer, 0):
                self.order_broken += 1
            self._newest[customer] = max(number, self._newest.get(customer, 0))

    @property
    def expected(self) -> int:
        """The number of replies that must come: one for each accepted message; none for redeliveries."""
        with self._lock:
            return sum(one.status == 200 for one in self._by_mark.values())  # noqa: PLR2004

    @property
    def answered(self) -> int:
        """The number of answered messages."""
        return self._answered
