"""From the webhook to the reply while messages gather: what a message that nothing follows takes beside the wait itself."""

from collections.abc import Iterator
from contextlib import ExitStack

from tests.bench.delays import Ear, Way, numbers, texts
from tests.bench.edge import SERVED, serving
from tests.bench.ground import Ground
from tests.bench.rows import Goal, Row, percentile
from tests.bench.workers import STARTED, working

#: GATHER_SECONDS, as with the concierge.
_WAIT = 0.6


def gathering_rows(ground: Ground) -> Iterator[Row]:
    """The twin of the rows of `delays`, one message at a time, by two workers as README starts them."""
    each = 5 if ground.quick else 40
    with ExitStack() as stack:
        ear = stack.enter_context(Ear(str(ground.folder / "gathering")).open())
        settings = {"BENCH_TELL": ear.path, "GATHER_SECONDS": str(_WAIT)}
        stack.enter_context(working(ground, "accepting", STARTED, **settings))
        _, port = stack.enter_context(serving(ground, SERVED, "webhook.app:create_app"))
        way, firsts = Way(ear=ear, port=port), numbers()
        way.capacity(texts(next(firsts), 50))
        took = [way.one_at_a_time(texts(next(firsts), each)) for _ in range(ground.rounds)]
    for part, words, goal in ((0.5, "p50", 1.05), (0.99, "p99", 1.2)):
        yield Row(
            name=f"webhook in to reply out, GATHER_SECONDS={_WAIT}, one at a time, {words}",
            unit="ms",
            ours=[percentile(one, part) * 1000 for one in took],
            against="the wait itself",
            baseline=[_WAIT * 1000] * len(took),
            goal=Goal(at_most=goal),
        )
