"""What a session with 20 messages takes in Redis when all its keys are counted, beside the size of its JSON."""

import asyncio
from collections.abc import Iterator

import redis

from session.clock import SystemClock
from session.conversations import conversation_of
from session.keys import Keys
from session.messages import Message
from session.records import to_ms
from tests.bench import people
from tests.bench.ground import Ground
from tests.bench.rows import Goal, Row, promise
from tests.bench.turns import services_here
from worker.composition import Services
from worker.intake import IntakeDrainer


def memory_rows(ground: Ground) -> Iterator[Row]:
    """Conversations of ten messages and ten replies, one message at a time, and everything that they leave."""
    count = 50 if ground.quick else 300
    totals, sizes, parts = [], [], {}
    with ground.client() as client:
        for _ in range(1 if ground.quick else 3):
            total, size, parts = _measured(ground, client, count)
            totals.append(total)
            sizes.append(size)
    yield Row(
        name="memory of a session with 20 messages, everything that stays included",
        unit="bytes",
        ours=totals,
        against="its JSON",
        baseline=sizes,
        goal=Goal(at_most=1.5),
        note=", ".join(f"{name} {size:.0f}" for name, size in parts.items())
        + "; not in it: sent, which lives for minutes, and the event stream, which is capped a shard",
    )


def _measured(ground: Ground, client: redis.Redis, count: int) -> tuple[float, float, dict[str, float]]:
    client.flushall()
    services = services_here(ground, client)
    intake = services.intake
    keys = Keys()
    for number in range(count):
        for turn in range(10):
            asyncio.run(_converse(services, intake, _messages(number, turn)))
    due = keys.shard(0).due
    timers = (client.memory_usage(due, samples=0) or 0) / client.zcard(due)
    total = sum(_usage(client, number) for number in range(count)) / count + timers
    size = sum(_json(client, number) for number in range(count)) / count
    return total, size, {**_parts(client), "idle timer": timers}


def _messages(number: int, turn: int) -> list[Message]:
    return [people.message(number, turn, now_ms=to_ms(SystemClock().now()))]


async def _converse(services: Services, intake: IntakeDrainer, messages: list[Message]) -> None:
    received = await intake.run(intake.mailboxes.receive(messages))
    promise(received.accepted == len(messages), "a message was not accepted")
    for conversation in received.woken:
        await services.turns.take(conversation)
        await services.courier.deliver(conversation)


def _usage(client: redis.Redis, number: int) -> float:
    own = Keys().of(conversation_of(people.customer(number)))
    # Replies that were accepted a moment ago are kept for the case that they fail.
    kept = (key for key in own.everything() if key != own.sent)
    return sum(client.memory_usage(key, samples=0) or 0 for key in kept)


def _json(client: redis.Redis, number: int) -> int:
    return int(client.strlen(Keys().of(conversation_of(people.customer(number))).session))


def _parts(client: redis.Redis) -> dict[str, float]:
    own = Keys().of(conversation_of(people.customer(0)))
    found = {key.partition(":")[0]: client.memory_usage(key, samples=0) for key in own.everything()}
    return {name: float(size) for name, size in found.items() if size}
