"""Workers that are restarted one after the other, under load: how late are the replies?"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

from tests.bench.caller import call
from tests.bench.delays import numbers, texts
from tests.bench.edge import SERVED, serving
from tests.bench.graph import STATES
from tests.bench.ground import Ground, Program, until
from tests.bench.real_http import Side, opened
from tests.bench.rows import Goal, Row, percentile, promise
from tests.bench.workers import STARTED, listening, worker

_DELAY = 0.05
#: Messages a second: far below what the workers can do.
_RATE = 40
_WITHIN = 120.0


def rolling_rows(ground: Ground) -> Iterator[Row]:
    """SIGTERM to a worker, and a new one when it has ended, then the next; and the same load without."""
    seconds = 12 if ground.quick else 25
    tails: dict[bool, list[float]] = {False: [], True: []}
    with opened(ground, len(STATES), delay=_DELAY) as side, ExitStack() as stack:
        stack.enter_context(ground.running("worker.cli", "beat"))
        _, port = stack.enter_context(serving(ground, SERVED, "webhook.app:create_app"))
        firsts = numbers()
        for _ in range(ground.rounds):
            for rolling, figures in tails.items():
                made = texts(next(firsts), seconds * _RATE)
                side.sends()
                with ThreadPoolExecutor(1) as aside:
                    began = time.time()
                    posted = aside.submit(partial(call, port, list(made.values()), rate=_RATE))
                    if rolling:
                        for place in range(len(side.workers)):
                            side.workers[place] = _restarted(side, stack, side.workers[place])
                    posted.result()
                took = _arrivals(side, list(made))
                figures.append(
                    percentile([took[text] - began - n / _RATE for n, text in enumerate(made)], 0.99) * 1000
                )
    yield Row(
        name="rolling restart of two workers under load, webhook in to reply out, p99",
        unit="ms",
        ours=tails[True],
        goal=Goal(at_most=1000),
        note=f"{_RATE} messages a second for {seconds} s, provider of {_DELAY * 1000:.0f} ms",
    )
    yield Row(
        name="the same, of the p99 under the same load without a restart",
        unit="ms",
        ours=tails[True],
        against="nobody is restarted",
        baseline=tails[False],
    )


def _restarted(side: Side, stack: ExitStack, old: Program) -> Program:
    """End a worker, and start another one when it has ended."""
    old.process.terminate()
    old.process.wait(_WITHIN)
    others = listening(side.client)
    new = stack.enter_context(worker(side.ground, None, STARTED, **side.environment))
    until(lambda: listening(side.client) > others, "the new worker listens", new)
    return new


def _arrivals(side: Side, wrote: list[str]) -> dict[str, float]:
    """Wait until each text has been answered, and return when that was. Each is answered once."""
    came: dict[str, float] = {}

    def all_are_there() -> bool:
        for _, text, at in side.sends():
            promise(text not in came, "a reply went out twice")
            came[text] = at
        return len(came) >= len(wrote)

    until(all_are_there, "every reply is out", within=_WITHIN, every=0.1)
    promise(came.keys() == set(wrote), "a reply has another text")
    return came
