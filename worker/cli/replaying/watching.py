"""Watches a run from outside: the simulator says what came back, Redis how much waits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import redis

from session.clock import Clock
from session.keys import DELIVER, TURN, Keys
from session.records import to_ms
from session.store import Redis
from worker.cli.replaying.record import Depth, Run

_LOOK_EVERY = 0.1
_MEASURE_EVERY = 0.5
#: What waits for a worker is due within this time; idle timers lie further ahead, mostly.
_SOON_MS = 120_000


class Replies:
    """Reads what the simulator received, in its order."""

    def __init__(self, client: httpx.Client, run: Run) -> None:
        self._client = client
        self._run = run
        self._after = int(self._ask(limit=1)["last"])

    def read(self) -> None:
        """Take in whatever is new."""
        while messages := self._ask(after=self._after)["messages"]:
            for message in messages:
                self._run.came_back(message["customer"], message.get("text", ""), message["at"] / 1000)
            self._after = messages[-1]["n"]

    def _ask(self, **query: int) -> dict[str, Any]:
        answer = self._client.get("/simulator/received", params=query)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told


def measure(client: Redis, keys: Keys, *, clock: Clock) -> Depth:
    """Return how deep the three queues are. Costs what waits, not what there is."""
    intake = turns = deliveries = 0
    now = clock.now()
    for number in range(keys.shards):
        shard = keys.shard(number)
        waiting: Any = client.xlen(shard.intake)
        intake += int(waiting)
        due: Any = client.zrange(shard.due, "-inf", str(to_ms(now) + _SOON_MS), byscore=True)
        turns += sum(str(member).startswith(TURN) for member in due)
        deliveries += sum(str(member).startswith(DELIVER) for member in due)
    return Depth(at=now.timestamp(), intake=intake, turns=turns, deliveries=deliveries)


@contextmanager
def watched(
    run: Run, replies: Replies | None, store: Redis | None, keys: Keys, clock: Clock
) -> Iterator[None]:
    """Keep a run informed until the block ends."""
    over = threading.Event()

    def listen(replies: Replies) -> None:
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
