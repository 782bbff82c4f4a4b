"""What providers report about a conversation besides messages: another app, earlier messages, wishes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.admission import admit
from session.agent_actions import APP, AgentActionType
from session.agent_rules import act
from session.history import HistoryEntry, Role
from session.limits import Usages
from session.marketing import Marketing
from session.models import State
from session.outgoing import TurnContext
from session.policy import Policy
from session.records import to_ms
from session.refusing import turn_away
from session.reported_actions import MEDIUM, interleaved
from tests.clocks import START
from tests.values import CUSTOMER, ROUTE, action, message, session

POLICY = Policy()
CONTROL_TAKEN, CONTROL_PASSED = AgentActionType.CONTROL_TAKEN, AgentActionType.CONTROL_PASSED
PAST, PREFERENCE = AgentActionType.PAST, AgentActionType.PREFERENCE


def acted(found, action_type, *, agent=APP, **fields):
    context = TurnContext(turn="t9", fence=9, now=START, policy=POLICY, render=lambda _, reply: [reply])
    return act(found, action(action_type, agent=agent, **fields), context, opted_out=False)


def said(id_, seconds, text="x", role=Role.USER):
    return HistoryEntry(role=role, text=text, timestamp=START + timedelta(seconds=seconds), message_id=id_)


def with_app(**fields):
    return session(route=ROUTE, **{"state": State.WAITING_AGENT, "held_by": APP} | fields)


# -- another app


@pytest.mark.parametrize(
    ("held_by", "after"), [(None, APP), (APP, APP), ("mona", "mona"), ("phone", "phone")]
)
@pytest.mark.parametrize("action_type", [CONTROL_TAKEN, AgentActionType.OVERHEARD])
def test_another_app_has_it_unless_somebody_does_and_the_assistant_is_silent(held_by, after, action_type):
    state = State.WAITING_AGENT if held_by else State.ACTIVE
    result = acted(session(route=ROUTE, state=state, held_by=held_by), action_type)

    assert (result.session.state, result.session.held_by) == (State.WAITING_AGENT, after)
    assert result.session.waiting_since is None
    assert (result.silence, result.deliveries) == ("begins", ())


def test_what_another_app_wrote_is_kept_as_its_own():
    (entry,) = acted(
        session(route=ROUTE, state=State.ACTIVE), AgentActionType.OVERHEARD, text="Hi"
    ).session.context.message_history

    assert (entry.role, entry.agent, entry.text, entry.state) == (Role.AGENT, APP, "Hi", None)


@pytest.mark.parametrize("held_by", ["mona", "phone", None])
def test_only_the_app_that_has_it_gives_it_back(held_by):
    assert acted(with_app(), CONTROL_PASSED).session.state is State.ACTIVE

    found = with_app(held_by=held_by)
    declined = acted(found, CONTROL_PASSED)
    assert (declined.event.declined, declined.session) == ("state", found)


def test_no_time_out_speaks_where_another_app_has_it():
    waits = with_app(waiting_since=START - timedelta(hours=9))

    result = acted(waits, AgentActionType.TIME_OUT, agent="")

    assert (result.event.declined, result.deliveries) == ("state", ())


def admitted(found, *messages):
    return admit(
        found, messages, Usages(), now=START, new_id="s2", policy=POLICY, wants_human=lambda _: False
    )


def test_what_another_app_answers_is_kept_and_neither_answered_nor_counted():
    result = admitted(None, message("m1").model_copy(update={"standby": True}))

    assert (result.answer, result.uses) == ((), {"messages": 0})
    assert (result.session.held_by, result.session.waiting_since) == (APP, None)
    assert len(result.session.context.message_history) == 1


def test_a_message_that_is_ours_ends_the_silence_and_earlier_ones_stay_unanswered():
    result = admitted(with_app(), message("m1").model_copy(update={"standby": True}), message("m2"))

    assert [one.id for one in result.answer] == ["m2"]
    assert (result.session.state, result.session.held_by) == (State.ACTIVE, None)


def test_an_edit_alone_changes_nobodys_turn():
    assert admitted(with_app(), message("m1", kind="edit", reply_to="m0")).session.held_by == APP


def test_a_stranger_to_another_app_is_not_refused_by_us():
    messages = [message("m1").model_copy(update={"standby": True})]

    assert turn_away(messages, Usages(), now=START, policy=POLICY).tell is False


# -- earlier messages


ENTRIES = st.lists(
    st.tuples(st.integers(0, 30), st.integers(-50, 50)), max_size=12, unique_by=lambda one: one[0]
)


@given(ENTRIES, ENTRIES)
def test_older_messages_come_in_the_order_of_time_and_nothing_is_lost_doubled_or_moved(history, past):
    kept = tuple(said(f"m{id_}", seconds, "kept") for id_, seconds in history)
    more = [said(f"m{id_}", seconds, "past") for id_, seconds in past]

    merged = interleaved(kept, more)

    assert [one for one in merged if one.text == "kept"] == list(kept)
    assert sorted(one.message_id for one in merged) == sorted({one.message_id for one in (*kept, *more)})
    new = [one for one in merged if one.text == "past"]
    assert new == sorted(new, key=lambda one: one.timestamp)
    for place, one in enumerate(merged):
        if one.text == "past":
            assert all(other.timestamp <= one.timestamp for other in merged[:place][-1:])
    assert interleaved(merged, more) == merged


def test_an_attachment_replaces_its_place_and_nothing_else_is_replaced():
    kept = (said("m1", 0, MEDIUM), said("m2", 1, "mine"))

    merged = interleaved(kept, [said("m1", 0, "the kitchen"), said("m2", 1, "another")])

    assert [one.text for one in merged] == ["the kitchen", "mine"]


@pytest.mark.parametrize("found", [session(route=ROUTE, state=State.ACTIVE), session(state=State.CLOSED)])
def test_older_messages_change_nothing_but_the_history(found):
    result = acted(found, PAST, past=(said("m1", -9),))

    assert result.session == found.change_context(message_history=(said("m1", -9),))
    assert (result.deliveries, result.uses, result.silence) == ((), {}, None)


def test_older_messages_of_somebody_new_create_a_session_that_nobody_has_begun():
    result = acted(None, PAST, past=tuple(said(f"m{n}", n) for n in range(30)))

    assert (result.session.state, result.session.customer_id, result.session.id) == (
        State.NEW,
        CUSTOMER,
        "t9",
    )
    assert (result.session.route, result.session.window_until, result.session.message_count) == (
        None,
        None,
        0,
    )
    assert [one.message_id for one in result.session.context.message_history] == [
        f"m{n}" for n in range(10, 30)
    ]
    assert result.event.created == "t9"


# -- wishes


@pytest.mark.parametrize("found", [None, session(state=State.CLOSED), session(route=ROUTE)])
def test_a_wish_needs_no_session(found):
    wish = Marketing(wish="stop", at=to_ms(START))

    result = acted_wish(found, wish)

    assert (result.marketing, result.session, result.event.wish) == (wish, found, "stop")


def acted_wish(found, wish, known=None):
    context = TurnContext(
        turn="t9", fence=9, now=START, policy=POLICY, render=lambda _, reply: [reply], marketing=known
    )
    return act(found, action(PREFERENCE, agent="", marketing=wish), context, opted_out=False)


@pytest.mark.parametrize(("ago", "kept"), [(-1, True), (0, True), (1, False)])
def test_a_wish_replaces_a_known_one_unless_that_is_newer(ago, kept):
    known = Marketing(wish="stop", at=to_ms(START))
    wish = Marketing(wish="resume", at=to_ms(START) - ago)

    assert (acted_wish(None, wish, known).marketing == wish) is kept
