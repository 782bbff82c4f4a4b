"""time_out_sessions.lua: sessions that change by being quiet."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.agent_actions import AgentActionType
from session.events import SessionChanged
from session.history import HistoryEntry, Role
from session.idle_timeouts import IdleTimeouts, TimedOut, decide_idle_timeout
from session.machine import WentQuiet, idle_timeout_at, step
from session.models import Session, State
from session.policy import Policy
from session.records import to_ms
from session.results import IdleTimeout
from tests.clocks import START
from tests.stores import Stores, at_once, everything
from tests.values import CONVERSATION, CUSTOMER, message, session, turn_result

MS = timedelta(milliseconds=1)
KEY, IDLE_TIMEOUT = f"session:{CONVERSATION}", f"lapse|{CONVERSATION}"


@pytest.fixture
def quiet(stores, clock, policy):
    """A session that has been quiet for exactly the idle timeout; returns it as it is kept."""
    active = session(state=State.ACTIVE)
    stores.sessions.update(active, was="", now=clock.now())
    clock.move(policy.idle_after)
    return active


def time_out(stores, clock, *decisions):
    return stores.sessions.time_out(0, decisions, now=clock.now())


def decided(stores, clock, record):
    return decide_idle_timeout(CONVERSATION, record, now=clock.now(), policy=stores.policy)


def kept(stores):
    return Session.model_validate_json(stores.client.get(KEY))


def test_a_quiet_session_is_written_and_the_next_step_is_due(stores, clock, policy, quiet):
    assert time_out(stores, clock, decided(stores, clock, quiet.to_json())) == 1

    assert kept(stores) == quiet.change(state=State.IDLE)
    assert stores.waiting_since() == {IDLE_TIMEOUT: to_ms(quiet.last_activity + policy.close_after)}
    expires = to_ms(quiet.last_activity + policy.keep_for)
    assert stores.events() == [
        {
            "conversation": CONVERSATION,
            "at": str(to_ms(clock.now())),
            "state": "ACTIVE>IDLE",
            "was": f"ACTIVE@{expires}",
            "kept": f"IDLE@{expires}",
        }
    ]


def test_lapsing_does_not_prolong_the_life_of_the_record(stores, clock, policy, quiet):
    expires = stores.client.pexpiretime(KEY)

    time_out(stores, clock, decided(stores, clock, quiet.to_json()))

    assert stores.client.pexpiretime(KEY) == expires == to_ms(quiet.last_activity + policy.keep_for)


def test_a_closed_session_is_not_due_again(stores, clock, policy, quiet):
    time_out(stores, clock, decided(stores, clock, quiet.to_json()))
    clock.move(policy.close_after - policy.idle_after)

    time_out(stores, clock, decided(stores, clock, stores.client.get(KEY)))

    assert kept(stores).state is State.CLOSED
    assert stores.waiting_since() == {}


def test_a_session_that_changed_meanwhile_is_left_alone(stores, clock, quiet):
    decision = decided(stores, clock, quiet.to_json())
    stores.sessions.update(
        quiet.change(last_activity=clock.now()),
        was=quiet.to_json(),
        now=clock.now(),
        event=SessionChanged(created="y"),
    )
    before = everything(stores.client)

    assert time_out(stores, clock, decision) == 0
    assert everything(stores.client) == before


@pytest.mark.parametrize(("off", "written"), [(-MS, 0), (0 * MS, 1), (MS, 1)], ids=["before", "at", "after"])
def test_a_session_is_left_alone_while_a_worker_holds_it(stores, clock, quiet, off, written):
    stores.mailboxes.receive([message()], now=clock.now())
    stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    decision = decided(stores, clock, quiet.to_json())

    clock.move(stores.policy.lease_for + off)
    before = everything(stores.client)

    assert time_out(stores, clock, decision) == written
    assert (everything(stores.client) == before) is (not written)


#: Among them such as would mislead whoever looks for the fields of a record in its text.
TEXTS = st.text(max_size=20) | st.sampled_from(['"state":"ACTIVE"', ',"context":{}', '"state":"IDLE"', '\\"'])


@given(agent=TEXTS, name=TEXTS, said=TEXTS, state=st.sampled_from([State.ACTIVE, State.IDLE]))
def test_a_record_lapses_to_what_the_state_machine_says_of_the_whole_session(agent, name, said, state):
    policy = Policy()
    entry = HistoryEntry(role=Role.USER, content=said, timestamp=START, message_id=said)
    quiet = session(state=state, agent_id=agent, profile_name=name).with_entry(entry, policy)
    now = quiet.last_activity + policy.close_after

    lapse = decide_idle_timeout(CONVERSATION, quiet.to_json(), now=now, policy=policy)

    assert Session.model_validate_json(lapse.becomes) == step(quiet, WentQuiet(), now, policy)


def test_a_record_in_another_spelling_is_timed_out_too(policy, clock, quiet):
    spelt = json.dumps(json.loads(quiet.to_json()), indent=1, sort_keys=True)

    lapse = decide_idle_timeout(CONVERSATION, spelt, now=clock.now(), policy=policy)

    assert Session.model_validate_json(lapse.becomes) == quiet.change(state=State.IDLE)


def test_an_expired_session_is_no_longer_due(stores, clock, quiet):
    stores.client.delete(KEY)

    assert time_out(stores, clock, decided(stores, clock, "")) == 0
    assert stores.waiting_since() == {}


def test_a_session_that_came_back_after_it_was_gone_is_left_alone(stores, clock, quiet):
    before = everything(stores.client)

    assert time_out(stores, clock, decided(stores, clock, "")) == 0
    assert everything(stores.client) == before


def test_a_session_whose_time_has_not_come_is_looked_at_again_then(stores, clock, policy, quiet):
    # Given an index that names a session too early
    clock.move(-MS)
    stores.client.zadd("due", {IDLE_TIMEOUT: 1})

    decision = decided(stores, clock, quiet.to_json())

    assert decision == IdleTimeout(
        conversation=CONVERSATION, was=quiet.to_json(), becomes="", next_at=clock.now() + MS
    )
    assert time_out(stores, clock, decision) == 0
    assert stores.waiting_since() == {IDLE_TIMEOUT: to_ms(clock.now() + MS)}
    assert kept(stores) == quiet


def test_a_session_that_waits_for_an_agent_is_looked_at_when_the_agents_are_late(stores, clock, quiet):
    waits = quiet.change(state=State.WAITING_AGENT, waiting_since=clock.now())
    stores.sessions.update(waits, was=quiet.to_json(), now=clock.now())
    stores.client.zadd("due", {IDLE_TIMEOUT: 1})

    assert time_out(stores, clock, decided(stores, clock, waits.to_json())) == 0
    assert stores.waiting_since() == {IDLE_TIMEOUT: to_ms(clock.now() + stores.policy.agent_timeout)}


def test_a_late_agent_causes_a_time_out_action_and_nothing_is_written(stores, clock, quiet):
    waits = quiet.change(state=State.WAITING_AGENT, waiting_since=clock.now())
    since = to_ms(clock.now())
    stores.sessions.update(waits, was=quiet.to_json(), now=clock.now())
    idle_timeouts = at_once(
        stores.client, IdleTimeouts(stores.sessions.bare, stores.mailboxes.bare, stores.policy)
    )
    clock.move(stores.policy.agent_timeout)

    first = idle_timeouts.time_out(0, [CONVERSATION], now=clock.now())
    again = idle_timeouts.time_out(0, [CONVERSATION], now=clock.now())

    assert first == TimedOut(changed=0, woken=(CONVERSATION,))
    assert again == TimedOut()
    assert kept(stores) == waits
    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    assert (taken.messages, taken.action.type) == ((), AgentActionType.TIME_OUT)
    assert taken.action.id == f"timeout:s1:{since}"


@pytest.mark.parametrize("timeout", [timedelta(0), timedelta(days=9)], ids=["never", "later than that"])
def test_an_expired_record_leaves_the_waiting_list(redis, clock, timeout):
    stores = Stores.on(redis, policy=Policy(agent_timeout=timeout))
    waits = session(CUSTOMER, state=State.WAITING_AGENT, waiting_since=clock.now())
    stores.sessions.update(waits, was="", now=clock.now())
    assert stores.client.zrange("waiting", 0, -1) == [CONVERSATION]
    assert stores.waiting_since() == {IDLE_TIMEOUT: to_ms(clock.now() + stores.policy.keep_for)}

    clock.move(stores.policy.keep_for)
    stores.client.delete(KEY)  # as the server does at that time
    stores.idle_timeouts.time_out(0, [CONVERSATION], now=clock.now())

    assert stores.client.zrange("waiting", 0, -1) == []
    assert stores.waiting_since() == {}


def test_a_repeated_call_writes_nothing(stores, clock, quiet):
    decision = decided(stores, clock, quiet.to_json())
    time_out(stores, clock, decision)
    before = everything(stores.client)

    assert time_out(stores, clock, decision) == 0
    assert everything(stores.client) == before


def test_no_sessions_are_no_work(stores, clock):
    assert time_out(stores, clock) == 0
    assert stores.idle_timeouts.time_out(0, [], now=clock.now()) == TimedOut()
    assert everything(stores.client) == {}


def test_a_batch_lapses_each_by_itself(stores, clock, policy):
    # Given hundreds of quiet sessions, of which every third has changed since
    customers = [f"+2010{n:05}" for n in range(300)]
    for customer in customers:
        stores.sessions.update(session(customer, state=State.ACTIVE), was="", now=clock.now())
    clock.move(policy.idle_after)
    names = [f"whatsapp:{customer}" for customer in customers]
    lapses = [
        decide_idle_timeout(name, record, now=clock.now(), policy=policy)
        for name, record in zip(names, stores.sessions.read_many(names), strict=True)
    ]
    for customer in customers[::3]:
        was = session(customer, state=State.ACTIVE)
        stores.sessions.update(was.change(last_activity=clock.now()), was=was.to_json(), now=clock.now())

    assert time_out(stores, clock, *lapses) == 200

    states = [Session.model_validate_json(record).state for record in stores.sessions.read_many(names)]
    assert [state is State.ACTIVE for state in states] == [n % 3 == 0 for n in range(300)]


def test_a_close_timeout_below_the_idle_timeout_closes_at_the_same_sweep_time(redis, clock):
    policy = Policy(idle_after=timedelta(minutes=30), close_after=timedelta(minutes=5))
    stores = Stores.on(redis, policy=policy)
    active = session(CUSTOMER, state=State.ACTIVE)
    stores.sessions.update(active, was="", now=clock.now())
    idle_timeouts = at_once(stores.client, IdleTimeouts(stores.sessions.bare, stores.mailboxes.bare, policy))

    clock.move(minutes=30)
    idle_timeouts.time_out(0, [CONVERSATION], now=clock.now())
    assert idle_timeout_at(kept(stores), policy) == clock.now()
    idle_timeouts.time_out(0, [CONVERSATION], now=clock.now())

    assert kept(stores).state is State.CLOSED


def test_a_turn_taken_after_the_lapse_finds_the_session_idle(stores, clock, quiet):
    time_out(stores, clock, decided(stores, clock, quiet.to_json()))
    stores.mailboxes.receive([message()], now=clock.now())

    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    assert taken.session.state is State.IDLE

    stores.turns.commit(CONVERSATION, taken.lease, turn_result(session=quiet), now=clock.now())
    assert kept(stores).state is State.ACTIVE
