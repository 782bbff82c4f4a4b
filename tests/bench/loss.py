"""How many updates the common design loses when processes share a conversation, and how many we lose."""

import asyncio
import multiprocessing
from collections.abc import Iterator
from pathlib import Path

from loguru import logger
from pydantic import SecretStr

from session.clock import SystemClock
from session.connection import connect
from session.conversations import conversation_of
from session.keys import Keys
from session.models import Session
from session.records import to_ms
from tests.bench import people
from tests.bench.common_design import lost_updates
from tests.bench.ground import Ground
from tests.bench.rows import Goal, Row, promise
from tests.bench.turns import services_here


def loss_rows(ground: Ground) -> Iterator[Row]:
    """2 and 4 processes on one conversation."""
    each = 40 if ground.quick else 500
    for processes in (2,) if ground.quick else (2, 4):
        ours, theirs = [], []
        for _ in range(1 if ground.quick else 3):
            with ground.client() as client:
                client.flushall()
            theirs.append(100 * lost_updates(ground.redis_url, processes=processes, each=each))
            ours.append(100 * _lost_by_us(ground, processes, each))
        promise(not any(ours), "an update was lost")
        yield Row(
            name=f"updates lost, {processes} processes on one conversation",
            unit="%",
            ours=ours,
            against="GET, INCR, EXPIRE, SET",
            baseline=theirs,
            goal=Goal(at_most=0),
        )


def _lost_by_us(ground: Ground, processes: int, each: int) -> float:
    """Let processes race for the turns of one conversation with many messages; count what is missing after."""
    with ground.client() as client:
        client.flushall()
        own = Keys().of(conversation_of(people.customer(0)))
        now = to_ms(SystemClock().now())
        total = processes * each
        client.rpush(own.mailbox, *(people.message(0, n, now_ms=now).to_json() for n in range(total)))
        context = multiprocessing.get_context("spawn")
        workers = [
            context.Process(target=_race, args=(ground.redis_url, own.conversation)) for _ in range(processes)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        session = Session.model_validate_json(client.get(own.session))
        promise(client.llen(own.outbox) == total, "a message has not exactly one reply")
        return 1 - session.message_count / total


def _race(redis_url: str, conversation: str) -> None:
    logger.remove()
    ground = Ground(redis_url=redis_url, folder=Path(), quick=True, rounds=1)
    with connect(SecretStr(redis_url), timeout=10) as client:
        turns = services_here(
            ground,
            client,
            rate_limit_messages_per_hour=1_000_000,
            turn_max_messages=1,
            outbox_max_replies=1_000_000,
        ).turns
        while client.llen(Keys().of(conversation).mailbox):
            asyncio.run(turns.take(conversation))
