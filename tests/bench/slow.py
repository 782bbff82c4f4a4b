"""A slow assistant, or a slow provider, and many conversations at once: does every slot of the pool stay busy?"""

from collections.abc import Iterator
from functools import partial

from tests.bench.assistants import SLOW_SECONDS
from tests.bench.ground import Ground
from tests.bench.rows import Goal, Row, in_turn
from tests.bench.whole_way import work_off
from tests.bench.workers import threads, working


def slow_rows(ground: Ground) -> Iterator[Row]:
    """200 conversations at once; each message is a turn, and each turn takes 200 ms."""
    pool = threads(10 if ground.quick else 25)
    customers, each = (40, 1) if ground.quick else (200, 5)
    cases = {
        "assistant": {"ASSISTANT": "tests.bench.assistants:slow", "TURN_MAX_MESSAGES": "1"},
        "provider": {"BENCH_SEND_SECONDS": str(SLOW_SECONDS)},
    }
    ideal = pool.slots / SLOW_SECONDS
    for name, environment in cases.items():
        with ground.client() as client, working(ground, "accepting", pool, **environment):
            work_off(ground, client, customers=pool.slots, each=1)
            (rounds,) = in_turn(
                ground.rounds, partial(work_off, ground, client, customers=customers, each=each)
            )
        yield Row(
            name=f"whole way, {pool}, {name} of {SLOW_SECONDS:g} s",
            unit="/s",
            ours=rounds,
            against=f"the ideal: {pool.slots} slots / {SLOW_SECONDS:g} s",
            baseline=[ideal],
            goal=Goal(at_least=0.9),
            note=f"{customers} conversations at once, {each} messages each, start and end included",
        )
