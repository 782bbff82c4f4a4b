"""The webhook: verified, stored, woken, 200, beside other views on the same server."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Event, Thread

import redis

from session.keys import INTAKE, Keys
from tests.bench import noop, people
from tests.bench.caller import call, raw
from tests.bench.costs import Cost, Meter, parts
from tests.bench.ground import Ground, Program, free_port
from tests.bench.rows import Goal, Row, in_turn, percentile, promise
from worker.cli.running.embedded import HOST

#: As the webhook is served, whatever the view.
SERVED = ("tests.bench.serving", "--workers", "2")
#: The same server without the reader: a body that does not come holds a thread.
GRANIAN = (
    "granian",
    "--interface",
    "wsgi",
    "--workers",
    "2",
    "--blocking-threads",
    "2",
    "--log-level",
    "error",
)
GUNICORN = ("gunicorn", "--workers", "2", "--log-level", "error")
_OURS, _PUBLISHING, _EMPTY = (
    "webhook.app:create_app",
    "tests.bench.views:publishing",
    "tests.bench.views:empty",
)


def edge_rows(ground: Ground) -> Iterator[Row]:
    """Requests a second, two processes of the same server."""
    servers = {"our server": SERVED}
    if not ground.quick:
        servers |= {
            "bare granian": GRANIAN,
            "gunicorn sync": GUNICORN,
            "gunicorn gthread": (*GUNICORN, "--worker-class", "gthread", "--threads", "4"),
        }
    for name, server in servers.items():
        yield from _server_rows(ground, name, server)


def _server_rows(ground: Ground, name: str, server: tuple[str, ...]) -> Iterator[Row]:
    count = 200 if ground.quick else 3000
    texts = list(people.posts(count, 1))
    requests = [raw(post) for _, _, post in texts]
    hashes = Counter(hashlib.sha256(post.body).digest() for _, _, post in texts)
    tails: dict[str, list[float]] = {_OURS: [], _PUBLISHING: [], _EMPTY: []}
    with ground.client() as client, ExitStack() as stack:
        servers = {view: stack.enter_context(serving(ground, server, view)) for view in tails}
        # Bodies are compared as bytes.
        raw_client = redis.Redis.from_url(ground.redis_url)

        def round_of(view: str) -> Cost:
            program, port = servers[view]
            client.flushdb()
            call(port, requests[:50])
            client.flushdb()
            with _drained_often(client):
                meter = Meter([program], client)
                took = call(port, requests)
                cost = meter.cost(count)
            tails[view].append(percentile(took, 0.99) * 1000)
            if view == _OURS:
                stored = Counter(
                    hashlib.sha256(fields[b"body"]).digest() for _, fields in raw_client.xrange("intake")
                )
                promise(stored == hashes, "not every accepted body is stored exactly once")
            if view == _PUBLISHING:
                promise(client.llen(noop.QUEUE) == count, "not every body was published")
            return cost

        taken = in_turn(ground.rounds, *(partial(round_of, view) for view in tails))
        found = dict(zip(tails, taken, strict=True))
    rates = {view: [cost.rate for cost in costs] for view, costs in found.items()}
    yield Row(
        name=f"webhook on {name}",
        unit="requests/s",
        ours=rates[_OURS],
        against="a view that verifies and calls apply_async with a kept producer",
        baseline=rates[_PUBLISHING],
        goal=Goal(at_least=4 if server is SERVED else 1.8),
        note="16 connections; the intake is set to sleep 100 times a second, as a quick worker would",
    )
    yield Row(
        name=f"webhook on {name}, p99",
        unit="ms",
        ours=tails[_OURS],
        against="a view that verifies and calls apply_async with a kept producer",
        baseline=tails[_PUBLISHING],
        goal=Goal(at_most=1.0),
    )
    yield Row(
        name=f"webhook on {name}, of its empty view",
        unit="requests/s",
        ours=rates[_OURS],
        against="an empty view",
        baseline=rates[_EMPTY],
        goal=Goal(at_least=0.9 if server is SERVED else 0.6 if "gunicorn" in name else 0.35),
    )
    yield Row(
        name=f"webhook on {name}, CPU a request",
        unit="µs",
        ours=[cost.cpu for cost in found[_OURS]],
        against="an empty view",
        baseline=[cost.cpu for cost in found[_EMPTY]],
        note="; ".join(
            f"{words}: {parts(found[view], 'webhook')}"
            for words, view in (("ours", _OURS), ("empty", _EMPTY), ("apply_async", _PUBLISHING))
        ),
    )


@contextmanager
def serving(
    ground: Ground, server: tuple[str, ...], factory: str, **environment: str
) -> Iterator[tuple[Program, int]]:
    """Serve a view from a port of its own until the block ends."""
    port = free_port()
    if server is SERVED:
        argv = [*server, "--port", str(port), factory]
    elif server is GRANIAN:
        argv = [*server, "--host", HOST, "--port", str(port), "--factory", factory]
    else:
        argv = [*server, "--bind", f"{HOST}:{port}", f"{factory}()"]
    with ground.running(*argv, **environment) as program:
        program.wait_for_port(port)
        yield program, port


@contextmanager
def _drained_often(client: redis.Redis) -> Iterator[None]:
    """Let the intake fall asleep over and over, so that the webhook has to publish wake-ups as it would have to."""
    over = Event()

    def put_to_sleep() -> None:
        while not over.wait(0.01):
            client.zrem(Keys().shard(0).due, INTAKE)

    thread = Thread(target=put_to_sleep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
