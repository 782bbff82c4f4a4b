"""While many rows of a campaign are on their way no more are handed over, so that what customers write waits behind few."""

import asyncio
from datetime import timedelta

import pytest

from session.conversations import conversation_of
from session.keys import DELIVER, TURN
from session.store import AwaitedRunner
from tests.stores import Stores
from worker.campaigns.on_their_way import MOST_TURNS, OnTheirWay

NAMES = [conversation_of(f"+2010{number:08}") for number in range(200)]


@pytest.fixture(params=[1, 3])
def stores(request, redis, clock):
    return Stores.on(redis, shards=request.param, clock=clock)


@pytest.fixture
def on_their_way(stores, clock):
    return OnTheirWay(run=AwaitedRunner(stores.run), store=stores.campaign_work.bare, per_second=100)


def are_many(on_their_way, clock):
    return asyncio.run(on_their_way.are_many(clock.now()))


def due(stores, kind, name):
    return {stores.keys.shard(stores.keys.shard_of(name)).due: kind + name}


def test_bodies_that_nobody_has_read_are_on_their_way_until_they_are(on_their_way, stores, clock):
    for name in NAMES:
        stores.intake.store(b"{}", source="campaign", ordering_key=name)
    on_their_way.add(NAMES, clock.now())

    assert are_many(on_their_way, clock)

    for shard in range(stores.keys.shards):
        stores.client.delete(stores.keys.shard(shard).intake)
    assert not are_many(on_their_way, clock)


# Sends wait side by side: so many as go out in a second may, and 128 in any case.
@pytest.mark.parametrize(("kind", "most"), [(TURN, MOST_TURNS), (DELIVER, 128)])
def test_so_are_rows_that_wait_for_their_turn_or_their_send(on_their_way, stores, clock, kind, most):
    for name in NAMES[:most]:
        for key, member in due(stores, kind, name).items():
            stores.client.zadd(key, {member: 1})
    on_their_way.add(NAMES, clock.now())
    assert are_many(on_their_way, clock)

    for key, member in due(stores, kind, NAMES[0]).items():
        stores.client.zrem(key, member)
    assert not are_many(on_their_way, clock)


def test_a_quick_sender_may_have_more_sends_on_their_way(stores, clock):
    on_their_way = OnTheirWay(
        run=AwaitedRunner(stores.run), store=stores.campaign_work.bare, per_second=200.5
    )
    for name in NAMES:
        for key, member in due(stores, DELIVER, name).items():
            stores.client.zadd(key, {member: 1})
    on_their_way.add(NAMES, clock.now())

    assert not are_many(on_their_way, clock)


def test_what_waits_for_long_waits_for_something_else(on_their_way, stores, clock):
    for name in NAMES:
        for key, member in due(stores, DELIVER, name).items():
            stores.client.zadd(key, {member: 1})
    on_their_way.add(NAMES, clock.now())
    clock.move(seconds=9)
    assert are_many(on_their_way, clock)
    clock.move(seconds=1)
    assert not are_many(on_their_way, clock)


def test_few_rows_cost_no_question(stores, clock):
    def asks(_work):
        raise AssertionError("Redis was asked")

    on_their_way = OnTheirWay(run=asks, store=stores.campaign_work.bare, per_second=100)
    on_their_way.add(NAMES[: MOST_TURNS - 1], clock.now())

    assert not are_many(on_their_way, clock)
    clock.move(timedelta(seconds=10))
    on_their_way.add(NAMES[MOST_TURNS : 2 * MOST_TURNS - 1], clock.now())
    assert not are_many(on_their_way, clock)
