"""The sweep: a tick over a million idle timers, and many sessions that go idle at once."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import redis

from session.clock import SystemClock
from session.conversations import conversation_of
from session.keys import Keys
from session.models import State
from session.policy import Policy
from session.records import to_ms
from tests.bench import people
from tests.bench.ground import Ground
from tests.bench.rows import Goal, Row, promise
from tests.bench.turns import services_here

#: Seconds between two sweeps: so few that none is skipped because the one before was just now.
_EVERY = 1e-6
_BATCH = 2000


def sweep_rows(ground: Ground) -> Iterator[Row]:
    """Nothing due among many, then many due."""
    with ground.client() as client:
        yield _none_due(ground, client)
        yield _many_due(ground, client)


def _none_due(ground: Ground, client: redis.Redis) -> Row:
    sessions, read = (20_000, 500) if ground.quick else (1_000_000, 20_000)
    client.flushall()
    later = to_ms(SystemClock().now()) + 3_600_000
    due = Keys().shard(0).due
    for first in range(0, sessions, _BATCH):
        names = range(first, min(first + _BATCH, sessions))
        client.zadd(due, {f"lapse|{conversation_of(people.customer(n))}": later + n for n in names})
    lay_down(client, read, quiet_since=timedelta())
    sweeper = services_here(ground, client, sweep_seconds=_EVERY).sweeper
    ticks, scans = [], []
    for _ in range(ground.rounds):
        began = time.perf_counter()
        for _ in range(100):
            sweeper.sweep()
        ticks.append((time.perf_counter() - began) / 100 * 1e6)
        began = time.perf_counter()
        seen = 0
        for key in client.scan_iter(match="session:*", count=1000):
            seen += bool(json.loads(client.get(key)))
        scans.append((time.perf_counter() - began) / seen * sessions * 1e6)
        promise(seen == read, "the scan did not see every session")
    promise(client.zcard(due) >= sessions, "a tick has touched what was not due")
    return Row(
        name=f"a sweep tick, {sessions:,} sessions, none due",
        unit="µs",
        ours=ticks,
        against=f"SCAN + GET of every session, extrapolated from {read:,}",
        baseline=scans,
        goal=Goal(at_most=0.001),
    )


def _many_due(ground: Ground, client: redis.Redis) -> Row:
    count = 1000 if ground.quick else 100_000
    client.flushall()
    lay_down(client, count, quiet_since=timedelta(minutes=31))
    slices = ground.rounds
    # A slice a round: the rest becomes due later.
    keys, now = Keys(), to_ms(SystemClock().now())
    conversations = [conversation_of(people.customer(n)) for n in range(count)]
    sweeper = services_here(ground, client, sweep_seconds=_EVERY).sweeper
    figures = []
    for part in range(slices):
        mine = conversations[part::slices]
        for first in range(0, len(mine), _BATCH):
            client.zadd(
                keys.shard(0).due, {f"lapse|{one}": now - 1000 for one in mine[first : first + _BATCH]}
            )
        began = time.perf_counter()
        sweeper.sweep()
        figures.append(len(mine) / (time.perf_counter() - began))
    for conversation in conversations[:: max(1, count // 2000)]:
        record = json.loads(client.get(keys.of(conversation).session))
        promise(record["state"] == State.IDLE, "a session that was due is not idle")
    soon = client.zcount(keys.shard(0).due, "-inf", now + 1000)
    promise(soon == 0 and client.zcard(keys.shard(0).due) == count, "an idle timer is lost")
    return Row(
        name=f"sessions idled, {count:,} due",
        unit="/s",
        ours=figures,
        goal=Goal(at_least=5000),
        note="one process; each written back, with its event and its next timer",
    )


def lay_down(client: redis.Redis, count: int, *, quiet_since: timedelta) -> None:
    """Write sessions of 20 messages whose last activity was some time ago."""
    keys, then = Keys(), SystemClock().now() - quiet_since
    template = people.session(0, now=then).to_json()
    forget_at = to_ms(then + Policy().keep_for)
    for first in range(0, count, _BATCH):
        with client.pipeline(transaction=False) as pipe:
            for number in range(first, min(first + _BATCH, count)):
                who = people.customer(number)
                record = template.replace(people.customer(0), who)
                pipe.set(keys.of(conversation_of(who)).session, record, pxat=forget_at)
            pipe.execute()
