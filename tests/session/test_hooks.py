"""take_hook.lua, settle_hook.lua, look_at_hooks.lua: what is counted and kept for a hook, and how often."""

from contextlib import suppress
from datetime import timedelta

import pytest

from session.dead_letters import HookLetter
from session.hook_work import SETTLED, HookTaken
from session.leases import Stale
from session.records import from_ms, to_ms
from session.store import HookSettled
from session.store.rounds import rounds

LETTER = HookLetter(why="it answers 500", conversation="whatsapp:+1", at=1, hook="crm", event="evt", raw="{}")


@pytest.fixture
def happens(stores):
    """Events are written."""

    def write(count=1):
        fields = {"conversation": "whatsapp:+1", "at": "1", "delivery": "t.0", "sent": "p"}
        return [stores.client.xadd("events", fields) for _ in range(count)]

    return write


@pytest.fixture
def take(stores):
    def taken(limit=10):
        found = stores.hooks.take(0, "crm", holder="w", limit=limit)
        assert isinstance(found, HookTaken)
        return found

    return taken


def test_what_was_there_before_a_hook_is_not_lost_when_it_is_trimmed(stores, happens, take):
    happens(5)
    stores.hooks.look(0, ["crm"])
    happens(3)

    assert take().lost == 0
    stores.client.xtrim("events", maxlen=3, approximate=False)
    assert take().lost == 0
    stores.client.xtrim("events", maxlen=1, approximate=False)
    assert take().lost == 2
    assert take().lost == 0


def due(stores, clock):
    """In how long the hook is due."""
    return timedelta(milliseconds=stores.waiting_since()["hook|crm"] - to_ms(clock.now()))


def test_while_its_receiver_is_away_no_new_event_makes_it_due(stores, clock, happens, take):
    stores.hooks.look(0, ["crm"])
    happens()
    what = HookSettled(state={"down": 1}, release_in=timedelta(seconds=60))
    stores.hooks.settle(0, "crm", take().lease, what)
    happens()

    assert stores.hooks.look(0, ["crm"]) == []
    assert due(stores, clock) == timedelta(seconds=60)


def test_while_somebody_sends_no_new_event_makes_it_due(stores, clock, policy, happens, take):
    stores.hooks.look(0, ["crm"])
    happens()
    take()
    happens()

    assert stores.hooks.look(0, ["crm"]) == []
    assert due(stores, clock) == policy.send_lease_for


def test_whoever_sends_during_a_replay_writes_nothing_more(stores, happens, take):
    stores.hooks.look(0, ["crm"])
    (event,) = happens()
    taken = take()

    stores.hooks.rewind(0, "crm", from_ms(0))

    written = stores.hooks.settle(0, "crm", taken.lease, HookSettled(state={"after": event}))
    assert isinstance(written, Stale)
    assert [one.id for one in take().records] == [event]


def test_what_comes_while_a_replay_is_counted_is_not_taken_for_sent(stores, happens, take):
    stores.hooks.look(0, ["crm"])
    happens(2)
    replay = rounds(stores.hooks.bare.rewind(0, "crm", from_ms(0)))
    calls = next(replay)
    calls = replay.send(stores.run._ask(calls))
    happens(3)
    with suppress(StopIteration):
        while True:
            calls = replay.send(stores.run._ask(calls))

    assert len(take().records) == 5
    stores.client.xtrim("events", maxlen=1, approximate=False)
    assert take().lost == 4


@pytest.mark.parametrize("passes", [False, True])
def test_a_settlement_that_is_repeated_keeps_and_counts_nothing_more(stores, happens, take, passes):
    stores.hooks.look(0, ["crm"])
    first, _ = happens(2)
    taken = take()
    what = HookSettled(
        event=first,
        state={"after": first if passes else taken.after, first: SETTLED},
        gone=[first] if passes else [],
        letters=[LETTER],
        counts={"hooks|crm|failed": 1},
    )

    for _ in range(2):
        stores.hooks.settle(0, "crm", taken.lease, what)

    assert len(stores.dead()) == 1
    assert stores.client.hget("tally", "hooks|crm|failed") == "1"


def test_a_dead_letter_that_is_given_up_again_is_counted_once(stores, happens, take):
    stores.hooks.look(0, ["crm"])
    letter = stores.client.xadd("dead", LETTER.to_fields())
    stores.client.rpush("hook_again:crm", letter)
    taken = take()

    for _ in range(2):
        what = HookSettled(letter=letter, counts={"hooks|crm|failed": 1}, release_in=None)
        stores.hooks.settle(0, "crm", taken.lease, what)

    assert len(stores.dead()) == 1
    assert stores.client.hget("tally", "hooks|crm|failed") == "1"


def test_of_a_dead_letter_that_was_dropped_nothing_stays(stores, happens, take):
    stores.hooks.look(0, ["crm"])
    letter = stores.client.xadd("dead", LETTER.to_fields())
    stores.client.rpush("hook_again:crm", letter)
    what = HookSettled(state={f"again:{letter}": "1 1 1 1"}, release_in=timedelta(0))
    stores.hooks.settle(0, "crm", take().lease, what)

    stores.client.xdel("dead", letter)
    happens()
    take()

    assert f"again:{letter}" not in stores.hooks.state(0, "crm")
    assert not stores.client.exists("hook_again:crm")


@pytest.mark.parametrize("value", ["x", "1e300", "inf", "9" * 400])
@pytest.mark.parametrize("place", ["lease", "down"])
def test_a_time_that_is_none_loses_no_event(stores, happens, take, place, value):
    happens()
    stores.hooks.look(0, ["crm"])
    new = happens(3)
    state, _, lease = stores.keys.shard(0).hook("crm")
    if place == "lease":
        stores.client.hset(lease, mapping={"until": value, "holder": "o", "fence": "1"})
        stores.client.expire(lease, 60)
    else:
        stores.client.hset(state, "down", value)

    stores.hooks.look(0, ["crm"])

    assert [record.id for record in take().records] == new
