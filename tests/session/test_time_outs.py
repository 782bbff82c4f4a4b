"""A time-out at which the assistant answers what nobody has answered."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import Reply
from session.agent_actions import AgentActionType
from session.agent_rules import act
from session.contents import Text
from session.effects import Effects
from session.history import Role, entry, heard
from session.limits import MESSAGES
from session.machine import AgentAnswered, AgentTookOver, CustomerWrote, Escalated, step
from session.models import State
from session.outgoing import TurnContext
from session.policy import Policy
from session.records import to_ms
from session.spending import Whose
from session.time_outs import admit_open, given_up, settle_open, still_open
from session.waiting import open_messages, questions, with_open
from tests.clocks import START
from tests.values import ROUTE, action, message, read_back, session

POLICY = Policy()
LATE = START + POLICY.agent_timeout
TIME_OUT = action(AgentActionType.TIME_OUT, agent="", received_at=to_ms(LATE))


def context(**more) -> TurnContext:
    return TurnContext(turn="t9", fence=9, now=LATE, policy=POLICY, render=lambda _, reply: (reply,), **more)


def waiting(*texts: str, **fields):
    """Return a session that waits for a person, with messages that nobody has answered."""
    asked = session(route=ROUTE, window_until=START + timedelta(days=1), **fields)
    asked = step(asked.change(state=State.ACTIVE), Escalated(reason="asked"), START, POLICY)
    for n, text in enumerate(texts):
        asked = asked.with_entry(heard(message(f"m{n}", text)), POLICY)
        asked = with_open(asked, [f"m{n}"], most=POLICY.message_history)
    return asked


def admitted(found, **more):
    return admit_open(found, TIME_OUT, context(**more), opted_out=False)


def test_the_assistant_gets_what_is_open_in_its_order_and_as_it_came():
    found = admitted(waiting("one", "two"))

    assert [(one.id, one.text, one.route) for one in found.answer] == [
        ("m0", "one", ROUTE),
        ("m1", "two", ROUTE),
    ]
    assert (found.session.state, found.session.wait) == (State.ACTIVE, None)
    assert found.uses == {MESSAGES.name: 2}


def test_what_is_open_survives_redis():
    assert open_messages(read_back(waiting("one"))) == open_messages(waiting("one"))


@pytest.mark.parametrize(
    "found",
    [
        None,
        waiting(),
        waiting("one").change(state=State.ACTIVE),
        waiting("one").change(waiting_since=LATE),
        waiting("one").change(window_until=START),
        waiting("one").change(route=None),
    ],
    ids=["no session", "nothing open", "does not wait", "not for long enough", "window over", "no way"],
)
def test_nobody_is_asked(found):
    assert admitted(found) is None


def test_nobody_is_asked_at_any_other_action_or_after_a_stop_or_where_people_keep_the_conversation():
    found, stay = waiting("one"), replace(context(), policy=replace(POLICY, agent_timeout_then="stay"))

    assert admit_open(found, action("hand_back"), context(), opted_out=False) is None
    assert admit_open(found, TIME_OUT, context(), opted_out=True) is None
    assert admit_open(found, TIME_OUT, stay, opted_out=False) is None


def test_what_has_left_the_history_or_was_deleted_is_not_asked():
    found = waiting("one", "two")
    deleted = found.context.message_history[0].model_copy(update={"deleted_at": START})
    found = found.change_context(message_history=(deleted, found.context.message_history[1]))

    assert [one.text for one in admitted(found).answer] == ["two"]
    assert admitted(found.change_context(message_history=())) is None


def test_what_is_open_does_not_leave_the_history_behind_what_was_answered_meanwhile():
    found = waiting("one", "two")
    for n in range(POLICY.message_history):
        answer = entry(Role.ASSISTANT, Text(text=f"answer {n}"), at=START, id=f"t{n}.0")
        found = found.with_entry(heard(message(f"a{n}", f"question {n}")), POLICY).with_entry(answer, POLICY)

    assert [one.text for one in admitted(found).answer] == ["one", "two"]
    history = found.context.message_history
    assert len(history) == POLICY.message_history
    assert [one.text for one in history[:3]] == ["one", "two", "question 11"]


def test_if_everything_is_open_the_oldest_leaves_the_history():
    texts = [f"question {n}" for n in range(POLICY.message_history + 2)]
    assert [one.text for one in admitted(waiting(*texts)).answer] == texts[2:]


def test_the_customer_is_told_first_and_the_event_is_that_of_the_action():
    found = admitted(waiting("one"))

    result = settle_open(found, Effects(replies=[Reply(text="re: one")]), TIME_OUT, context())

    assert [one.reply.text for one in result.deliveries][1:] == ["re: one"]
    assert [one.id for one in result.deliveries] == ["t9.0", "t9.1"]
    assert {one.received_at for one in result.deliveries} == {to_ms(LATE)}
    assert (result.consumed, result.waited, result.waits_since_ms()) == (1, True, None)
    event = result.event
    assert (event.action, event.action_id, event.received) == ("time_out", TIME_OUT.id, (TIME_OUT.id,))
    assert (event.asked, event.replied) == (("m0",), ("t9.0", "t9.1"))
    assert event.state == (State.WAITING_AGENT, State.ACTIVE)


def test_an_assistant_that_cannot_answer_leaves_letters_and_an_apology():
    result = given_up(waiting("one"), TIME_OUT, context(), opted_out=False, why="it fails")

    assert "something went wrong" in result.deliveries[1].reply.text
    assert [letter.why for letter in result.dead] == ["it fails"]
    assert result.session.state is State.ACTIVE
    assert given_up(waiting(), TIME_OUT, context(), opted_out=False, why="it fails") is None


def test_who_comes_in_the_middle_finds_open_what_was_open():
    found = waiting("one")

    after = still_open(act(found, TIME_OUT, context(), opted_out=False), found).session

    taken_over = step(after, AgentTookOver(agent_id="mona"), LATE, POLICY)
    assert [one.text for one in open_messages(taken_over)] == ["one"]


def test_what_an_agent_has_answered_is_not_open():
    found = step(waiting("one"), AgentAnswered(agent_id="mona", keeps=True), START, POLICY)

    assert open_messages(found) == ()


def test_the_first_answer_of_a_person_tells_for_how_long_the_customer_waited():
    answer = action("answer", text="Here I am.", received_at=to_ms(LATE))
    first = act(waiting("one"), answer, context(), opted_out=False)
    kept = step(waiting("one"), AgentAnswered(agent_id="mona", keeps=True), START, POLICY)
    asked_again = step(kept, CustomerWrote(new_id="s2"), START, POLICY)

    assert first.event.waited == POLICY.agent_timeout // timedelta(milliseconds=1)
    assert act(asked_again, answer, context(), opted_out=False).event.waited == 0


def test_an_entry_of_a_person_is_never_taken_for_a_message():
    found = waiting("one").with_entry(
        entry(Role.AGENT, Text(text="mine"), at=START, id="m7", agent="mona"), POLICY
    )

    assert [one.text for one in open_messages(with_open(found, ["m7"], most=20))] == ["one"]


def test_while_a_budget_is_used_up_people_keep_the_conversation_and_what_is_open():
    found = waiting("one")

    after = act(found, TIME_OUT, context(used_up=Whose.CUSTOMER), opted_out=False)

    assert admitted(found, used_up=Whose.CUSTOMER) is None
    assert [one.text for one in open_messages(after.session)] == ["one"]
    assert after.session.state is State.WAITING_AGENT


@given(st.lists(st.integers(0, 200), max_size=20), st.integers(0, 3), st.sets(st.integers(0, 20)))
def test_every_message_is_in_one_question_in_its_order_and_the_new_ones_are_the_last(gaps, new, begins):
    at, answer = to_ms(START), []
    for n, gap in enumerate([*gaps, *[0] * new]):
        at += gap * 1000
        answer.append(message(f"m{n}", "x", sent_at=at, received_at=at))
    received = {one.id for one in answer[len(gaps) :]}

    asked = questions(answer, received, {f"m{n}" for n in begins})

    assert [one for question in asked for one in question] == answer
    assert all(asked)
    assert not received or {one.id for one in asked[-1]} == received
    assert len(asked) - bool(received) <= 5


def test_what_was_written_in_one_go_is_one_question_unless_a_turn_with_steps_began_in_it():
    times = [0, 20, 40, 140, 150]
    answer = [
        message(f"m{n}", "x", sent_at=to_ms(START) + 1000 * at, received_at=0) for n, at in enumerate(times)
    ]

    def places(begins):
        return [[one.id for one in question] for question in questions(answer, (), begins)]

    assert places(()) == [["m0", "m1", "m2"], ["m3", "m4"]]
    assert places({"m1"}) == [["m0"], ["m1", "m2"], ["m3", "m4"]]
