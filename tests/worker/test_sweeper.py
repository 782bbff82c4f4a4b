"""The sweep: wakes whatever is due, and lapses quiet sessions."""

from datetime import timedelta

import pytest

from session import State
from session.idle_timeouts import IdleTimeouts, TimedOut
from session.policy import Policy
from session.records import to_ms
from session.results import Claimed
from session.store import Rang
from tests.clocks import START
from tests.fakes import RecordingWaker
from tests.stores import Stores
from tests.values import CONVERSATION, OTHER, delivery, message, session, turn_result
from worker.sweeper import Sweeper

MS = timedelta(milliseconds=1)


def test_a_body_whose_wake_up_was_lost_is_woken_in_time(bench, policy):
    bench.store(bench.channel.holds(b"a", message("m1")))

    bench.clock.move(policy.wake_after - MS)
    assert bench.sweep() == []
    bench.clock.move(MS)
    assert bench.sweep() == [("intake", 0)]


def test_a_turn_whose_wake_up_was_lost_is_woken_in_time(bench, policy):
    bench.receive("one")

    bench.clock.move(policy.wake_after - MS)
    assert bench.sweep() == []
    bench.clock.move(MS)
    assert bench.sweep() == [("turn", CONVERSATION)]


def test_a_reply_whose_wake_up_was_lost_is_woken_in_time(bench, policy):
    bench.receive("one")
    bench.turns.take([CONVERSATION])

    bench.clock.move(policy.wake_after - MS)
    assert bench.sweep() == []
    bench.clock.move(MS)
    assert bench.sweep() == [("deliver", CONVERSATION)]


def test_a_wake_up_of_the_sweep_may_get_lost_as_well(bench, policy):
    bench.receive("one")
    bench.clock.move(policy.wake_after)
    assert bench.sweep() == [("turn", CONVERSATION)]

    bench.clock.move(policy.wake_after - MS)
    assert bench.sweep() == []
    bench.clock.move(MS)
    assert bench.sweep() == [("turn", CONVERSATION)]


def test_a_quiet_session_goes_idle_and_is_closed_later(bench, policy):
    bench.receive("one")
    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])
    began = bench.clock.now()
    states = []
    for wait in (policy.idle_after - MS, MS, policy.close_after - policy.idle_after - MS, MS):
        bench.clock.move(wait)
        bench.sweep()
        states.append(bench.session().state)

    assert states == [State.ACTIVE, State.IDLE, State.IDLE, State.CLOSED]
    assert bench.session().last_activity == began
    assert bench.stores.waiting_since() == {}


def test_a_session_that_waits_for_an_agent_is_left_alone(bench, policy):
    bench.receive("one")
    bench.assistant.next = [lambda turn: turn.escalate("asked")]
    bench.turns.take([CONVERSATION])

    bench.clock.move(policy.close_after)
    bench.sweep()

    assert bench.session().state is State.WAITING_AGENT


def test_nothing_due_is_nothing_done(bench):
    assert bench.sweep() == []


def test_two_sweepers_wake_nothing_twice(bench, policy):
    for n in range(20):
        bench.receive(f"m{n}", conversation=f"whatsapp:+2010{n:02}")
    bench.clock.move(policy.wake_after)
    other = RecordingWaker()
    second = Sweeper(
        run=bench.stores.run,
        due=bench.stores.due.bare,
        idle_timeouts=IdleTimeouts(bench.stores.sessions.bare, bench.stores.mailboxes.bare, policy),
        timers=bench.stores.timers.bare,
        waker=other,
        clock=bench.clock,
        shards=1,
    )

    first = bench.sweep()
    second.sweep()

    assert len(first) == 20
    assert other.taken() == []


def test_more_than_one_claim_is_swept_at_once(bench, policy):
    batch = [message(f"m{n}", customer=f"+2010{n:05}") for n in range(1200)]
    bench.stores.mailboxes.receive(batch, now=bench.clock.now())
    bench.clock.move(policy.wake_after)

    assert len(bench.sweep()) == 1200


def test_every_shard_is_swept(make_bench, valkey, policy, clock):
    bench = make_bench(stores=Stores.on(valkey, shards=4, policy=policy, clock=clock))
    names = [f"whatsapp:+2010{n:03}" for n in range(40)]
    for name in names:
        bench.receive(f"to {name}", conversation=name)
    bench.clock.move(policy.wake_after)

    assert sorted(name for _, name in bench.sweep()) == sorted(names)


def test_the_cost_of_a_sweep_depends_on_what_is_due(bench, valkey, policy):
    # Given very many conversations of which one is due
    later = to_ms(bench.clock.now() + timedelta(days=1))
    valkey.zadd("due", {f"turn|whatsapp:+{n}": later for n in range(50_000)})
    bench.receive("one")
    bench.clock.move(policy.wake_after)

    valkey.config_resetstat()
    assert bench.sweep() == [("turn", CONVERSATION)]

    # Then the sweep has asked once, and written once
    calls = {name: stat["calls"] for name, stat in valkey.info("commandstats").items()}
    assert (calls["cmdstat_evalsha"], calls["cmdstat_zrangebyscore"], calls["cmdstat_zadd"]) == (1, 1, 1)


@pytest.mark.parametrize("state", [State.ACTIVE, State.IDLE])
def test_a_session_that_expired_before_its_time_out_is_no_longer_due(make_bench, state):
    policy = Policy(keep_for=timedelta(minutes=10))
    bench = make_bench(policy)
    kept = session(state=state)
    bench.stores.sessions.update(kept, was="", now=bench.clock.now())
    bench.stores.client.delete(f"session:{CONVERSATION}")

    bench.clock.move(policy.close_after)
    bench.sweep()

    assert bench.stores.waiting_since() == {}


def test_all_kinds_of_due_things_are_told_apart(bench, policy):
    # Given something of everything
    bench.store(bench.channel.holds(b"a", message("m9")))
    bench.receive("one", conversation=OTHER)
    bench.receive("two")
    taken = bench.stores.turns.take(CONVERSATION, holder="w", now=bench.clock.now())
    turn = turn_result(replies=(delivery(),), session=session(state=State.ACTIVE))
    bench.stores.turns.commit(CONVERSATION, taken.lease, turn, now=bench.clock.now())
    bench.clock.move(policy.idle_after)

    woken = bench.sweep()

    assert sorted(woken) == [("deliver", CONVERSATION), ("intake", 0), ("turn", OTHER)]
    assert bench.session().state is State.IDLE


class Due:
    """Remembers in which shards was looked, and finds nothing."""

    def __init__(self):
        self.looked = []

    def claim(self, shard, **_):
        self.looked.append(shard)
        return Claimed(members=(), now=START)


class QuietIdleTimeouts:
    """Finds no session that has been quiet."""

    def time_out(self, *_, **__):
        return TimedOut()


class QuietTimers:
    """No timer is due."""

    def ring(self, shard, conversations):
        return Rang(count=0, woken=())


def test_sweeps_that_have_piled_up_are_one(clock):
    due = Due()
    sweeper = Sweeper(
        run=lambda found: found,
        due=due,
        idle_timeouts=QuietIdleTimeouts(),
        timers=QuietTimers(),
        waker=RecordingWaker(),
        clock=clock,
        shards=1,
        pause=timedelta(seconds=1),
    )
    for _ in range(1000):
        sweeper.sweep()
    assert due.looked == [0]
    clock.move(seconds=1)
    sweeper.sweep()
    assert due.looked == [0, 0]
