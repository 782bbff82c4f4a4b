"""Slow providers and assistants, and many conversations at once in one process: how much of the ideal is reached."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import redis

from tests.bench.assistants import waiting
from tests.bench.costs import Cost, parts
from tests.bench.ground import Ground, Program
from tests.bench.rows import Goal, Row, in_turn
from tests.bench.whole_way import work_off
from tests.bench.workers import started, working

#: An assistant or a provider that waits, and what its process is told.
_EACH = 3


@dataclass(frozen=True, kw_only=True)
class Case:
    """Somebody waits `seconds` for each message, `at_once` conversations at the same time."""

    name: str
    seconds: float
    at_once: int
    environment: dict[str, str] = field(default_factory=dict)


def slow_rows(ground: Ground) -> Iterator[Row]:
    """One process of the pool that README starts, with as many places as conversations."""
    for case in _cases(quick=ground.quick):
        places = {"WORKER_CONVERSATIONS": str(case.at_once), **case.environment}
        with ground.client() as client, working(ground, "accepting", started(1), **places) as workers:
            work_off(ground, client, workers, customers=20, each=1)
            (costs,) = in_turn(ground.rounds, partial(_all_at_once, ground, client, workers, case))
        yield Row(
            name=f"whole way, one process, {case.name} of {case.seconds:g} s, {case.at_once:,} at once",
            unit="/s",
            ours=[cost.rate for cost in costs],
            against=f"the ideal: {case.at_once:,} / {case.seconds:g} s",
            baseline=[case.at_once / case.seconds],
            goal=Goal(at_least=0.97),
            note=f"{_EACH} messages each, one turn each, start and end included; CPU a message in µs: {parts(costs)}",
        )


def _cases(*, quick: bool) -> Iterator[Case]:
    for seconds, at_once in ((0.2, 20),) if quick else ((0.2, 100), (0.2, 400)):
        yield Case(
            name="provider",
            seconds=seconds,
            at_once=at_once,
            environment={"BENCH_SEND_SECONDS": str(seconds)},
        )
    for seconds, at_once in ((0.2, 20),) if quick else ((2.0, 500), (2.0, 2000)):
        named = {"ASSISTANT": f"tests.bench.assistants:{waiting()}", "BENCH_ANSWER_SECONDS": str(seconds)}
        yield Case(
            name="assistant",
            seconds=seconds,
            at_once=at_once,
            environment={**named, "TURN_MAX_MESSAGES": "1", "ASSISTANT_THREADS": str(at_once)},
        )


def _all_at_once(ground: Ground, client: redis.Redis, workers: list[Program], case: Case) -> Cost:
    return work_off(ground, client, workers, customers=case.at_once, each=_EACH)
