"""Workers that are killed in a backlog: how many replies were with the provider at that moment?"""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

from tests.bench.graph import STATES, Send
from tests.bench.ground import Ground, until
from tests.bench.real_http import Side, opened
from tests.bench.rows import Row
from tests.bench.whole_way import store_bodies, wake_intake, waker_of
from tests.bench.workers import STARTED, worker

#: What a dead worker held is taken over soon.
_HASTY = {
    "LEASE_SECONDS": "8",
    "ASSISTANT_TIMEOUT_SECONDS": "3",
    "SEND_TIMEOUT_SECONDS": "3",
    "WAKE_AFTER_SECONDS": "2",
}
_DELAY = 0.05
_WITHIN = 120.0


def kill_rows(ground: Ground) -> Iterator[Row]:
    """Kill both workers at the same moment, count what they were sending, and let two others finish."""
    count = 300 if ground.quick else 3000
    doubts: list[float] = []
    twice = 0
    for _ in range(ground.rounds):
        with opened(ground, len(STATES), delay=_DELAY, **_HASTY) as side, ExitStack() as stack:
            stack.enter_context(ground.running("worker.cli", "beat"))
            wrote = store_bodies(side.client, customers=count, each=1)
            side.prefill(count)
            sends: list[Send] = []
            side.sends()
            wake_intake(side.client, waker_of(ground))
            until(partial(_sent, side, sends, count // 3), "a third is sent", within=_WITHIN)
            for program in side.workers:
                os.killpg(program.process.pid, signal.SIGKILL)
            for program in side.workers:
                program.process.wait()
            doubts.append(_in_doubt(side) / len(side.workers))
            for _ in side.workers:
                stack.enter_context(worker(ground, None, STARTED, **side.environment))
            until(partial(side.at_rest, count), "everything is settled", within=_WITHIN, every=0.2)
            _sent(side, sends, 0)
            once = {send[:2]: send for send in reversed(sends)}
            twice += len(sends) - len(once)
            side.check(wrote, list(once.values()))
    yield Row(
        name=f"sends in doubt a kill -9 of a worker, in a backlog of {count:,}",
        unit="sends",
        ours=doubts,
        note=f"provider of {_DELAY * 1000:.0f} ms; nothing lost, nothing out of order; {twice} replies came twice",
    )


def _sent(side: Side, sends: list[Send], count: int) -> bool:
    """Add what was sent since the last look; whether it is enough."""
    sends += side.sends()
    return len(sends) >= count


def _in_doubt(side: Side) -> int:
    """Return how many deliveries were sending when their workers died."""
    leases = list(side.client.scan_iter(match="lease:deliver:*", count=1000))
    with side.client.pipeline(transaction=False) as pipe:
        for lease in leases:
            pipe.hget(lease, "sending")
        return sum(sending not in (None, "", "0") for sending in pipe.execute())
