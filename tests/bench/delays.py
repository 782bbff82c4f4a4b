"""From the webhook to the reply: one message at a time, and at half of the capacity, beside one task and three in a row."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench import people
from tests.bench.caller import call, raw
from tests.bench.edge import SERVED, serving
from tests.bench.ground import Ground, until
from tests.bench.rows import Goal, Row, percentile, promise
from tests.bench.workers import SOLO, STARTED, working

#: Baseline -> the view in front of it, and what it is.
_BASELINES = {
    "hop": ("tests.bench.views:hopping", "one no-op task"),
    "chain": ("tests.bench.views:chaining", "three no-op tasks in a row"),
}
_ALONE, _BUSY = "one at a time", "at half of the capacity"
#: Baseline and load -> what p50 and p99 may be at most.
_GOALS = {
    ("hop", _ALONE): (1.2, 2.0),
    ("chain", _ALONE): (1.3, 1.3),
    ("chain", _BUSY): (1.3, 1.3),
}


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
    """From the request to the send, by two workers as README starts them; from the request to the last task, by two solo ones."""
    each = 10 if ground.quick else 100
    burst = 80 if ground.quick else 800
    figures: dict[tuple[str, str], list[list[float]]] = {}
    rates = []
    with ExitStack() as stack:
        ears = [stack.enter_context(Ear(str(ground.folder / name)).open()) for name in ("a", "b")]
        stack.enter_context(working(ground, "accepting", STARTED, BENCH_TELL=ears[0].path))
        stack.enter_context(working(ground, "noop", SOLO, BENCH_TELL=ears[1].path))
        views = {"ours": "webhook.app:create_app"} | {name: view for name, (view, _) in _BASELINES.items()}
        ways = {
            name: Way(
                ear=ears[0] if name == "ours" else ears[1],
                port=stack.enter_context(serving(ground, SERVED, view))[1],
            )
            for name, view in views.items()
        }
        firsts = numbers()
        for way in ways.values():
            way.capacity(texts(next(firsts), 50))
        for _ in range(ground.rounds):
            for name, way in ways.items():
                took = way.one_at_a_time(texts(next(firsts), each))
                figures.setdefault((name, _ALONE), []).append(took)
            # The slowest sets the pace for all.
            rate = min(way.capacity(texts(next(firsts), burst)) for way in ways.values()) / 2
            rates.append(rate)
            for name, way in ways.items():
                took = way.at_rate(
                    texts(next(firsts), max(each, int(rate * (0.5 if ground.quick else 2)))), rate
                )
                figures.setdefault((name, _BUSY), []).append(took)
    pace = f"at about {median(rates):.0f} a second"
    for (name, load), goals in _GOALS.items():
        for (part, words), goal in zip(((0.5, "p50"), (0.99, "p99")), goals, strict=True):
            ms = {
                way: [percentile(took, part) * 1000 for took in figures[way, load]] for way in ("ours", name)
            }
            yield Row(
                name=f"webhook in to reply out, {load}, {words}, of {_BASELINES[name][1]}",
                unit="ms",
                ours=ms["ours"],
                against="no-op Celery tasks behind the same edge",
                baseline=ms[name],
                goal=Goal(at_most=goal),
                note="" if load == _ALONE else pace,
            )


def numbers() -> Iterator[int]:
    """Yield the first customers of many runs, far apart."""
    first = 0
    while True:
        yield first
        first += 100_000


def texts(first: int, count: int) -> dict[str, bytes]:
    """Return requests by their texts, each text once and each of a customer of its own."""
    made = {}
    for number in range(count):
        who = first + number
        for _, text, post in people.posts(1, 1, first=who, mark=f"{who} "):
            made[text] = raw(post)
    return made
