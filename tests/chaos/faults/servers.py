"""Faults of the server and of the ways to it and to the broker: killed, hung, full, cut, blackholed, slow."""

import resource
import signal
import threading
from typing import Any

import redis

from session.keys import DELIVER, TURN
from tests.chaos.faults.field import Field, Maker
from tests.chaos.proxy import Proxy
from tests.chaos.strikes import Strike
from tests.chaos.system import System

_LONGER_THAN_SOFT = 8.5  #: seconds
_ROOM = 4096  #: bytes that a full disk still has


def valkey_kill(field: Field) -> Strike:
    """SIGKILL for the server; it comes back with what its append-only file holds."""
    valkey = field.system.valkey
    assert valkey

    def end() -> None:
        valkey.start()
        field.system.must(field.system.valkey_answers, "the server has read its file")

    return Strike("valkey-kill", "valkey", field.dice.uniform(0, 3), valkey.kill, end)


def valkey_stop(field: Field) -> Strike:
    """SIGSTOP for the server: it hangs, its connections stay."""
    valkey = field.system.valkey
    assert valkey
    return Strike(
        "valkey-stop",
        "valkey",
        field.dice.uniform(0.5, 8),
        lambda: valkey.signal(signal.SIGSTOP),
        lambda: valkey.signal(signal.SIGCONT),
    )


def valkey_full(field: Field) -> Strike:
    """A server that takes nothing new, met with a backlog: it stays full until what was accepted has come to its end."""
    system = field.system
    stopped = threading.Event()

    def configure(memory: str) -> None:
        with redis.Redis.from_url(system.direct_url) as client:
            client.config_set("maxmemory", memory)

    def begin() -> None:
        for worker in system.workers:
            worker.signal(signal.SIGSTOP)
        # Shorter than a lease: what piles up here nobody else takes over.
        stopped.wait(system.options.lease / 2)
        configure("1")
        for worker in system.workers:
            worker.signal(signal.SIGCONT)

    def end() -> None:
        try:
            system.must(lambda: _nothing_waits(system), "a full server has let everything come to its end")
        finally:
            configure("0")

    # Longer than any fault that may lie over it, so that this one ends last, and nothing else holds up what waits.
    return Strike("valkey-full", "valkey", _LONGER_THAN_SOFT, begin, end)


def _nothing_waits(system: System) -> bool:
    with system.client() as client:
        for number in range(system.options.shards):
            shard = system.keys.shard(number)
            due: Any = client.zrange(shard.due, 0, -1)
            if client.xlen(shard.intake) or any(name.startswith((TURN, DELIVER)) for name in due):
                return False
    return True


def disk_full(field: Field) -> Strike:
    """The disk takes no more of the append-only file; then there is room again.

    The file may not grow, which is what a server sees of a full disk. With `appendfsync always` it ends itself.
    """
    system, valkey = field.system, field.system.valkey
    assert valkey
    always = system.options.appendfsync == "always"

    def begin() -> None:
        valkey.wanted = not always
        size = max(file.stat().st_size for file in (system.folder / "valkey").rglob("*") if file.is_file())
        resource.prlimit(valkey.pid, resource.RLIMIT_FSIZE, (size + _ROOM, resource.RLIM_INFINITY))

    def end() -> None:
        if valkey.runs:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(valkey.pid, resource.RLIMIT_FSIZE, unlimited)
        else:
            valkey.start()
        valkey.wanted = True
        system.must(system.valkey_writes, "the server writes again")

    return Strike("disk-full", "valkey", field.dice.uniform(2, 6), begin, end)


def rabbitmq_kill(field: Field) -> Strike:
    """SIGKILL for the node of RabbitMQ; it comes back with what its disk holds."""
    rabbit = field.system.rabbit
    assert rabbit
    return Strike("rabbitmq-kill", "broker", field.dice.uniform(0, 3), rabbit.kill, rabbit.start)


def redis_cut(field: Field) -> Strike:
    """Every connection to Redis dies, and new ones are refused for a while."""
    way = _redis_way(field)
    return Strike("redis-cut", "way to redis", field.dice.choice([0, 0.5, 3]), way.refuse, way.open)


def redis_hole(field: Field) -> Strike:
    """Redis is not heard of any more: what was on its way arrives late, or never."""
    return _hole("redis-hole", "way to redis", _redis_way(field), field, field.dice.uniform(0.5, 8))


def redis_slow(field: Field) -> Strike:
    """Every piece on the way to Redis and back comes late."""
    way = _redis_way(field)
    late = field.dice.uniform(0.02, 0.15)

    def begin() -> None:
        way.delay = late

    def end() -> None:
        way.delay = 0

    return Strike("redis-slow", "way to redis", field.dice.uniform(2, 6), begin, end)


def broker_away(field: Field) -> Strike:
    """The broker refuses every connection, Redis is there."""
    way = _broker_way(field)
    return Strike("broker-away", "way to the broker", field.dice.uniform(1, 20), way.refuse, way.open)


def broker_hole(field: Field) -> Strike:
    """The broker is not heard of any more, Redis is there."""
    return _hole("broker-hole", "way to the broker", _broker_way(field), field, field.dice.uniform(1, 20))


def _hole(kind: str, target: str, way: Proxy, field: Field, seconds: float) -> Strike:
    cut = field.dice.random() < 0.5
    return Strike(
        kind, target + (", then cut" if cut else ""), seconds, way.swallow, lambda: way.open(cut=cut)
    )


def _broker_way(field: Field) -> Proxy:
    way = field.system.broker_way
    assert way
    return way


def _redis_way(field: Field) -> Proxy:
    way = field.system.redis_way
    assert way
    return way


MAKERS: dict[str, Maker] = {
    "valkey-kill": valkey_kill,
    "valkey-stop": valkey_stop,
    "valkey-full": valkey_full,
    "disk-full": disk_full,
    "rabbitmq-kill": rabbitmq_kill,
    "redis-cut": redis_cut,
    "redis-hole": redis_hole,
    "redis-slow": redis_slow,
    "broker-away": broker_away,
    "broker-hole": broker_hole,
}
