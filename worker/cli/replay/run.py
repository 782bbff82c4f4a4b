"""What is known of a run while it goes on: what was sent, what the simulator received, how much waits in Redis."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import redis

from session.clock import Clock
from session.keys import DELIVER, TURN, Keys
from session.records import to_ms
from session.store import Redis
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


_LOOK_EVERY = 0.1
_MEASURE_EVERY = 0.5
#: What waits for a worker is due within this time; timers of idle sessions are mostly later.
_SOON_MS = 120_000


class ReplyReader:
    """Reads the replies from the simulator, in order."""

    def __init__(self, client: httpx.Client, run: Run) -> None:
        self._client = client
        self._run = run
        self._after = int(self._ask(limit=1)["last"])

    def read(self) -> None:
        """Read the new replies."""
        while messages := self._ask(after=self._after)["messages"]:
            for message in messages:
                self._run.replied(message["customer"], message.get("text", ""), message["at"] / 1000)
            self._after = messages[-1]["n"]

    def _ask(self, **query: int) -> dict[str, Any]:
        answer = self._client.get("/simulator/received", params=query)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


def measure(client: Redis, keys: Keys, *, clock: Clock) -> QueueDepths:
    """Return the lengths of the three queues. The cost depends on what waits, not on all conversations."""
    intake = turns = deliveries = 0
    now = clock.now()
    for number in range(keys.shards):
        shard = keys.shard(number)
        waiting: Any = client.xlen(shard.intake)
        intake += int(waiting)
        due: Any = client.zrange(shard.due, "-inf", str(to_ms(now) + _SOON_MS), byscore=True)
        turns += sum(str(member).startswith(TURN) for member in due)
        deliveries += sum(str(member).startswith(DELIVER) for member in due)
    return QueueDepths(at=now.timestamp(), intake=intake, turns=turns, deliveries=deliveries)


@contextmanager
def watched(
    run: Run, replies: ReplyReader | None, store: Redis | None, keys: Keys, clock: Clock
) -> Iterator[None]:
    """Record replies and queue lengths in the run until the block ends."""
    over = threading.Event()

    def listen(replies: ReplyReader) -> None:
        while not over.wait(_LOOK_EVERY):
            try:
                replies.read()
            except (httpx.HTTPError, ValueError):
                run.failed("the simulator did not answer")

    def look(store: Redis) -> None:
        while not over.wait(_MEASURE_EVERY):
            try:
                run.depths.append(measure(store, keys, clock=clock))
            except redis.RedisError:
                run.failed("Redis did not answer")

    threads = []
    if replies:
        threads.append(threading.Thread(target=listen, args=(replies,), daemon=True))
    if store is not None:
        threads.append(threading.Thread(target=look, args=(store,), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(timeout=20)
