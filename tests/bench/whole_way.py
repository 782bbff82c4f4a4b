"""The whole way: from stored bodies to settled replies, through real workers, beside tasks that do nothing."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import redis

from session.clock import SystemClock
from session.conversations import conversation_of
from session.keys import Keys
from session.pseudonyms import Pseudonyms
from session.records import to_ms
from tests.bench import noop, people
from tests.bench.costs import Cost, Meter, cost_rows
from tests.bench.ground import Ground, Program, clear, until
from tests.bench.rows import Goal, Row, in_turn, promise
from tests.bench.workers import SOLO, STARTED, working
from worker.app import build
from worker.wakeups import CeleryWaker

_EACH = 10
#: Seconds between two looks: each costs the server something, which is counted.
LOOK_EVERY = 0.02
_GOALS = {
    ("ships", f"{_EACH} messages a customer"): 3.0,
    ("ships", "1 message a customer"): 1.5,
    ("bare", f"{_EACH} messages a customer"): 1.0,
    ("bare", "1 message a customer"): 0.5,
}
WITHIN = 120.0


def whole_way_rows(ground: Ground) -> Iterator[Row]:
    """A backlog of messages, worked off by two workers as README starts them; and of tasks, by two of the solo pool.

    No pool executes tasks that do nothing faster than the solo pool.
    """
    count = 300 if ground.quick else 2000
    with ground.client() as client, ExitStack() as stack:
        workers = stack.enter_context(working(ground, "accepting", STARTED))
        baselines = {
            kind: stack.enter_context(working(ground, "noop", SOLO, BENCH_NOOP=kind)) for kind in noop.KINDS
        }
        # Each process opens its connections at its first task.
        for _ in range(3):
            work_off(ground, client, workers, customers=100, each=1)
        for kind, theirs in baselines.items():
            _noops(ground, client, theirs, 200, kind)
        many, once, *tasks = in_turn(
            ground.rounds,
            partial(work_off, ground, client, workers, customers=count // _EACH, each=_EACH),
            partial(work_off, ground, client, workers, customers=count, each=1),
            *(partial(_noops, ground, client, theirs, count, kind) for kind, theirs in baselines.items()),
        )
    ways = {
        f"{_EACH} messages a customer": (many, "a backlog: what waits together is answered in one turn"),
        "1 message a customer": (once, "a turn and a delivery for each message"),
    }
    for kind, theirs in zip(noop.KINDS, tasks, strict=True):
        for name, (ours, note) in ways.items():
            yield from cost_rows(
                f"whole way, {STARTED}: {name}, of {noop.KINDS[kind].name}",
                ours,
                theirs,
                against=f"{SOLO}, their fastest; {noop.KINDS[kind].without}",
                rate=Goal(at_least=_GOALS[kind, name]),
                note=note,
            )


def work_off(
    ground: Ground, client: redis.Redis, workers: Sequence[Program], *, customers: int, each: int
) -> Cost:
    """Store bodies, wake the intake, wait until everything is settled, check it; return what a message cost."""
    expected = store_bodies(client, customers=customers, each=each)
    waker = waker_of(ground)
    meter = Meter(workers, client)
    wake_intake(client, waker)
    until(lambda: at_rest(client, customers), "everything is settled", within=WITHIN, every=LOOK_EVERY)
    cost = meter.cost(customers * each)
    check(client, expected)
    return cost


def store_bodies(
    client: redis.Redis, *, customers: int, each: int, first: int = 0, mark: str = "", flush: bool = True
) -> dict[str, list[str]]:
    """Put bodies into the intake, of an empty server unless told otherwise, nobody woken; return what each customer wrote."""
    if flush:
        clear(client)
    keys = Keys().shard(0)
    at = to_ms(SystemClock().now())
    wrote: dict[str, list[str]] = {}
    with client.pipeline(transaction=False) as pipe:
        for who, text, post in people.posts(customers, each, first=first, mark=mark):
            wrote.setdefault(who, []).append(text)
            pipe.xadd(keys.intake, {"source": "meta", "at": at, "body": post.body})
        pipe.execute()
    return wrote


def waker_of(ground: Ground) -> CeleryWaker:
    """Return what publishes wake-ups on the ground's server."""
    return CeleryWaker(build(ground.settings()), Pseudonyms("nobody reads it"))


def wake_intake(client: redis.Redis, waker: CeleryWaker) -> None:
    """Wake the workers as the webhook does."""
    client.zadd(Keys().shard(0).due, {"intake": to_ms(SystemClock().now()) + 60_000})
    waker.intake(0)


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


def _noops(ground: Ground, client: redis.Redis, workers: Sequence[Program], count: int, kind: str) -> Cost:
    """Queue tasks aside, move them into place at once, and wait until the last is done.

    With ack emulation the end is the last acknowledgement, without it the last message that was fetched: then one task
    for each worker may still run.
    """
    clear(client)
    app, queue = noop.build(ground.redis_url, kind), noop.queue_of(kind)
    aside = f"{queue}.aside"
    with app.connection_for_write() as connection:
        producer = app.amqp.Producer(connection, auto_declare=False)
        for _ in range(count):
            app.send_task("noop", queue=aside, producer=producer)
    promise(client.llen(aside) == count, "a task was not queued")
    meter = Meter(workers, client)
    client.rename(aside, queue)
    until(
        lambda: not client.exists(queue, "unacked"),
        "all tasks are done",
        within=WITHIN,
        every=LOOK_EVERY,
    )
    return meter.cost(count)
