"""What the webhook's store costs as DURABILITY demands more: requests a second, and how long a request takes."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

import redis

from session.keys import Keys
from tests.bench import people
from tests.bench.caller import call, raw
from tests.bench.edge import SERVED, serving
from tests.bench.ground import Ground, end, free_port, until
from tests.bench.rows import Row, in_turn, percentile, promise
from worker.cli.running.embedded import HOST, find_server, server_argv

#: So many that waiting for a disk or a replica costs time, and hardly any throughput.
_CONNECTIONS = 128
_BASE = ("memory", "everysec")


@dataclass(frozen=True, slots=True)
class Run:
    """Requests a second, and milliseconds that a request takes."""

    rate: float
    p50: float
    p99: float


def durability_rows(ground: Ground) -> Iterator[Row]:
    """Each setting with the server's own `appendfsync`, side by side; a replica follows all the time."""
    count = 64 if ground.quick else 1500
    cases = [_BASE, ("fsync", "everysec"), ("fsync", "always"), ("replica", "everysec")]
    requests = [raw(post) for _, _, post in people.posts(count, 1)]
    with ground.client() as client, ExitStack() as stack:
        stack.enter_context(_replica(ground, client))
        ports = {
            demanded: stack.enter_context(
                serving(ground, SERVED, "webhook.app:create_app", DURABILITY=demanded)
            )[1]
            for demanded in dict.fromkeys(demanded for demanded, _ in cases)
        }

        def run(demanded: str, appendfsync: str) -> Run:
            client.config_set("appendfsync", appendfsync)
            client.flushdb()
            # A second waits for the disk at each request: a few are enough.
            slow = (demanded, appendfsync) == ("fsync", "everysec")
            some = requests[: 4 * _CONNECTIONS if slow else count]
            call(ports[demanded], some[:_CONNECTIONS])
            client.flushdb()
            cost = _timed(ports[demanded], some)
            promise(client.xlen(Keys().shard(0).intake) == len(some), "not every body is stored once")
            return cost

        found = dict(
            zip(cases, in_turn(ground.rounds, *(partial(run, *case) for case in cases)), strict=True)
        )
    for case in cases[1:]:
        demanded, appendfsync = case
        name = f"webhook with DURABILITY={demanded}, appendfsync {appendfsync}"
        for unit, figure in (("requests/s", "rate"), ("ms p50", "p50"), ("ms p99", "p99")):
            yield Row(
                name=name,
                unit=unit,
                ours=[getattr(one, figure) for one in found[case]],
                against="DURABILITY=memory, appendfsync everysec",
                baseline=[getattr(one, figure) for one in found[_BASE]],
                note=f"{_CONNECTIONS} connections to two processes; a replica on the same machine",
            )


def _timed(port: int, requests: list[bytes]) -> Run:
    began = time.perf_counter()
    took = call(port, requests, connections=_CONNECTIONS)
    rate = len(took) / (time.perf_counter() - began)
    return Run(rate, percentile(took, 0.5) * 1000, percentile(took, 0.99) * 1000)


@contextmanager
def _replica(ground: Ground, client: redis.Redis) -> Iterator[None]:
    """Let another server follow the ground's, until the block ends."""
    port, folder = free_port(), ground.folder / "replica"
    folder.mkdir()
    argv = server_argv(find_server(), port=port, data_dir=folder)
    follows = ("--replicaof", f"{HOST} {urlsplit(ground.redis_url).port}")
    process = subprocess.Popen(
        [*argv, *follows],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        until(lambda: _online(client), "the replica follows")
        yield
    finally:
        end(process)


def _online(client: redis.Redis) -> bool:
    follower = client.info("replication").get("slave0") or {}
    return bool(follower.get("state") == "online")
