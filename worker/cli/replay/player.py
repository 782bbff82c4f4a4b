"""Plays one run against a deployment, shows its progress, and returns its figures."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import click
import httpx
import redis

from session.clock import Clock
from session.keys import DELIVER, TURN, Keys
from session.records import to_ms
from session.store import Redis
from worker.cli.replay.figures import Figures, figures_of
from worker.cli.replay.run import QueueDepths, Run
from worker.cli.replay.schedule import PlannedMessage
from worker.cli.replay.sending import send_all
from worker.cli.replay.target import Target

_SHOW_EVERY = 0.5
_QUIET = 0.3  #: seconds to wait for doubled replies after the last expected one
_LOOK_EVERY = 0.1
_MEASURE_EVERY = 0.5
#: What waits for a worker is due within this time; timers of idle sessions are mostly later.
_SOON_MS = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """What a run needs."""

    target: Target
    simulator: httpx.Client | None
    store: Redis | None
    keys: Keys
    clock: Clock
    connections: int
    patience: float  #: seconds to wait for replies after the last request

    def play(self, schedule: Iterable[tuple[float, PlannedMessage]]) -> tuple[Run, Figures, bool]:
        """Return the run, its figures, and whether it was complete; Ctrl-C ends a run early, and what was sent is still reported."""
        run = Run(began=self.clock.now().timestamp())
        replies = ReplyReader(self.simulator, run) if self.simulator else None
        run.began = self.clock.now().timestamp()
        stop = threading.Event()
        finished = False
        with watched(run, replies, self.store, self.keys, self.clock):
            sending = threading.Thread(target=self._send, args=(schedule, run, stop), daemon=True)
            sending.start()
            try:
                self._show_until(run, lambda: not sending.is_alive(), within=None)
                if replies:
                    self._show_until(run, lambda: run.answered >= run.expected, within=self.patience)
                    stop.wait(_QUIET)
                finished = True
            except KeyboardInterrupt:
                stop.set()
                sending.join(timeout=20)
                if replies:
                    with suppress(KeyboardInterrupt):
                        self._show_until(run, lambda: run.answered >= run.expected, within=self.patience)
        if replies:
            with suppress(httpx.HTTPError, ValueError):
                replies.read()
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)
        return run, figures_of(run, watched=replies is not None), finished

    def _send(
        self, schedule: Iterable[tuple[float, PlannedMessage]], run: Run, stop: threading.Event
    ) -> None:
        send_all(
            schedule,
            url=self.target.url,
            signer=self.target.signer,
            run=run,
            connections=self.connections,
            stop=stop,
            clock=self.clock,
        )

    def _show_until(self, run: Run, over: Callable[[], bool], *, within: float | None) -> None:
        began = self.clock.now().timestamp()
        pause = threading.Event()
        while not over():
            now = self.clock.now().timestamp()
            if within is not None and now - began > within:
                return
            if sys.stderr.isatty():
                click.echo(f"\r\x1b[K{_progress(run, now)}", nl=False, err=True)
            for _ in range(10):
                if over():
                    break
                pause.wait(_SHOW_EVERY / 10)


def _progress(run: Run, now: float) -> str:
    depth = run.depths[-1] if run.depths else None
    waits = f"  waiting {depth.intake}/{depth.turns}/{depth.deliveries}" if depth else ""
    failures = sum(run.failures.values())
    return f"{now - run.began:6.1f} s  sent {len(run.messages):,}  answered {run.answered:,}{waits}" + (
        f"  failures {failures:,}" if failures else ""
    )


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
