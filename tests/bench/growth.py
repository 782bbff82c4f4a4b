"""What a message costs as everything around it grows tenfold. It should not matter."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import redis

from session.clock import SystemClock
from session.conversations import conversation_of
from session.keys import Keys
from session.records import to_ms
from tests.bench import people
from tests.bench.ground import Ground
from tests.bench.rows import Goal, Row, in_turn, promise
from tests.bench.sweeps import lay_down
from tests.bench.turns import check_turns, one_by_one, seed, services_here
from tests.bench.whole_way import store_bodies

#: Flat within the noise of a shared machine.
_FLAT = Goal(at_most=1.25)


def growth_rows(ground: Ground) -> Iterator[Row]:
    """A tenth, and all of it."""
    small = ground.quick
    rows: list[tuple[str, str, Callable[[int], float], int]] = []
    with ground.client() as client:
        rows = [
            (
                "messages that the customer has written so far",
                "µs a turn",
                partial(_old_conversation, ground, client),
                200,
            ),
            (
                "sessions in Redis",
                "µs a turn",
                partial(_many_sessions, ground, client),
                2000 if small else 100_000,
            ),
            (
                "bodies that wait in the intake",
                "µs a body",
                partial(_intake, ground, client),
                1000 if small else 20_000,
            ),
            (
                "messages that wait in one mailbox",
                "µs a message",
                partial(_mailbox, ground, client),
                200 if small else 2000,
            ),
        ]
        for name, unit, cost, most in rows:
            few, many = in_turn(ground.rounds, partial(cost, most // 10), partial(cost, most))
            yield Row(
                name=f"cost with {most:,} {name}",
                unit=unit,
                ours=many,
                against=f"with {most // 10:,}",
                baseline=few,
                goal=_FLAT,
            )


def _old_conversation(ground: Ground, client: redis.Redis, written: int) -> float:
    """The turns of customers of whom so many messages were received before; the history is capped at 20."""
    count = 20 if ground.quick else 100
    conversations = seed(client, count)
    at = SystemClock().now()
    with client.pipeline(transaction=False) as pipe:
        for conversation in conversations:
            ids = {f"{people.message_id(n)}.old": to_ms(at) for n in range(written)}
            pipe.zadd(Keys().of(conversation).seen, ids)
        pipe.execute()
    return _turns(ground, client, conversations)


def _many_sessions(ground: Ground, client: redis.Redis, sessions: int) -> float:
    client.flushall()
    lay_down(client, sessions, quiet_since=timedelta())
    conversations = seed(client, 200 if ground.quick else 500, flush=False)
    return _turns(ground, client, conversations)


def _turns(ground: Ground, client: redis.Redis, conversations: list[str]) -> float:
    turns = services_here(ground, client).turns
    began = time.perf_counter()
    asyncio.run(one_by_one(turns.take, conversations))
    taken = time.perf_counter() - began
    check_turns(client, conversations)
    return taken / len(conversations) * 1e6


def _intake(ground: Ground, client: redis.Redis, waiting: int) -> float:
    wrote = store_bodies(client, customers=waiting, each=1)
    drainer = services_here(ground, client).intake
    began = time.perf_counter()
    while client.xlen(Keys().shard(0).intake):
        asyncio.run(drainer.drain(0))
    taken = time.perf_counter() - began
    for who in wrote:
        promise(client.llen(Keys().of(conversation_of(who)).mailbox) == 1, "a body was lost or doubled")
    return taken / waiting * 1e6


def _mailbox(ground: Ground, client: redis.Redis, waiting: int) -> float:
    client.flushall()
    own = Keys().of(conversation_of(people.customer(0)))
    now = to_ms(SystemClock().now())
    client.rpush(own.mailbox, *(people.message(0, n, now_ms=now).to_json() for n in range(waiting)))
    unlimited = {"rate_limit_messages_per_hour": 1_000_000, "outbox_max_replies": waiting}
    turns = services_here(ground, client, **unlimited).turns
    began = time.perf_counter()
    while client.llen(own.mailbox):
        asyncio.run(turns.take(own.conversation))
    taken = time.perf_counter() - began
    promise(client.llen(own.outbox) == waiting, "a message has not exactly one reply")
    return taken / waiting * 1e6
