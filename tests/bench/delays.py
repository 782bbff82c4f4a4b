"""From the webhook to the reply: one message at a time, and at half of the capacity, beside three tasks in a row."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import people
from tests.bench.caller import call, raw
from tests.bench.edge import SERVED, serving
from tests.bench.ground import Ground, until
from tests.bench.rows import Goal, Row, percentile, promise
from tests.bench.workers import SOLO, working


@dataclass(slots=True)
class Ear:
    """Hears from the workers which texts are through, and when."""

    path: str
    heard: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def open(self) -> Iterator["Ear"]:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
            line.bind(self.path)
            line.settimeout(0.2)
            over = threading.Event()

            def listen() -> None:
                while not over.is_set():
                    try:
                        at, _, text = line.recv(65536).decode().partition(" ")
                    except TimeoutError:
                        continue
                    self.heard.setdefault(text, []).append(float(at))

            thread = threading.Thread(target=listen, daemon=True)
            thread.start()
            try:
                yield self
            finally:
                over.set()
                thread.join()
        Path(self.path).unlink()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An edge and its workers, and how to time what goes through them."""

    ear: Ear
    port: int

    def one_at_a_time(self, texts: dict[str, bytes]) -> list[float]:
        took = []
        for text, request in texts.items():
            began = time.time()
            call(self.port, [request], connections=1)
            self._wait([text])
            took.append(self.ear.heard[text][0] - began)
        return took

    def capacity(self, texts: dict[str, bytes]) -> float:
        began = time.time()
        call(self.port, list(texts.values()))
        self._wait(list(texts))
        return len(texts) / (max(self.ear.heard[text][0] for text in texts) - began)

    def at_rate(self, texts: dict[str, bytes], rate: float) -> list[float]:
        began = time.time()
        call(self.port, list(texts.values()), rate=rate)
        self._wait(list(texts))
        return [self.ear.heard[text][0] - (began + n / rate) for n, text in enumerate(texts)]

    def _wait(self, texts: list[str]) -> None:
        until(lambda: all(text in self.ear.heard for text in texts), "every reply is out", within=60)
        promise(all(len(self.ear.heard[text]) == 1 for text in texts), "a reply went out twice")


def delay_rows(ground: Ground) -> Iterator[Row]:
    """Three hops each: webhook, intake, turn, delivery; and webhook, task, task, task."""
    each = 10 if ground.quick else 100
    burst = 80 if ground.quick else 800
    figures: dict[tuple[str, str], list[list[float]]] = {}
    rates = []
    with ExitStack() as stack:
        ears = [stack.enter_context(Ear(str(ground.folder / name)).open()) for name in ("a", "b")]
        stack.enter_context(working(ground, "accepting", SOLO, BENCH_TELL=ears[0].path))
        stack.enter_context(working(ground, "noop", SOLO, BENCH_TELL=ears[1].path))
        _, ours = stack.enter_context(serving(ground, SERVED, "webhook.app:create_app"))
        _, theirs = stack.enter_context(serving(ground, SERVED, "tests.bench.views:chaining"))
        ways = {"ours": Way(ear=ears[0], port=ours), "chain": Way(ear=ears[1], port=theirs)}
        numbers = _numbers()
        for way in ways.values():
            way.capacity(_texts(next(numbers), 50))
        for _ in range(ground.rounds):
            for name, way in ways.items():
                took = way.one_at_a_time(_texts(next(numbers), each))
                figures.setdefault((name, "one at a time"), []).append(took)
            # The slower of the two sets the pace for both.
            rate = min(way.capacity(_texts(next(numbers), burst)) for way in ways.values()) / 2
            rates.append(rate)
            for name, way in ways.items():
                took = way.at_rate(
                    _texts(next(numbers), max(each, int(rate * (0.5 if ground.quick else 2)))), rate
                )
                figures.setdefault((name, "at half of the capacity"), []).append(took)
    for load in ("one at a time", "at half of the capacity"):
        for part, words in ((0.5, "p50"), (0.99, "p99")):
            ms = {name: [percentile(took, part) * 1000 for took in figures[(name, load)]] for name in ways}
            yield Row(
                name=f"webhook in to reply out, {load}, {words}",
                unit="ms",
                ours=ms["ours"],
                against="three no-op Celery tasks chained behind the same edge",
                baseline=ms["chain"],
                goal=Goal(at_most=1.3),
                note=""
                if load == "one at a time"
                else f"at about {sorted(rates)[len(rates) // 2]:.0f} a second",
            )


def _numbers() -> Iterator[int]:
    first = 0
    while True:
        yield first
        first += 100_000


def _texts(first: int, count: int) -> dict[str, bytes]:
    """Return requests by their texts, each text once and each of a customer of its own."""
    made = {}
    for number in range(count):
        who = first + number
        for _, text, post in people.posts(1, 1, first=who, mark=f"{who} "):
            made[text] = raw(post)
    return made
