"""The state machine: every state meets every event."""

from datetime import timedelta
from itertools import product

import pytest

from session import IllegalTransition, State
from session.machine import (
    AgentAnswered,
    AgentTookOver,
    Closed,
    CustomerWrote,
    Escalated,
    HandedBack,
    WentQuiet,
    lapses_at,
    step,
)
from session.models import Context, Member, Notices, Role, Said
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
    ("WAITING_AGENT", "closed"): "CLOSED",
    ("CLOSED", "writes"): "ACTIVE",
}


@pytest.mark.parametrize(("state", "event"), list(product(State, EVENTS)))
def test_every_state_knows_what_every_event_means(state, event):
    before = session(state=state)

    if (state, event) in TABLE:
        assert step(before, EVENTS[event], LATER, POLICY).state == TABLE[state, event]
    else:
        with pytest.raises(IllegalTransition, match=f"{state} knows no {type(EVENTS[event]).__name__}"):
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
    assert lapses_at(before, POLICY) == START + wait

    if steps:
        step(before, WentQuiet(), START + wait + off, POLICY)
    else:
        with pytest.raises(IllegalTransition):
            step(before, WentQuiet(), START + wait + off, POLICY)


@pytest.mark.parametrize("state", ["NEW", "WAITING_AGENT", "CLOSED"])
def test_the_other_states_never_go_quiet(state):
    assert lapses_at(session(state=State(state)), POLICY) is None


def test_a_session_is_not_closed_before_it_was_idle():
    policy = Policy(idle_after=timedelta(hours=2), close_after=timedelta(hours=1))

    assert lapses_at(session(state=State.IDLE), policy) == START + timedelta(hours=2)


def test_both_time_outs_count_from_the_last_activity():
    before = session(state=State.ACTIVE, last_activity=START + timedelta(hours=1))
    idle = step(before, WentQuiet(), LATER, POLICY)

    assert lapses_at(before, POLICY) == START + timedelta(hours=1) + POLICY.idle_after
    assert lapses_at(idle, POLICY) == START + timedelta(hours=1) + POLICY.close_after


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


# -- a new session


def test_after_the_end_a_new_session_keeps_who_it_is_and_not_what_was_said():
    said = Said(role=Role.USER, content="x", timestamp=START, message_id="m1")
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
