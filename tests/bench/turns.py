"""A turn in one process, beside two bare scripts that move the same bytes, and beside the common design."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import redis
from celery import Celery

from session.clock import SystemClock
from session.conversations import conversation_of
from session.keys import Keys
from session.leases import TurnTaken
from session.records import to_ms
from session.store import AwaitedRunner
from tests.bench import people
from tests.bench.accepting import Accepting, accepting
from tests.bench.common_design import CommonDesign, CommonMethods
from tests.bench.ground import Ground
from tests.bench.rows import Goal, Row, in_turn, promise
from tests.stores import RecordingRunner
from worker.composition import Services, bootstrap
from worker.running_turns import RunningTurn
from worker.turns import TurnTaker

_BARE_TAKE = "return {redis.call('GET', KEYS[2]), redis.call('LINDEX', KEYS[3], 0)}"
_BARE_COMMIT = "redis.call('SET', KEYS[2], ARGV[5], 'PXAT', ARGV[6]) return 1"


class Nobody:
    """A waker that wakes nobody."""

    def intake(self, shard: int) -> None:
        pass

    def turns(self, conversations: Sequence[str]) -> None:
        pass

    def deliveries(self, conversations: Sequence[str]) -> None:
        pass

    def fetches(self, conversations: Sequence[str]) -> None:
        pass

    def hooks(self, works: Sequence[str]) -> None:
        pass

    def campaigns(self, names: Sequence[str]) -> None:
        pass

    def flush(self, seconds: float) -> bool:
        return True


def services_here(ground: Ground, client: redis.Redis, **settings: Any) -> Services:
    """Return the services of a worker in this process."""
    services = bootstrap(
        ground.settings(**settings), Celery("bench", set_as_current=False), client=client, waker=Nobody()
    )
    return accepting(services, Accepting())


def turn_rows(ground: Ground) -> Iterator[Row]:
    """A turn with a session of 20 messages."""
    count = 150 if ground.quick else 2000
    with ground.client() as client:
        turn, bare, alone, tuned, methods = in_turn(
            ground.rounds,
            lambda: _whole_turn(ground, client, count),
            lambda: _bare(ground, client, count),
            lambda: _take_and_commit(ground, client, count),
            lambda: _common(client, CommonDesign(client), count),
            lambda: _common(client, CommonMethods(client), count),
        )
    yield Row(
        name="a turn: take + commit",
        unit="µs",
        ours=alone,
        against="two bare EVALSHA that move the same bytes",
        baseline=bare,
        goal=Goal(at_most=1.5),
        note="with every JSON pass; session of 20 messages",
    )
    yield Row(
        name="a turn: all of it, echo assistant",
        unit="µs",
        ours=turn,
        against="two bare EVALSHA that move the same bytes",
        baseline=bare,
        note="admission, assistant, turn_result; the log is switched off",
    )
    per_second = [1e6 / figure for figure in turn]
    yield Row(
        name="turns a second, one process",
        unit="/s",
        ours=per_second,
        against="GET, INCR, EXPIRE, SET: four round trips, no lock",
        baseline=[1e6 / figure for figure in tuned],
        goal=Goal(at_least=3),
        note="the baseline neither locks, nor deduplicates, nor queues its reply",
    )
    yield Row(
        name="turns a second, one process (2)",
        unit="/s",
        ours=per_second,
        against="the same a method at a time: each change its own GET and SET",
        baseline=[1e6 / figure for figure in methods],
        goal=Goal(at_least=3),
        note="what session managers usually look like",
    )


def seed(client: redis.Redis, count: int, *, flush: bool = True) -> list[str]:
    """Lay down sessions of 20 messages with one message waiting in each; return their conversations."""
    if flush:
        client.flushall()
    keys, now = Keys(), SystemClock().now()
    conversations = []
    with client.pipeline(transaction=False) as pipe:
        for number in range(count):
            conversation = conversation_of(people.customer(number))
            own = keys.of(conversation)
            pipe.set(own.session, people.session(number, now=now).to_json(), ex=86400)
            pipe.rpush(own.mailbox, people.message(number, 20, now_ms=to_ms(now)).to_json())
            conversations.append(conversation)
        pipe.execute()
    return conversations


def _whole_turn(ground: Ground, client: redis.Redis, count: int) -> float:
    conversations = seed(client, count)
    turns = services_here(ground, client).turns
    asyncio.run(turns.take(conversations[0]))
    began = time.perf_counter()
    asyncio.run(one_by_one(turns.take, conversations[1:]))
    taken = time.perf_counter() - began
    check_turns(client, conversations)
    return taken / (count - 1) * 1e6


def _take_and_commit(ground: Ground, client: redis.Redis, count: int) -> float:
    """The two round trips with what they read and write, without the pure decisions between them."""
    conversations = seed(client, count)
    inside = asyncio.run(_taking_and_committing(services_here(ground, client).turns, conversations))
    check_turns(client, conversations)
    return inside / count * 1e6


def _nobody(_: str) -> None:
    pass


async def one_by_one(work: Callable[[str], Awaitable[None]], conversations: Sequence[str]) -> None:
    """Await some work on each conversation."""
    for conversation in conversations:
        await work(conversation)


async def _taking_and_committing(taker: TurnTaker, conversations: Sequence[str]) -> float:
    store, run = taker.store, taker.run
    clock = SystemClock()
    inside = 0.0
    for conversation in conversations:
        began = time.perf_counter()
        taken = await run(store.take(conversation, holder="bench"))
        inside += time.perf_counter() - began
        assert isinstance(taken, TurnTaken)
        running = RunningTurn(
            run=run,
            store=taker.running,
            clock=clock,
            conversation=conversation,
            taken=taken,
            messages=taken.messages,
            wake_delivery=_nobody,
            preparation=taker.preparation,
        )
        turn_result = await taker.answerer.decide(running, f"t{conversation[-9:]}", clock.now())
        began = time.perf_counter()
        await run(store.commit(conversation, taken.lease, turn_result))
        inside += time.perf_counter() - began
    return inside


def check_turns(client: redis.Redis, conversations: list[str]) -> None:
    keys = Keys()
    for conversation in conversations:
        own = keys.of(conversation)
        promise(client.llen(own.mailbox) == 0, "a turn left its message in the mailbox")
        promise(client.llen(own.outbox) == 1, "a turn did not leave exactly one reply")
        history = json.loads(client.get(own.session))["context"]["messageHistory"]
        said = [entry["content"].split(":")[0] for entry in history]
        promise(said == [*map(str, range(2, 20)), "20", "20"], f"the history is out of order: {said}")


def _bare(ground: Ground, client: redis.Redis, count: int) -> float:
    """The same bytes in two scripts that only read and write them; what is sent is made before."""
    conversations = seed(client, count)
    calls = _recorded(ground, client, conversations[0])
    take, commit = client.script_load(_BARE_TAKE), client.script_load(_BARE_COMMIT)
    (take_keys, take_args), (commit_keys, commit_args) = calls
    took = (take, len(take_keys), *take_keys, *take_args)
    committed = (commit, len(commit_keys), *commit_keys, *commit_args)
    keys = Keys()
    began = time.perf_counter()
    for conversation in conversations:
        session, mailbox = keys.of(conversation).session, keys.of(conversation).mailbox
        client.evalsha(*took[:3], session, mailbox, *took[5:])
        client.evalsha(*committed[:3], session, *committed[4:])
    return (time.perf_counter() - began) / count * 1e6


def _recorded(ground: Ground, client: redis.Redis, conversation: str) -> list[tuple[list[Any], list[Any]]]:
    taker = services_here(ground, client).turns
    recording = RecordingRunner(client)
    taker.run = AwaitedRunner(recording)
    asyncio.run(taker.take(conversation))
    return [(keys, values) for _, keys, values in recording.calls]


def _common(client: redis.Redis, design: CommonDesign, count: int) -> float:
    client.flushall()
    now = SystemClock().now()
    names = [people.customer(number) for number in range(count)]
    with client.pipeline(transaction=False) as pipe:
        for number, name in enumerate(names):
            pipe.set(f"session:{name}", people.session(number, now=now).to_json(), ex=86400)
        pipe.execute()
    began = time.perf_counter()
    for name in names:
        design.answer(name, f"20: {people.WORDS}")
    return (time.perf_counter() - began) / count * 1e6
