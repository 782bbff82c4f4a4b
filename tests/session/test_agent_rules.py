"""What people do to a conversation: every rule, every refusal, and what never happens whatever they do."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import State
from session.agent_actions import PHONE, AgentActionType, Declined
from session.agent_rules import act, declined
from session.dead_letters import ActionLetter
from session.history import Role
from session.outgoing import TurnContext
from session.policy import Policy
from session.records import to_ms
from tests.clocks import START
from tests.values import CUSTOMER, ROUTE, action, session

POLICY = Policy()
MS = timedelta(milliseconds=1)
OPEN = START + timedelta(hours=1)
EARLIER = START - timedelta(minutes=5)
OTHERS = (AgentActionType.ANSWER, AgentActionType.HAND_BACK, AgentActionType.CLOSE)


def talks(**fields):
    """A conversation that the assistant has."""
    fields = {"state": State.ACTIVE, "route": ROUTE, "window_until": OPEN} | fields
    return session(CUSTOMER, **fields)


def waits(**fields):
    """A conversation that waits for an agent."""
    return talks(**({"state": State.WAITING_AGENT, "waiting_since": EARLIER, "escalation": "asked"} | fields))


def acted(found, action_type, *, now=START, policy=POLICY, opted_out=False, **fields):
    if action_type in (AgentActionType.ANSWER, AgentActionType.ECHO):
        fields = {"text": "here I am"} | fields
    if action_type in (AgentActionType.ECHO, AgentActionType.TIME_OUT):
        fields = {"agent": PHONE if action_type is AgentActionType.ECHO else ""} | fields
    return act(
        found,
        action(action_type, **fields),
        TurnContext(turn="t7", fence=7, now=now, policy=policy, render=in_two_parts),
        opted_out=opted_out,
    )


def in_two_parts(_route, reply):
    return (reply.model_copy(update={"text": reply.text[:4]}), reply)


def why_not(turn_result):
    return turn_result.event.declined


# -- taking over


@pytest.mark.parametrize("state", ["NEW", "ACTIVE", "IDLE", "WAITING_AGENT"])
def test_a_takeover_silences_the_assistant_and_cancels_what_it_has_not_sent(state):
    result = acted(talks(state=State(state)), AgentActionType.TAKE_OVER)

    assert (result.session.state, result.session.held_by) == (State.WAITING_AGENT, "mona")
    assert result.session.waiting_since == START
    assert (result.silence, result.deliveries, result.consumed) == ("begins", (), 1)
    assert result.waits_since_ms() == to_ms(START)


def test_an_earlier_wait_keeps_its_start():
    assert acted(waits(), AgentActionType.TAKE_OVER).session.waiting_since == EARLIER


@pytest.mark.parametrize(
    ("held_by", "seen", "why"),
    [
        (None, "", None),
        (None, "ali", None),  # he has handed it back meanwhile
        ("ali", "ali", None),
        ("ali", "", "held"),
        ("ali", "eve", "held"),
        ("mona", "", None),
        ("mona", "ali", None),  # she had it all along
    ],
)
def test_a_conversation_is_taken_only_from_whom_the_agent_saw(held_by, seen, why):
    result = acted(waits(held_by=held_by), AgentActionType.TAKE_OVER, holder=seen)

    assert why_not(result) == why
    assert result.session.held_by == ("ali" if why else "mona")


# -- answering


def test_an_answer_is_sent_and_hands_the_conversation_back():
    result = acted(waits(held_by="mona"), AgentActionType.ANSWER)

    assert (result.session.state, result.session.held_by) == (State.ACTIVE, None)
    assert (result.session.waiting_since, result.session.escalation) == (None, None)
    assert [(one.id, one.reply.text) for one in result.deliveries] == [
        ("t7.0", "here"),
        ("t7.1", "here I am"),
    ]
    assert {(one.by_agent, one.fence, one.window_until) for one in result.deliveries} == {
        (True, 7, to_ms(OPEN))
    }
    (said,) = result.session.context.message_history
    assert (said.role, said.text, said.message_id) == (Role.AGENT, "here I am", "t7.0")
    # Nobody else's words are cancelled by it.
    assert result.silence == "ends"


def test_an_answer_that_keeps_the_conversation_ends_the_wait():
    result = acted(waits(), AgentActionType.ANSWER, keeps=True)

    assert (result.session.state, result.session.held_by) == (State.WAITING_AGENT, "mona")
    assert result.session.waiting_since is None
    assert result.waits_since_ms() == to_ms(START)


@pytest.mark.parametrize("state", ["NEW", "ACTIVE", "IDLE"])
def test_an_answer_while_the_assistant_talks_is_not_lost_and_takes_over(state):
    result = acted(talks(state=State(state)), AgentActionType.ANSWER, keeps=True)

    assert (result.session.state, result.session.held_by) == (State.WAITING_AGENT, "mona")
    assert len(result.deliveries) == 2
    assert result.silence == "begins"


@pytest.mark.parametrize(
    ("until", "why"),
    [(START + MS, None), (START, "window"), (START - MS, "window"), (None, "window")],
    ids=["open", "just closed", "closed", "never open"],
)
def test_an_answer_outside_of_the_window_is_declined_to_the_millisecond(until, why):
    result = acted(waits(window_until=until), AgentActionType.ANSWER)

    assert why_not(result) == why
    assert bool(result.deliveries) is (why is None)


def test_without_a_route_nothing_is_sent():
    assert why_not(acted(waits(route=None), AgentActionType.ANSWER)) == "window"


def test_nothing_is_sent_to_a_customer_who_has_opted_out():
    assert why_not(acted(waits(), AgentActionType.ANSWER, opted_out=True)) == "opted_out"


# -- handing back and closing


def test_a_conversation_that_is_handed_back_is_the_assistants():
    result = acted(waits(held_by="mona"), AgentActionType.HAND_BACK)

    assert (result.session.state, result.session.held_by) == (State.ACTIVE, None)
    assert result.event.state == (State.WAITING_AGENT, State.ACTIVE)
    assert result.silence is None


@pytest.mark.parametrize("state", ["NEW", "ACTIVE", "IDLE"])
def test_what_the_assistant_has_cannot_be_handed_back(state):
    assert why_not(acted(talks(state=State(state)), AgentActionType.HAND_BACK)) == "state"


@pytest.mark.parametrize("found", [talks(), waits(), waits(held_by="mona")])
def test_an_agent_closes(found):
    result = acted(found, AgentActionType.CLOSE)

    assert (result.session.state, result.session.held_by) == (State.CLOSED, None)
    assert result.event.closed == "closed by an agent"


@pytest.mark.parametrize("action_type", OTHERS)
def test_what_another_agent_has_is_left_alone(action_type):
    found = waits(held_by="ali")
    result = acted(found, action_type)

    assert why_not(result) == "held"
    assert (result.session, result.deliveries) == (found, ())


@pytest.mark.parametrize("found", [None, talks(state=State.CLOSED)], ids=["nothing kept", "closed"])
@pytest.mark.parametrize(
    "action_type",
    [
        action_type
        for action_type in AgentActionType
        if action_type
        not in (
            AgentActionType.FORGET,
            AgentActionType.PAST,
            AgentActionType.PREFERENCE,
            AgentActionType.SEND,
        )
    ],
)
def test_actions_on_a_closed_session_are_declined(found, action_type):
    result = acted(found, action_type)

    assert (why_not(result), result.session) == ("gone", found)
    assert (result.deliveries, result.consumed) == ((), 1)


# -- from the phone


@pytest.mark.parametrize(("held_by", "after"), [(None, PHONE), (PHONE, PHONE), ("mona", "mona")])
def test_an_echo_is_noted_and_the_phone_has_it_unless_an_agent_does(held_by, after):
    received = START - timedelta(seconds=3)
    result = acted(waits(held_by=held_by), AgentActionType.ECHO, id="wamid.E", received_at=to_ms(received))

    assert (result.session.held_by, result.session.waiting_since) == (after, None)
    (said,) = result.session.context.message_history
    assert (said.role, said.text, said.message_id) == (Role.AGENT, "here I am", "wamid.E")
    assert said.timestamp == received
    assert (result.deliveries, result.silence) == ((), "begins")
    assert (result.event.by, result.event.channels) == (PHONE, ("meta",))


# -- agents who are late


@pytest.mark.parametrize(("then", "state"), [("back", State.ACTIVE), ("stay", State.WAITING_AGENT)])
def test_a_customer_without_an_answer_is_told(then, state):
    found = waits(waiting_since=START - POLICY.agent_timeout, held_by="mona")
    result = acted(found, AgentActionType.TIME_OUT, policy=Policy(agent_timeout_then=then))

    assert (result.session.state, result.session.waiting_since) == (state, None)
    assert result.session.held_by == ("mona" if then == "stay" else None)
    # It is the system that says so: whoever takes over now cancels it.
    assert {one.by_agent for one in result.deliveries} == {False}
    assert result.session.context.message_history[-1].role is Role.ASSISTANT
    assert result.event.by is None


@pytest.mark.parametrize("found", [talks(), waits(), waits(waiting_since=None)])
def test_without_a_long_wait_the_customer_is_not_told(found):
    result = acted(found, AgentActionType.TIME_OUT)

    assert (why_not(result), result.session, result.deliveries) == ("state", found, ())


def test_the_time_of_the_action_counts_if_it_is_ahead():
    late = START + POLICY.agent_timeout

    result = acted(
        waits(waiting_since=START),
        AgentActionType.TIME_OUT,
        now=late - timedelta(seconds=2),
        received_at=to_ms(late),
    )

    assert why_not(result) is None


@pytest.mark.parametrize("change", [{"window_until": START}, {"route": None}, {"opted_out": True}])
def test_a_customer_who_cannot_be_told_returns_to_the_assistant_anyway(change):
    opted_out = change.pop("opted_out", False)
    found = waits(waiting_since=START - POLICY.agent_timeout, **change)

    result = acted(found, AgentActionType.TIME_OUT, opted_out=opted_out)

    assert (result.session.state, result.deliveries) == (State.ACTIVE, ())


# -- what the event stream says


def test_the_event_says_what_was_done_by_whom_and_never_the_words():
    result = acted(waits(), AgentActionType.ANSWER, id="a1")

    expiry = to_ms(START + POLICY.keep_for)
    assert result.event.to_fields() == {
        "received": '["a1"]',
        "kinds": '["answer"]',
        "channels": '["desk"]',
        "came": f"[{to_ms(START)}]",
        "action": "answer",
        "action_id": "a1",
        "by": "mona",
        "state": "WAITING_AGENT>ACTIVE",
        "replied": '["t7.0","t7.1"]',
        "queued": str(to_ms(START)),
        "kept": f"ACTIVE@{expiry}",
        "was": f"WAITING_AGENT@{expiry}",
    }


def test_giving_up_an_action_leaves_the_conversation_unchanged():
    found, letter = waits(), ActionLetter()

    result = declined(
        found, action(AgentActionType.TAKE_OVER), Declined.FAILED, opted_out=True, dead=[letter]
    )

    assert (why_not(result), result.session, result.dead) == ("failed", found, (letter,))
    # What its arrival has silenced is heard again.
    assert (result.silence, result.opted_out, result.waited) == ("ends", True, True)


# -- whatever people do

AGENTS = ["mona", "ali", "eve"]
steps = st.one_of(
    st.tuples(
        st.sampled_from([AgentActionType.TAKE_OVER, *OTHERS]),
        st.sampled_from(AGENTS),
        st.sampled_from(["", *AGENTS]),
        st.booleans(),
    ),
    st.tuples(
        st.sampled_from([AgentActionType.ECHO, AgentActionType.TIME_OUT]),
        st.just(""),
        st.just(""),
        st.booleans(),
    ),
)


@given(st.lists(steps, max_size=30), st.integers(0, 10))
def test_two_agents_never_have_a_conversation_nor_answer_over_each_other(script, minutes):
    kept, now = talks(), START
    for action_type, agent, seen, keeps in script:
        before, now = kept, now + timedelta(minutes=minutes)
        result = acted(
            kept.change(window_until=now + MS) if kept else None,
            action_type,
            now=now,
            keeps=keeps,
            holder=seen,
            **({"agent": agent} if agent else {}),
        )
        kept = result.session
        if any(one.by_agent for one in result.deliveries):
            assert before.held_by in (None, agent)
        if kept.held_by != before.held_by and kept.state is State.WAITING_AGENT and before.held_by:
            # Only who saw who has it takes it away.
            assert (action_type, seen) == (AgentActionType.TAKE_OVER, before.held_by)
        if why_not(result):
            assert result.deliveries == ()
            assert kept.held_by == before.held_by
        # Somebody has it only while the assistant is silent.
        assert kept.held_by is None or kept.state is State.WAITING_AGENT
