"""The whole way: from stored bodies to settled replies, through real workers, beside tasks that do nothing."""

import json
import time
from collections.abc import Iterator
from functools import partial

import redis

from session.clock import SystemClock
from session.conversations import conversation_of
from session.keys import Keys
from session.pseudonyms import Pseudonyms
from session.records import to_ms
from tests.bench import noop, people
from tests.bench.ground import Ground, clear, until
from tests.bench.rows import Goal, Row, in_turn, promise
from tests.bench.workers import PREFORK, SOLO, Pool, threads, working
from worker.app import build
from worker.wakeups import CeleryWaker

_EACH = 10
_WITHIN = 120.0


def whole_way_rows(ground: Ground) -> Iterator[Row]:
    """A backlog of messages, worked off by two processes of each pool."""
    pools = [SOLO] if ground.quick or ground.profile else [SOLO, threads(8), PREFORK]
    for pool in pools:
        yield from _backlog_rows(ground, pool)


def _backlog_rows(ground: Ground, pool: Pool) -> Iterator[Row]:
    count = 300 if ground.quick else 2000
    with (
        ground.client() as client,
        working(ground, "accepting", pool),
        working(ground, "noop", pool),
    ):
        warm = partial(work_off, ground, client, customers=100, each=1)
        warm()
        _noops(ground, client, 200)
        many, once, tasks = in_turn(
            ground.rounds,
            lambda: work_off(ground, client, customers=count // _EACH, each=_EACH),
            lambda: work_off(ground, client, customers=count, each=1),
            lambda: _noops(ground, client, count),
        )
    against = "no-op Celery tasks, acks_late, prefetch 1, same pool"
    yield Row(
        name=f"whole way, {pool}: {_EACH} messages a customer",
        unit="/s",
        ours=many,
        against=against,
        baseline=tasks,
        goal=Goal(at_least=1.0),
        note="a backlog: what waits together is answered in one turn",
    )
    yield Row(
        name=f"whole way, {pool}: 1 message a customer",
        unit="/s",
        ours=once,
        against=against,
        baseline=tasks,
        goal=Goal(at_least=1.0),
        note="a turn and a delivery for each message",
    )


def work_off(ground: Ground, client: redis.Redis, *, customers: int, each: int) -> float:
    """Store bodies, wake the intake, wait until everything is settled, check it; return messages a second."""
    expected = store_bodies(client, customers=customers, each=each)
    began = wake_intake(ground, client)
    until(lambda: at_rest(client, customers), "everything is settled", within=_WITHIN)
    taken = time.perf_counter() - began
    check(client, expected)
    return customers * each / taken


def store_bodies(client: redis.Redis, *, customers: int, each: int) -> dict[str, list[str]]:
    """Put bodies into the intake of an empty server, nobody woken; return what each customer wrote."""
    clear(client)
    keys = Keys().shard(0)
    at = to_ms(SystemClock().now())
    wrote: dict[str, list[str]] = {}
    with client.pipeline(transaction=False) as pipe:
        for who, text, post in people.posts(customers, each):
            wrote.setdefault(who, []).append(text)
            pipe.xadd(keys.intake, {"source": "meta", "at": at, "body": post.body})
        pipe.execute()
    return wrote


def wake_intake(ground: Ground, client: redis.Redis) -> float:
    """Wake the workers as the webhook does, and return when that was."""
    app = build(ground.settings())
    waker = CeleryWaker(app, Pseudonyms("nobody reads it"))
    client.zadd(Keys().shard(0).due, {"intake": to_ms(SystemClock().now()) + 60_000})
    began = time.perf_counter()
    waker.intake(0)
    return began


def at_rest(client: redis.Redis, customers: int) -> bool:
    """Whether nothing waits: no body, and no due member but the idle timer of each session."""
    keys = Keys().shard(0)
    # What waits for a worker is due within seconds, an idle timer in half an hour.
    soon = to_ms(SystemClock().now()) + 600_000
    if client.zcount(keys.due, "-inf", soon):
        return False
    return not client.xlen(keys.intake) and client.zcard(keys.due) == customers


def check(client: redis.Redis, wrote: dict[str, list[str]]) -> None:
    """Every message was answered once, in order, and nothing is left anywhere."""
    keys = Keys()
    shared = keys.shard(0)
    promise(client.xlen(shared.dead) == 0, "there are dead letters")
    events = [fields for _, fields in client.xrange(shared.events)]
    sent: dict[str, list[str]] = {}
    for fields in events:
        if "sent" in fields:
            sent.setdefault(fields["conversation"], []).append(fields["delivery"])
    replied: dict[str, list[str]] = {}
    for fields in events:
        if "replied" in fields:
            replied.setdefault(fields["conversation"], []).extend(json.loads(fields["replied"]))
    for who, texts in wrote.items():
        conversation = conversation_of(who)
        own = keys.of(conversation)
        promise(client.llen(own.mailbox) == client.llen(own.outbox) == 0, "something is left waiting")
        gone = sent.get(conversation, [])
        promise(len(set(gone)) == len(gone), f"a reply went out twice: {gone}")
        promise(len(gone) == len(texts), f"{len(texts)} messages, {len(gone)} replies")
        promise(gone == replied.get(conversation), "replies went out in another order than they were written")
        entries = json.loads(client.get(own.session))["context"]["messageHistory"]
        for role in ("user", "assistant"):
            said = [entry["content"] for entry in entries if entry["role"] == role]
            promise(said == texts[-len(said) :], f"the {role}'s words are not in order: {said}")
            promise(len(said) == min(len(texts), 10), "the history is not complete")


def _noops(ground: Ground, client: redis.Redis, count: int) -> float:
    """Queue tasks aside, move them into place at once, and wait until the last is acknowledged."""
    clear(client)
    app = noop.build(ground.redis_url)
    aside = f"{noop.QUEUE}.aside"
    with app.connection_for_write() as connection:
        producer = app.amqp.Producer(connection, auto_declare=False)
        for _ in range(count):
            app.send_task("noop", queue=aside, producer=producer)
    promise(client.llen(aside) == count, "a task was not queued")
    began = time.perf_counter()
    client.rename(aside, noop.QUEUE)
    until(lambda: not client.exists(noop.QUEUE, "unacked"), "all tasks are acknowledged", within=_WITHIN)
    return count / (time.perf_counter() - began)
