"""Thousands of conversations whose assistant thinks for long, and quick ones beside them, in one process."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import redis

from tests.bench.assistants import SLOW, runs_coroutines
from tests.bench.costs import memory_mb
from tests.bench.delays import Ear
from tests.bench.ground import Ground, until
from tests.bench.rows import Goal, Row, percentile, promise
from tests.bench.whole_way import store_bodies, wake_intake, waker_of
from tests.bench.workers import started, working

_QUICK, _RATE = 100, 20


def long_wait_rows(ground: Ground) -> Iterator[Row]:
    """The quick conversations alone, then beside the slow ones. No row without assistants that are coroutines."""
    if not runs_coroutines():
        return
    many, seconds = (100, 4.0) if ground.quick else (2000, 10.0)
    alone, beside, memory = [], [], []
    with ExitStack() as stack:
        ear = stack.enter_context(Ear(str(ground.folder / "ear")).open())
        told = {
            "ASSISTANT": "tests.bench.assistants:dreaming_of_some",
            "BENCH_ANSWER_SECONDS": str(seconds),
            "BENCH_TELL": ear.path,
            "WORKER_CONVERSATIONS": str(many + _QUICK),
        }
        workers = stack.enter_context(working(ground, "accepting", started(1), **told))
        client = stack.enter_context(ground.client())
        for number in range(ground.rounds):
            alone.append(_quick(ground, client, ear, mark=f"alone {number} "))
            wrote = store_bodies(client, customers=many, each=1, first=1000, mark=f"{SLOW}{number} ")
            wake_intake(client, waker_of(ground))
            until(lambda: _thinking(client) >= many, "all slow ones think", within=60, every=0.2)
            beside.append(_quick(ground, client, ear, mark=f"beside {number} ", flush=False))
            memory.append(memory_mb(workers))
            texts = {text for written in wrote.values() for text in written}
            until(lambda texts=texts: texts <= ear.heard.keys(), "the slow ones are answered")
    name = f"one process, {many:,} conversations with an assistant of {seconds:g} s"
    yield Row(name=f"{name}: memory", unit="MB", ours=memory, goal=Goal(at_most=300))
    yield Row(
        name=f"{name}: quick ones beside them, intake to reply out, p99",
        unit="ms",
        ours=beside,
        against="the quick ones alone",
        baseline=alone,
        goal=Goal(at_most=2.0),
        note=f"{_QUICK} quick conversations, {_RATE} a second",
    )


def _quick(ground: Ground, client: redis.Redis, ear: Ear, *, mark: str, flush: bool = True) -> float:
    """Store a quick message at a time and return the p99 of what they took, in ms."""
    began: dict[str, float] = {}
    waker = waker_of(ground)
    for number in range(_QUICK):
        who = 500_000 + number
        wrote = store_bodies(
            client, customers=1, each=1, first=who, mark=f"{mark}{number} ", flush=flush and not number
        )
        ((text,),) = wrote.values()
        began[text] = time.time()
        wake_intake(client, waker)
        time.sleep(1 / _RATE)
    until(lambda: began.keys() <= ear.heard.keys(), "the quick ones are answered")
    promise(all(len(ear.heard[text]) == 1 for text in began), "a reply went out twice")
    return percentile([ear.heard[text][0] - at for text, at in began.items()], 0.99) * 1000


def _thinking(client: redis.Redis) -> int:
    """Return how many turns are taken at this moment."""
    leases = client.scan_iter(match="lease:whatsapp:*", count=1000)
    return sum(1 for _ in leases)
