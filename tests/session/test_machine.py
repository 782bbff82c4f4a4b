"""The state machine: every state meets every event."""

from contextlib import suppress
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import IllegalTransition, State
from session.history import HistoryEntry, Role
from session.machine import (
    AgentAnswered,
    AgentsLate,
    AgentTookOver,
    CameBack,
    Closed,
    CustomerWrote,
    Escalated,
    HandedBack,
    WentQuiet,
    idle_timeout_at,
    step,
    waits_since,
)
from session.models import Context, Member, Notices, Waiting
from session.policy import Policy
from tests.clocks import START
from tests.values import ROUTE, session

POLICY = Policy()
MS = timedelta(milliseconds=1)
LATER = START + timedelta(days=2)

EVENTS = {
    "writes": CustomerWrote(new_id="s2"),
    "quiet": WentQuiet(),
    "escalated": Escalated(reason="asked"),
    "taken over": AgentTookOver(agent_id="mona"),
    "answered": AgentAnswered(agent_id="mona"),
    "answered and kept": AgentAnswered(agent_id="mona", keeps=True),
    "handed back": HandedBack(),
    "came back": CameBack(),
    "agents late": AgentsLate(),
    "agents late, and it stays": AgentsLate(stays=True),
    "closed": Closed(reason="done"),
}

#: The whole machine: what is not here is illegal.
TABLE = {
    ("NEW", "writes"): "ACTIVE",
    ("NEW", "escalated"): "WAITING_AGENT",
    ("NEW", "taken over"): "WAITING_AGENT",
    ("NEW", "closed"): "CLOSED",
    ("ACTIVE", "writes"): "ACTIVE",
    ("ACTIVE", "quiet"): "IDLE",
    ("ACTIVE", "escalated"): "WAITING_AGENT",
    ("ACTIVE", "taken over"): "WAITING_AGENT",
    ("ACTIVE", "closed"): "CLOSED",
    ("IDLE", "writes"): "ACTIVE",
    ("IDLE", "quiet"): "CLOSED",
    ("IDLE", "escalated"): "WAITING_AGENT",
    ("IDLE", "taken over"): "WAITING_AGENT",
    ("IDLE", "closed"): "CLOSED",
    ("WAITING_AGENT", "writes"): "WAITING_AGENT",
    ("WAITING_AGENT", "escalated"): "WAITING_AGENT",
    ("WAITING_AGENT", "taken over"): "WAITING_AGENT",
    ("WAITING_AGENT", "answered"): "ACTIVE",
    ("WAITING_AGENT", "answered and kept"): "WAITING_AGENT",
    ("WAITING_AGENT", "handed back"): "ACTIVE",
    ("WAITING_AGENT", "came back"): "ACTIVE",
    ("WAITING_AGENT", "agents late"): "ACTIVE",
    ("WAITING_AGENT", "agents late, and it stays"): "WAITING_AGENT",
    ("WAITING_AGENT", "closed"): "CLOSED",
    ("CLOSED", "writes"): "ACTIVE",
}


@pytest.mark.parametrize(("state", "event"), list(product(State, EVENTS)))
def test_every_state_knows_what_every_event_means(state, event):
    before = session(state=state)

    if (state, event) in TABLE:
        assert step(before, EVENTS[event], LATER, POLICY).state == TABLE[state, event]
    else:
        with pytest.raises(
            IllegalTransition, match=f"{state} does not allow the event {type(EVENTS[event]).__name__}"
        ):
            step(before, EVENTS[event], LATER, POLICY)


@pytest.mark.parametrize(("state", "event"), list(TABLE))
def test_every_step_but_going_quiet_is_an_activity(state, event):
    after = step(session(state=State(state)), EVENTS[event], LATER, POLICY)

    assert after.last_activity == (START if event == "quiet" else LATER)


@pytest.mark.parametrize(("state", "event"), list(TABLE))
def test_a_step_leaves_the_session_it_was_given_as_it_was(state, event):
    before = session(state=State(state))

    step(before, EVENTS[event], LATER, POLICY)

    assert before == session(state=State(state))


# -- going quiet


