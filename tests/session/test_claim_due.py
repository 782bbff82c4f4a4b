"""claim_due.lua: what the sweep wakes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis as redis_py

from session.errors import StoreUnavailable
from session.records import to_ms
from session.store import DueStore
from tests.stores import Stores, everything
from tests.valkey import OPTIONS

MS = timedelta(milliseconds=1)


def seed(stores, members):
    stores.client.zadd("due", {member: to_ms(at) for member, at in members.items()})


def test_due_members_are_claimed_oldest_first(stores, clock):
    now = clock.now()
    seed(stores, {"turn|b": now - 2 * MS, "turn|a": now - MS, "deliver|c": now - 3 * MS})

    assert stores.due.claim(0, now=now, limit=10).members == ("deliver|c", "turn|b", "turn|a")


@pytest.mark.parametrize(
    ("off", "claimed"), [(-MS, ()), (0 * MS, ("turn|a",)), (MS, ("turn|a",))], ids=["before", "at", "after"]
)
def test_it_is_due_at_its_time_to_the_millisecond(stores, clock, off, claimed):
    seed(stores, {"turn|a": clock.now()})

    assert stores.due.claim(0, now=clock.now() + off, limit=10).members == claimed


def test_claimed_members_are_due_again_unless_they_are_settled(stores, clock, policy):
    seed(stores, {"turn|a": clock.now()})
    stores.due.claim(0, now=clock.now(), limit=10)

    again = clock.now() + policy.wake_after
    assert stores.waiting_since() == {"turn|a": to_ms(again)}
    assert stores.due.claim(0, now=again - MS, limit=10).members == ()
    assert stores.due.claim(0, now=again, limit=10).members == ("turn|a",)


def test_a_repeated_call_claims_nothing_twice(stores, clock):
    seed(stores, {"turn|a": clock.now()})
    stores.due.claim(0, now=clock.now(), limit=10)
    before = everything(stores.client)

    assert stores.due.claim(0, now=clock.now(), limit=10).members == ()
    assert everything(stores.client) == before


def test_no_more_is_claimed_than_the_limit_and_the_rest_stays_due(stores, clock):
    seed(stores, {f"turn|{n}": clock.now() - n * MS for n in range(5)})

    assert stores.due.claim(0, now=clock.now(), limit=2).members == ("turn|4", "turn|3")
    assert stores.due.claim(0, now=clock.now(), limit=9).members == ("turn|2", "turn|1", "turn|0")


def test_nothing_due_is_nothing_claimed(stores, clock):
    assert stores.due.claim(0, now=clock.now(), limit=10).members == ()
    assert everything(stores.client) == {}


def test_two_sweeps_share_the_due_members_and_claim_nothing_twice(valkey, valkey_socket, clock):
    seed(Stores.on(valkey), {f"turn|{n}": clock.now() for n in range(1000)})

    def sweep(_):
        claimed = []
        with redis_py.Redis(unix_socket_path=valkey_socket, **OPTIONS) as own:
            due = Stores.on(own).due
            while some := due.claim(0, now=clock.now(), limit=7).members:
                claimed += some
        return claimed

    with ThreadPoolExecutor(2) as sweepers:
        first, second = sweepers.map(sweep, range(2))

    assert sorted(first + second) == sorted(f"turn|{n}" for n in range(1000))


def test_each_shard_has_an_index_of_its_own(redis, clock):
    stores = Stores.on(redis, shards=2)
    redis.zadd("{s1}:due", {"turn|a": to_ms(clock.now())})

    assert stores.due.claim(0, now=clock.now(), limit=10).members == ()
    assert stores.due.claim(1, now=clock.now(), limit=10).members == ("turn|a",)


def test_the_quiet_sessions_can_be_looked_at_without_claiming(stores, clock):
    seed(stores, {"lapse|a": clock.now(), "lapse|b": clock.now() + MS, "turn|c": clock.now()})
    before = everything(stores.client)

    assert stores.due.idle_timeouts(0, now=clock.now()) == ["a"]
    assert everything(stores.client) == before


def test_a_store_that_is_away_is_named_as_such(tmp_path, clock, policy):
    nowhere = redis_py.Redis(unix_socket_path=str(tmp_path / "nothing"), retry=None, **OPTIONS)
    stores = Stores.on(nowhere)
    due: DueStore = stores.due

    with pytest.raises(StoreUnavailable, match="claim_due"):
        due.claim(0, now=clock.now(), limit=1)
    with pytest.raises(StoreUnavailable, match="idle_timeouts"):
        due.idle_timeouts(0, now=clock.now())
