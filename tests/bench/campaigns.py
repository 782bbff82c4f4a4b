"""Campaigns: what a recipient takes in Redis, what many take in a worker, and whether conversations wait beside one."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count

import redis

from session.campaign_outcomes import OutcomeState
from session.campaigning import Campaigns
from session.campaigns import Campaign, CampaignState, Recipient
from session.connection import ServersClock
from session.keys import Keys
from session.policy import Policy
from session.store import CampaignStore, Runner, Scripts
from tests.bench import people
from tests.bench.costs import peak_memory_mb
from tests.bench.delays import Ear
from tests.bench.ground import META_SENDER, Ground, Program, clear, until
from tests.bench.rows import Goal, Row, percentile, promise
from tests.bench.whole_way import store_bodies, wake_intake, waker_of
from tests.bench.workers import started, working

#: As fast as it can be configured; and what Meta allows for a number that no phone uses.
_FASTEST, _USUAL = 1000, 80
_UNLIMITED = 100_000_000
_QUICK, _RATE = 100, 20
_WITHIN = 1200.0


def campaign_rows(ground: Ground) -> Iterator[Row]:
    """One campaign with many recipients in one process; then a running one beside ordinary conversations."""
    yield from _many(ground)
    yield from _beside(ground)


def _many(ground: Ground) -> Iterator[Row]:
    many = 1000 if ground.quick else 100_000
    few = many // 10
    with _running(ground, per_second=_FASTEST) as (client, workers):
        campaigns = open_campaigns(client)
        _send(ground, client, campaigns, "few", few)
        peak_of_few = peak_memory_mb(workers)
        empty = client.info("memory")["used_memory"]
        loaded = _load(campaigns, "many", many)
        before = _bytes(client, "many")
        began = time.perf_counter()
        _start(ground, campaigns, "many")
        _wait_for_end(client, campaigns, loaded)
        took = time.perf_counter() - began
        after, everything = _bytes(client, "many"), client.info("memory")["used_memory"] - empty
        peak = peak_memory_mb(workers)
    name = f"campaign of {many:,}"
    yield Row(
        name=f"{name}: peak memory of the worker",
        unit="MB",
        ours=[peak],
        against=f"after one of {few:,}",
        baseline=[peak_of_few],
        goal=Goal(at_most=1.25),
        note=f"one process; {many / took:.0f} a second, from the start to the last outcome",
    )
    yield Row(
        name=f"{name}: Redis, a recipient, before it is sent",
        unit="bytes",
        ours=[before / many],
        note="with one parameter",
    )
    yield Row(
        name=f"{name}: Redis, a recipient, after it is sent",
        unit="bytes",
        ours=[after / many],
        against="before",
        baseline=[before / many],
        note=f"with its outcome; with session, history, known ids and events of each customer {everything / many:.0f}",
    )


def _beside(ground: Ground) -> Iterator[Row]:
    """Ordinary conversations alone, and beside a campaign, in turns."""
    alone: list[list[float]] = []
    beside: list[list[float]] = []
    with ExitStack() as stack:
        ear = stack.enter_context(Ear(str(ground.folder / "campaigns")).open())
        client, _ = stack.enter_context(_running(ground, per_second=_USUAL, BENCH_TELL=ear.path))
        campaigns = open_campaigns(client)
        # Customers of their own each time: the same messages would be dropped as known.
        firsts = count(500_000, _QUICK)
        _converse(ground, client, ear, next(firsts))
        for number in range(ground.rounds):
            alone.append(_converse(ground, client, ear, next(firsts)))
            name = f"beside-{number}"
            # More than are sent until the last conversation has ended.
            _load(campaigns, name, 20 * _USUAL)
            _start(ground, campaigns, name)
            until(lambda name=name: campaigns.show(name).position, "the campaign runs", within=30)
            beside.append(_converse(ground, client, ear, next(firsts)))
            promise(campaigns.show(name).state is CampaignState.RUNNING, "the campaign has ended too early")
            campaigns.pause(name)
            until(lambda: not client.xlen(Keys().shard(0).intake), "the campaign rests")
    for part, words in ((0.5, "p50"), (0.99, "p99")):
        yield Row(
            name=f"a conversation beside a campaign of {_USUAL} a second: intake to reply out, {words}",
            unit="ms",
            ours=[percentile(one, part) * 1000 for one in beside],
            against="without the campaign",
            baseline=[percentile(one, part) * 1000 for one in alone],
            goal=Goal(at_most=1.5),
            note=f"one process, {_QUICK} conversations, {_RATE} a second",
        )


@contextmanager
def _running(
    ground: Ground, *, per_second: int, **environment: str
) -> Iterator[tuple[redis.Redis, Sequence[Program]]]:
    """Run one worker and beat, and warm them up."""
    pace = {"CAMPAIGN_PER_SECOND": str(per_second), "CAMPAIGN_CUSTOMERS_PER_DAY": str(_UNLIMITED)}
    with ExitStack() as stack:
        client = stack.enter_context(ground.client())
        clear(client)
        workers = stack.enter_context(working(ground, "accepting", started(1), **pace, **environment))
        stack.enter_context(ground.running("worker.cli", "beat"))
        yield client, workers


def open_campaigns(client: redis.Redis) -> Campaigns:
    """Return the campaigns of a server."""
    store = CampaignStore(Scripts.load(), Keys(), Policy())
    return Campaigns(Runner(client), store, shards=1, clock=ServersClock(client))


def _load(campaigns: Campaigns, name: str, customers: int) -> Campaign:
    wanted = Campaign(name=name, template="news", language="en", sender=f"meta:{META_SENDER}")
    made = campaigns.new(
        wanted, (Recipient(customer=people.customer(n), body=("Maadi",)) for n in range(customers))
    )
    promise(made.total == customers, "a recipient is missing")
    return made


def _start(ground: Ground, campaigns: Campaigns, name: str) -> None:
    campaigns.start(name)
    waker_of(ground).campaigns([name])


def _send(ground: Ground, client: redis.Redis, campaigns: Campaigns, name: str, customers: int) -> None:
    made = _load(campaigns, name, customers)
    _start(ground, campaigns, name)
    _wait_for_end(client, campaigns, made)


def _wait_for_end(client: redis.Redis, campaigns: Campaigns, made: Campaign) -> None:
    """Wait until every recipient has an outcome, and check that each was sent to."""
    outcomes = Keys().shard(0).outcomes(made.name)

    def ended() -> bool:
        # One field says that it is kept.
        return client.hlen(outcomes) > made.total

    until(ended, f"the campaign {made.name} is sent", within=_WITHIN, every=0.5)
    promise(campaigns.show(made.name).state is CampaignState.DONE, "a campaign that is sent has not ended")
    sent = campaigns.summary(made.name).by_state
    promise(sent == {OutcomeState.SENT: made.total}, f"not everybody was sent to: {sent}")


def _bytes(client: redis.Redis, name: str) -> int:
    """Return what the rows and outcomes of a campaign take."""
    keys = Keys().shard(0)
    order, rows, _ = keys.campaign(name)
    return sum(client.memory_usage(key, samples=0) or 0 for key in (order, rows, keys.outcomes(name)))


def _converse(ground: Ground, client: redis.Redis, ear: Ear, first: int) -> list[float]:
    """Store a message at a time and return after how many seconds each was answered."""
    began: dict[str, float] = {}
    waker = waker_of(ground)
    for who in range(first, first + _QUICK):
        wrote = store_bodies(client, customers=1, each=1, first=who, mark=f"{who} ", flush=False)
        ((text,),) = wrote.values()
        began[text] = time.time()
        wake_intake(client, waker)
        time.sleep(1 / _RATE)
    until(lambda: began.keys() <= ear.heard.keys(), "all are answered")
    promise(all(len(ear.heard[text]) == 1 for text in began), "a reply went out twice")
    return [ear.heard[text][0] - at for text, at in began.items()]