@pytest.mark.parametrize(("state", "wait"), [("ACTIVE", POLICY.idle_after), ("IDLE", POLICY.close_after)])
@pytest.mark.parametrize(
    ("off", "steps"), [(-MS, False), (0 * MS, True), (MS, True)], ids=["before", "at", "after"]
)
def test_a_session_goes_quiet_at_its_time_to_the_millisecond(state, wait, off, steps):
    before = session(state=State(state))
    assert idle_timeout_at(before, POLICY) == START + wait

    if steps:
        step(before, WentQuiet(), START + wait + off, POLICY)
    else:
        with pytest.raises(IllegalTransition):
            step(before, WentQuiet(), START + wait + off, POLICY)


@pytest.mark.parametrize("state", ["NEW", "CLOSED"])
def test_the_other_states_never_go_quiet(state):
    assert idle_timeout_at(session(state=State(state)), POLICY) is None


def test_a_session_is_not_closed_before_it_was_idle():
    policy = Policy(idle_after=timedelta(hours=2), close_after=timedelta(hours=1))

    assert idle_timeout_at(session(state=State.IDLE), policy) == START + timedelta(hours=2)


def test_both_time_outs_count_from_the_last_activity():
    before = session(state=State.ACTIVE, last_activity=START + timedelta(hours=1))
    idle = step(before, WentQuiet(), LATER, POLICY)

    assert idle_timeout_at(before, POLICY) == START + timedelta(hours=1) + POLICY.idle_after
    assert idle_timeout_at(idle, POLICY) == START + timedelta(hours=1) + POLICY.close_after


# -- agents


def test_an_escalation_says_why_and_a_takeover_says_who():
    waits = step(session(state=State.ACTIVE), Escalated(reason="asked"), LATER, POLICY)
    taken = step(waits, AgentTookOver(agent_id="mona"), LATER, POLICY)

    assert (waits.escalation, waits.agent_id) == ("asked", "default")
    assert (taken.escalation, taken.agent_id) == ("asked", "mona")


@pytest.mark.parametrize("event", ["answered", "handed back", "closed"])
def test_the_reason_ends_with_the_waiting(event):
    waits = session(state=State.WAITING_AGENT, escalation="asked")

    assert step(waits, EVENTS[event], LATER, POLICY).escalation is None


def test_an_agent_who_keeps_the_conversation_keeps_the_reason():
    waits = session(state=State.WAITING_AGENT, escalation="asked")

    after = step(waits, AgentAnswered(agent_id="mona", keeps=True), LATER, POLICY)

    assert (after.escalation, after.agent_id) == ("asked", "mona")


# -- who has it, and since when somebody waits

MONA = AgentTookOver(agent_id="mona")
KEPT = AgentAnswered(agent_id="mona", keeps=True)
EARLIER = START - timedelta(minutes=5)


@pytest.mark.parametrize("event", ["escalated", "taken over", "writes"])
def test_the_wait_begins_with_the_first_request(event):
    waits = session(state=State.WAITING_AGENT, waiting_since=EARLIER)
    answered = session(state=State.WAITING_AGENT, held_by="mona")

    assert step(waits, EVENTS[event], LATER, POLICY).waiting_since == EARLIER
    assert step(answered, EVENTS[event], LATER, POLICY).waiting_since == LATER


@pytest.mark.parametrize(
    ("event", "held_by"),
    [(MONA, "mona"), (KEPT, "mona"), (Escalated(reason="again"), "ali"), (AgentsLate(stays=True), "ali")],
)
def test_the_last_agent_who_took_over_has_it_while_it_waits(event, held_by):
    waits = session(state=State.WAITING_AGENT, held_by="ali", waiting_since=EARLIER)

    after = step(waits, event, LATER, POLICY)

    assert (after.state, after.held_by) == (State.WAITING_AGENT, held_by)


@pytest.mark.parametrize("event", ["answered", "handed back", "closed", "agents late"])
def test_a_closed_session_has_no_holder_and_no_wait(event):
    waits = session(state=State.WAITING_AGENT, held_by="mona", waiting_since=EARLIER)

    after = step(waits, EVENTS[event], LATER, POLICY)

    assert (after.held_by, after.waiting_since) == (None, None)


def test_after_an_answer_the_wait_begins_with_the_next_message():
    waits = session(state=State.WAITING_AGENT, held_by="mona", waiting_since=EARLIER)

    answered = step(waits, KEPT, START, POLICY)
    written = step(answered, CustomerWrote(new_id="s2"), LATER, POLICY)

    assert (answered.waiting_since, waits_since(answered)) == (None, START)
    assert (written.waiting_since, waits_since(written)) == (LATER, LATER)


