"""The webhook: verified, stored, woken, 200, beside other views on the same server."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

import redis

from session.keys import INTAKE, Keys
from tests.bench import noop, people
from tests.bench.caller import call, raw
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
        ports = {view: stack.enter_context(serving(ground, server, view))[1] for view in tails}
        # Bodies are compared as bytes.
        raw_client = redis.Redis.from_url(ground.redis_url)

        def round_of(view: str) -> float:
            client.flushdb()
            call(ports[view], requests[:50])
            client.flushdb()
            with _drained_often(client):
                began = time.perf_counter()
                took = call(ports[view], requests)
                taken = time.perf_counter() - began
            tails[view].append(percentile(took, 0.99) * 1000)
            if view == _OURS:
                stored = Counter(
                    hashlib.sha256(fields[b"body"]).digest() for _, fields in raw_client.xrange("intake")
                )
                promise(stored == hashes, "not every accepted body is stored exactly once")
            if view == _PUBLISHING:
                promise(client.llen(noop.QUEUE) == count, "not every body was published")
            return count / taken

        ours, publishing, empty = in_turn(
            ground.rounds, *(lambda view=view: round_of(view) for view in (_OURS, _PUBLISHING, _EMPTY))
        )
    yield Row(
        name=f"webhook on {name}",
        unit="requests/s",
        ours=ours,
        against="a view that verifies and calls apply_async",
        baseline=publishing,
        goal=Goal(at_least=1.8),
        note="16 connections; the intake is set to sleep 100 times a second, as a quick worker would",
    )
    yield Row(
        name=f"webhook on {name}, p99",
        unit="ms",
        ours=tails[_OURS],
        against="a view that verifies and calls apply_async",
        baseline=tails[_PUBLISHING],
        goal=Goal(at_most=1.0),
    )
    yield Row(
        name=f"webhook on {name}, of its empty view",
        unit="requests/s",
        ours=ours,
        against="an empty view",
        baseline=empty,
        goal=Goal(at_least=0.6 if "gunicorn" in name else 0.35),
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
