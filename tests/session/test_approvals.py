"""What a person must allow first: how an assistant asks, what becomes of it, and that nobody is talked over by it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import Reply, State
from session.agent_actions import AgentActionType, Declined
from session.agent_rules import act
from session.approvals import OPEN_FOR
from session.deciding import admit_decision, settle_decision
from session.effects import Effects
from session.history import Role
from session.outgoing import TurnContext
from session.policy import Policy
from session.testing import Conversation, ask, decision, turn
from session.timers import Planned, record_of
from tests.clocks import START
from tests.values import CUSTOMER, ROUTE, action, session

HOUR = timedelta(hours=1)


def clerk(turn):
    """It asks before it refunds, and does what was decided."""
    if decided := turn.decision:
        if not decided.approved:
            return f"Sorry, not this time. {decided.note}".strip()
        return f"Refunded {decided.data['amount']}, {turn.step('refund', lambda: 'r-1')}."
    if turn.text.startswith("refund"):
        turn.ask_approval("refund", text="Refund 500?", data={"amount": 500})
        return "I have asked a colleague."
    return f"You said {turn.text}."


# -- what an assistant asks


def test_what_is_asked_is_open_until_somebody_decides():
    one = turn("hello")
    one.ask_approval("refund", text="Refund 500?", data={"amount": 500})

    (found,) = one.approvals.values()
    assert (found.name, found.text, found.data) == ("refund", "Refund 500?", {"amount": 500})
    assert found.until == one.now + OPEN_FOR
    assert (one.timers, one.decision) == ({}, None)


def test_asking_again_replaces_what_was_asked_and_it_can_be_withdrawn():
    one = turn("hello")
    one.ask_approval("refund", text="Refund 500?")
    one.ask_approval("refund", text="Refund 700?")

    assert [each.text for each in one.approvals.values()] == ["Refund 700?"]
    assert (one.cancel_later("refund"), one.cancel_later("refund"), one.approvals) == (True, False, {})


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": ""}, "1 to 200"),
        ({"name": "x" * 201}, "1 to 200"),
        ({"text": " "}, "1 to 1000"),
        ({"text": "x" * 1001}, "1 to 1000"),
        ({"text": "\ud800"}, "1 to 1000"),
        ({"data": {1, 2}}, "must be JSON"),
        ({"data": "x" * 8_191}, "at most 8192"),
        ({"name": "a timer"}, "the same name"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(wrong, why):
    one = turn("hello")
    one.later("a timer", in_=HOUR)

    with pytest.raises(ValueError, match=why):
        one.ask_approval(**({"name": "refund", "text": "Refund?"} | wrong))


def test_ten_approvals_are_open_at_once_and_no_timer_takes_the_name_of_one():
    one = turn("hello")
    for number in range(10):
        one.ask_approval(f"{number}", text="?")
    one.ask_approval("7", text="??")

    with pytest.raises(ValueError, match="at most 10 approvals"):
        one.ask_approval("11th", text="?")
    with pytest.raises(ValueError, match="the same name"):
        one.later("7", in_=HOUR)


# -- what becomes of it


def test_the_assistant_does_what_was_approved_and_tells_the_customer():
    talk = Conversation(clerk)

    assert talk.says("refund please").text == "I have asked a colleague."
    answer = talk.decides("refund", note="as agreed")

    assert answer.text == "Refunded 500, r-1."
    assert talk.timers == {}
    kept = talk.session.context.message_history[-2]
    assert (kept.role, kept.text) == (Role.TIMER, "Refund 500?\n[approved by mona] as agreed")


def test_a_no_comes_with_its_note():
    talk = Conversation(clerk)
    talk.says("refund please")

    assert talk.decides("refund", approved=False, note="It is too late.").text == (
        "Sorry, not this time. It is too late."
    )


def test_what_is_decided_once_is_not_open_any_more():
    talk = Conversation(clerk)
    talk.says("refund please")
    talk.decides("refund")

    with pytest.raises(KeyError):
        talk.decides("refund")


def test_what_nobody_decides_in_time_is_a_no_by_nobody():
    talk = Conversation(clerk)
    talk.says("refund please")

    (answer,) = talk.passes(OPEN_FOR)

    assert answer.text == "Sorry, not this time."
    assert talk.session.context.message_history[-2].text == "Refund 500?\n[nobody has decided]"


def test_a_decision_can_be_handed_to_an_assistant_alone():
    one = turn(decision("refund", "Refund 500?", data={"amount": 500}, by="ali"))

    assert (one.decision.by, one.text, one.timer, one.approvals) == ("ali", "", None, {})
    assert ask(clerk, one).text == "Refunded 500, r-1."


def test_where_a_person_has_the_conversation_the_replies_are_for_that_person():
    talk = Conversation(clerk)
    talk.says("refund please")
    talk.session = talk.session.change(
        state=State.WAITING_AGENT, held_by="ali", waiting_since=talk.now, escalation="asked"
    )

    answer = talk.decides("refund")

    assert answer.ids == ()
    assert (answer.session.held_by, answer.session.escalation) == ("ali", "asked")
    kept = talk.session.context.message_history[-1]
    assert kept.text == "Refund 500?\n[approved by mona]\nRefunded 500, r-1."
    assert talk.timers == {}


# -- the rules


def open_approval(found, name="refund"):
    plan = Planned(name=name, at=START + OPEN_FOR, meant=START, text="Refund 500?", asks=True)
    return record_of(plan, found, id=f"timer:t1.{name}", now=START)


def context(*records, **more):
    return TurnContext(
        turn="t7",
        fence=7,
        now=START,
        policy=Policy(),
        render=lambda _, reply: (reply,),
        timers={one.content.name: one for one in records},
        **more,
    )


def decides(which="timer:t1.refund", **fields):
    return action(AgentActionType.DECIDE, timer=which, approved=True, **fields)


def test_a_decision_is_a_turn_of_its_action_and_ends_the_approval():
    found = session(CUSTOMER, state=State.ACTIVE, route=ROUTE)
    known = context(open_approval(found), open_approval(found, "other"))
    admission = admit_decision(found, decides(text="fine"), known, opted_out=False)

    result = settle_decision(admission, Effects(replies=[Reply(text="Done.")]), decides(), known)

    assert (result.consumed, [one.reply.text for one in result.deliveries]) == (1, ["Done."])
    assert result.timers.written == {"refund": ""}
    event = result.event
    assert (event.action, event.approval, event.approved, event.by) == ("decide", "refund", "yes", "mona")
    assert (event.received, event.kinds) == ((decides().id,), ("decide",))


@pytest.mark.parametrize("which", ["timer:t0.refund", "timer:t1.later"])
def test_a_decision_about_what_is_not_open_is_declined(which):
    found = session(CUSTOMER, state=State.ACTIVE, route=ROUTE)
    timer = Planned(name="later", at=START + HOUR, meant=START, text="not asked")
    known = context(open_approval(found), record_of(timer, found, id="timer:t1.later", now=START))

    assert admit_decision(found, decides(which), known, opted_out=False) is None
    result = act(found, decides(which), known, opted_out=False)

    assert (result.event.declined, result.timers.written, result.session) == (Declined.GONE, {}, found)


@pytest.mark.parametrize("found", [None, session(CUSTOMER, state=State.CLOSED, route=ROUTE)])
def test_a_decision_after_the_session_has_ended_by_itself_begins_a_new_one(found):
    known = context(open_approval(session(CUSTOMER, route=ROUTE)))

    admission = admit_decision(found, decides(), known, opted_out=False)

    assert (admission.session.state, admission.began, admission.waiting) == (State.ACTIVE, True, False)


def test_a_decision_may_lead_to_another_question_of_the_same_name():
    def careful(turn):
        if turn.decision and turn.decision.data == 1:
            turn.ask_approval("refund", text="Really?", data=2)
            return None
        if turn.decision:
            return "Refunded."
        turn.ask_approval("refund", text="Refund?", data=1)
        return None

    talk = Conversation(careful)
    talk.says("refund please")

    assert talk.decides("refund").texts == []
    assert talk.decides("refund").text == "Refunded."
    assert talk.timers == {}


@given(
    state=st.sampled_from([State.NEW, State.ACTIVE, State.IDLE, State.CLOSED, State.WAITING_AGENT]),
    holder=st.sampled_from([None, "ali", "mona"]),
    escalates=st.booleans(),
    closes=st.booleans(),
    approved=st.booleans(),
)
def test_nobody_is_talked_over_by_what_an_assistant_does_with_a_decision(
    state, holder, escalates, closes, approved
):
    waits = state is State.WAITING_AGENT
    held = {"held_by": holder, "waiting_since": START} if waits else {}
    found = session(CUSTOMER, state=state, route=ROUTE, **held)
    known = context(open_approval(found))
    admission = admit_decision(found, decides(), known, opted_out=False)
    effects = Effects(replies=[Reply(text="Done."), Reply(text="Anything else?")])
    effects = replace(effects, escalation="help" if escalates else None, closing="done" if closes else None)

    result = settle_decision(admission, effects, decides().model_copy(update={"approved": approved}), known)

    assert bool(result.deliveries) is not waits
    if waits:
        assert (result.session.state, result.session.held_by) == (State.WAITING_AGENT, holder)
        assert result.session.context.message_history[-1].content.outcome == "Done.\nAnything else?"
    assert result.timers.written["refund"] == ""