@given(events=st.lists(st.sampled_from(sorted(EVENTS))), seconds=st.integers(0, 100_000))
def test_holder_and_wait_exist_only_while_waiting_for_an_agent(events, seconds):
    after, now = session(), START
    for name in events:
        now += timedelta(seconds=seconds)
        with suppress(IllegalTransition):
            after = step(after, EVENTS[name], now, POLICY)
        if after.state is not State.WAITING_AGENT:
            assert (after.held_by, after.waiting_since, waits_since(after)) == (None, None, None)
        else:
            # Whatever waits is looked at again, at the latest when its record expires.
            assert waits_since(after) is not None
            assert idle_timeout_at(after, POLICY) <= after.last_activity + POLICY.keep_for


@pytest.mark.parametrize(
    ("timeout", "since", "looked_at"),
    [
        (timedelta(minutes=15), EARLIER, EARLIER + timedelta(minutes=15)),
        (timedelta(0), EARLIER, START + POLICY.keep_for),
        (timedelta(minutes=15), None, START + POLICY.keep_for),
        (timedelta(days=9), EARLIER, START + POLICY.keep_for),
    ],
    ids=["late", "never", "nobody waits", "expired before"],
)
def test_a_session_with_the_agents_is_looked_at_when_they_are_late_or_it_expires(timeout, since, looked_at):
    waits = session(state=State.WAITING_AGENT, waiting_since=since)

    assert idle_timeout_at(waits, Policy(agent_timeout=timeout)) == looked_at


# -- a new session


def test_a_new_session_keeps_the_identity_and_not_the_history():
    said = HistoryEntry(role=Role.USER, content="x", timestamp=START, message_id="m1")
    member = Member(user_id="u1", name="Alia", role="member")
    closed = session(
        state=State.CLOSED,
        member=member,
        route=ROUTE,
        profile_name="Alia",
        agent_id="mona",
        message_count=5,
        search_count=2,
        notices=Notices(messages_until=7),
        context=Context(message_history=(said,), intent="buy", language="ar"),
    )

    fresh = step(closed, CustomerWrote(new_id="s2"), LATER, POLICY)

    assert (fresh.id, fresh.created_at, fresh.last_activity) == ("s2", LATER, LATER)
    assert (fresh.message_count, fresh.search_count) == (0, 0)
    assert fresh.context == Context(language="ar")
    assert (fresh.member, fresh.profile_name, fresh.route, fresh.agent_id) == (member, "Alia", ROUTE, "mona")
    # Who was told of a limit is not told again in the same window.
    assert fresh.notices.messages_until == 7


def test_in_the_middle_of_a_session_its_id_stays():
    after = step(session(state=State.IDLE, message_count=3), CustomerWrote(new_id="s2"), LATER, POLICY)

    assert (after.id, after.created_at, after.message_count) == ("s1", START, 3)


def test_a_customer_does_not_come_back_from_an_agent_who_has_the_conversation():
    held = step(
        session(state=State.WAITING_AGENT, waiting_since=START), AgentTookOver(agent_id="mona"), START, POLICY
    )

    with pytest.raises(IllegalTransition):
        step(held, CameBack(), LATER, POLICY)


@pytest.mark.parametrize(
    "event",
    [
        CameBack(),
        HandedBack(),
        AgentsLate(),
        AgentAnswered(agent_id="mona"),
        AgentAnswered(agent_id="mona", keeps=True),
        Closed(reason="done"),
    ],
)
def test_nothing_is_open_behind_the_end_of_a_wait(event):
    waiting = session(
        state=State.WAITING_AGENT, waiting_since=START, wait=Waiting(told=True, open=("wamid.1",))
    )

    assert step(waiting, event, START, POLICY).wait is None


def test_where_the_conversation_stays_with_people_what_is_open_stays_so_and_a_new_wait_is_told():
    waiting = session(
        state=State.WAITING_AGENT, waiting_since=START, wait=Waiting(told=True, open=("wamid.1",))
    )

    assert step(waiting, AgentsLate(stays=True), START, POLICY).wait == Waiting(open=("wamid.1",))
