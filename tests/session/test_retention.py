"""trim_streams.lua: events and dead letters have an age, letters a number too, and what falls out is counted."""

from datetime import timedelta

import pytest
import redis as redis_py

from session.policy import Policy
from session.results import Trimmed
from session.store import CounterStore, RetentionStore
from tests.stores import Stores, at_once, scripts_by
from tests.valkey import OPTIONS, running_server

POLICY = Policy(events_for=timedelta(days=20), letters_for=timedelta(days=10), letters_at_most=5)
NOTHING = Trimmed(events=0, old_letters=0, many_letters=0)
DAY = 24 * 60 * 60 * 1000


@pytest.fixture
def retention(redis):
    stores = Stores.on(redis, policy=POLICY)
    return at_once(stores.client, RetentionStore(scripts_by(), stores.keys, POLICY))


def written(client, stream, *days_ago, **fields):
    """Write an entry for each of these ages, the oldest first."""
    seconds, micros = client.time()
    for days in days_ago:
        client.xadd(
            stream, fields or {"at": "0"}, id=f"{seconds * 1000 + micros // 1000 - int(days * DAY)}-*"
        )


def test_events_and_letters_that_are_too_old_are_taken_away_and_none_that_is_not(redis, retention):
    written(redis, "events", 400, 21, 20.001, 19.999, 5, 0)
    written(redis, "dead", 400, 21, 10.001, 9.999, 0)

    assert retention.trim(0) == Trimmed(events=3, old_letters=3, many_letters=0)

    assert (redis.xlen("events"), redis.xlen("dead")) == (3, 2)
    assert redis.hgetall("tally") == {"letters_dropped|age": "3"}
    assert retention.trim(0) == NOTHING


def test_of_too_many_letters_the_oldest_fall_out_and_are_counted(redis, retention):
    for n in range(12):
        redis.xadd("dead", {"n": n})

    assert retention.trim(0) == Trimmed(events=0, old_letters=0, many_letters=7)

    assert [entry["n"] for _, entry in redis.xrange("dead")] == ["7", "8", "9", "10", "11"]
    assert redis.hgetall("tally") == {"letters_dropped|number": "7"}


def test_where_there_is_nothing_nothing_is_written(redis, retention):
    assert retention.trim(0) == NOTHING
    assert list(redis.scan_iter()) == []


def test_letters_take_no_more_than_a_tenth_of_the_memory_however_few_they_are():
    mb = 1024 * 1024
    with (
        running_server("--maxmemory", str(100 * mb), "--maxmemory-policy", "noeviction") as socket,
        redis_py.Redis(unix_socket_path=socket, **OPTIONS) as client,
    ):
        stores = Stores.on(client)
        retention = at_once(stores.client, RetentionStore(scripts_by(), stores.keys, Policy()))
        for n in range(12):
            client.xadd("dead", {"n": n, "raw": "x" * mb})
        client.xadd("dead", {"n": 12, "raw": "small"})

        trimmed = retention.trim(0)

        assert client.memory_usage("dead", samples=0) <= 10 * mb
        assert 3 <= trimmed.many_letters <= 6
        assert client.xrange("dead")[-1][1]["raw"] == "small"
        assert retention.trim(0) == NOTHING


def test_an_old_event_is_counted_before_it_goes(redis, retention, clock):
    stores = Stores.on(redis, policy=POLICY)
    counters = at_once(stores.client, CounterStore(scripts_by(), stores.keys))
    written(redis, "events", 30, received="[]", at="0")

    counters.fold(0, swept=clock.now())
    retention.trim(0)

    assert redis.xlen("events") == 0
    assert counters.queue_statistics(0, now=clock.now()).counts["turns"] == 1


def test_each_shard_has_its_own(redis):
    stores = Stores.on(redis, shards=3, policy=POLICY)
    retention = at_once(stores.client, RetentionStore(scripts_by(), stores.keys, POLICY))
    written(redis, "{s2}:dead", 11, 9)

    assert [retention.trim(shard).old_letters for shard in range(3)] == [0, 0, 1]
