"""Two sessions of one customer become one: nothing of either is lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.conversations import conversation_of
from session.history import HistoryEntry, Role
from session.limits import LIMITS
from session.merging import left, merge_sessions, merged
from session.messages import Route
from session.models import SearchEntry, Session, State, Waiting
from session.outgoing import TurnContext
from session.parcels import Parcel, parcel_in
from session.policy import Policy
from session.timers import Planned, read_timers, record_of
from tests.clocks import START
from tests.values import CONVERSATION, CUSTOMER, ROUTE, action, delivery, session

OTHER = "US.77ab"
POLICY = Policy(message_history=8, search_history=4)
CONTEXT = TurnContext(turn="t9", fence=7, now=START, policy=POLICY, render=lambda _, reply: (reply,))
MERGE = action("merge", id="merge:1", other=OTHER, agent="")

MOMENTS = st.integers(0, 100).map(lambda seconds: START + timedelta(seconds=seconds))


@st.composite
def sessions(draw, name):
    times = sorted(draw(st.lists(MOMENTS, max_size=6)))
    searches = sorted(draw(st.lists(MOMENTS, max_size=4)))
    state = draw(st.sampled_from([State.NEW, State.ACTIVE, State.IDLE, State.WAITING_AGENT]))
    waits = state is State.WAITING_AGENT
    began = draw(MOMENTS)
    made = session(OTHER, now=began).change(
        id=name,
        state=state,
        last_activity=max([began, *times]),
        message_count=draw(st.integers(0, 50)),
        search_count=len(searches),
        route=draw(st.sampled_from([None, ROUTE])),
        held_by=draw(st.sampled_from([None, f"agent {name}"])) if waits else None,
        waiting_since=draw(st.none() | MOMENTS) if waits else None,
        window_until=draw(st.none() | MOMENTS),
    )
    said = [
        HistoryEntry(role=Role.USER, text=name, timestamp=at, message_id=f"{name}{n}")
        for n, at in enumerate(times)
    ]
    return made.change_context(
        message_history=tuple(said),
        search_history=tuple(SearchEntry(query=name, timestamp=at) for at in searches),
    ).with_facts(
        type(made.context.extracted_info), draw(st.dictionaries(st.sampled_from(["a", "b"]), st.just(name)))
    )


@given(sessions("one"), sessions("two"))
def test_what_either_has_the_merged_one_has(one, two):
    both = merge_sessions(one, two, CONVERSATION, POLICY)
    assert both is not None
    older = min(one, two, key=lambda each: each.created_at)

    assert (both.id, both.created_at, both.conversation) == (older.id, older.created_at, CONVERSATION)
    assert both.message_count == one.message_count + two.message_count
    assert both.search_count == one.search_count + two.search_count
    assert both.last_activity == max(one.last_activity, two.last_activity)
    assert (both.state is State.WAITING_AGENT) is (State.WAITING_AGENT in (one.state, two.state))
    assert (both.held_by is None) is (one.held_by is two.held_by is None)
    assert both.held_by is None or both.agent_id in (one.agent_id, two.agent_id)
    assert (both.route is None) is (one.route is two.route is None)
    said = both.context.message_history
    every = sorted(
        [*one.context.message_history, *two.context.message_history], key=lambda each: each.timestamp
    )
    assert [each.timestamp for each in said] == [each.timestamp for each in every][-POLICY.message_history :]
    for each in (one, two):
        ids = [entry.message_id for entry in said if entry.text == each.id]
        own = [entry.message_id for entry in each.context.message_history]
        assert ids == own[len(own) - len(ids) :]
    facts = both.context.extracted_info.stored()
    assert facts.keys() == {*one.context.extracted_info.stored(), *two.context.extracted_info.stored()}
    assert older.context.extracted_info.stored().items() <= facts.items()
    assert Session.model_validate_json(both.to_json()) == both


@given(sessions("one"), sessions("two"))
def test_the_order_does_not_matter(one, two):
    if one.created_at == two.created_at:
        return
    after, before = (merge_sessions(*pair, CONVERSATION, POLICY) for pair in ((one, two), (two, one)))

    assert after is not None
    assert before is not None
    assert after.change(route=None, context=before.context) == before.change(route=None)
    times = [[each.timestamp for each in both.context.message_history] for both in (after, before)]
    assert times[0] == times[1]


@given(sessions("one"))
def test_what_was_received_under_both_names_is_in_the_history_once(one):
    both = merge_sessions(one, one, CONVERSATION, POLICY)

    assert both is not None
    assert both.context.message_history == one.context.message_history


@given(sessions("one"))
def test_one_alone_only_changes_its_name(one):
    for pair in ((one, None), (None, one)):
        both = merge_sessions(*pair, CONVERSATION, POLICY)
        assert both == one.change(customer_id=CUSTOMER)
    assert merge_sessions(None, None, CONVERSATION, POLICY) is None


def test_a_session_that_is_over_does_not_go_on():
    over = session(OTHER, state=State.CLOSED, message_count=5)
    new = session(CUSTOMER, now=START + timedelta(days=1)).change(id="s2", state=State.ACTIVE)

    assert merge_sessions(over, new, CONVERSATION, POLICY) == new


def parcel(*replies, **more):
    entries = [one.model_copy(update={"conversation": conversation_of(OTHER)}).to_json() for one in replies]
    return Parcel(outbox=tuple(entries), **more)


@pytest.mark.parametrize("held_by", [None, "mona"])
def test_a_takeover_there_cancels_the_timers_here_that_say_so(held_by):
    there = session(OTHER).change(state=State.WAITING_AGENT if held_by else State.ACTIVE, held_by=held_by)
    own = session(CUSTOMER, route=ROUTE)
    plan = Planned(name="a", at=START, meant=START, until_takeover=True)
    known = read_timers(["a", record_of(plan, own, id="timer:t1.0", now=START).to_json()])

    done = merged(
        parcel(session=there.to_json()),
        MERGE,
        own,
        replace(CONTEXT, timers=known),
        opted_out=False,
        finished=(),
    )

    assert done.result.timers.gone == (("a",) if held_by else ())


def test_replies_come_along_as_those_of_this_conversation():
    done = merged(
        parcel(delivery("a.0"), delivery("a.1")), MERGE, None, CONTEXT, opted_out=False, finished=()
    )

    assert [one.id for one in done.result.deliveries] == ["a.0", "a.1"]
    assert {one.conversation for one in done.result.deliveries} == {CONVERSATION}
    assert {one.fence for one in done.result.deliveries} == {7}
    assert {one.route for one in done.result.deliveries} == {ROUTE}


def test_what_a_takeover_cancelled_there_stays_cancelled():
    by_agent = delivery("a.1").model_copy(update={"by_agent": True})
    came = parcel(delivery("a.0"), by_agent, silence="all")

    done = merged(came, MERGE, None, CONTEXT, opted_out=False, finished=())

    assert [one.id for one in done.result.deliveries] == ["a.1"]
    assert [one.id for one in done.cancelled] == ["a.0"]


def test_what_an_agent_has_here_cancels_what_the_assistant_wanted_to_say_there():
    held = session(CUSTOMER, state=State.WAITING_AGENT, held_by="mona")

    done = merged(parcel(delivery("a.0")), MERGE, held, CONTEXT, opted_out=False, finished=())

    assert [one.id for one in done.cancelled] == ["a.0"]
    assert done.result.silence is None


def test_what_an_agent_has_there_silences_the_assistant_here():
    held = session(OTHER, state=State.WAITING_AGENT, held_by="mona")

    done = merged(Parcel(session=held.to_json()), MERGE, session(), CONTEXT, opted_out=False, finished=())

    assert done.result.silence == "begins"
    assert done.result.session is not None
    assert done.result.session.held_by == "mona"


def test_an_opt_out_there_is_one_here():
    done = merged(Parcel(opted_out=True), MERGE, session(), CONTEXT, opted_out=False, finished=())

    assert (done.result.opted_out, done.result.consent) == (True, "out")


def test_after_a_change_of_the_number_everything_is_addressed_to_the_new_one():
    was = session(OTHER, route=ROUTE)
    moved = action("merge", id="merge:1", other=OTHER, agent="", moved_to="201009999999")

    done = merged(
        parcel(delivery("a.0"), session=was.to_json()), moved, None, CONTEXT, opted_out=False, finished=()
    )

    after = done.result.session
    assert after is not None
    assert after.route == Route(channel="meta", sender=ROUTE.sender, address="201009999999")
    assert after.moved_from == OTHER
    assert [one.route.address for one in done.result.deliveries] == ["201009999999"]


def test_a_route_of_another_provider_keeps_its_form():
    on_twilio = Route(channel="twilio", sender="+1", address="whatsapp:+20100")
    moved = action("merge", id="merge:1", other=OTHER, agent="", moved_to="201001234567")

    done = merged(
        Parcel(session=session(OTHER, route=on_twilio).to_json()),
        moved,
        None,
        CONTEXT,
        opted_out=False,
        finished=(),
    )

    assert done.result.session is not None
    assert done.result.session.route == on_twilio.model_copy(update={"address": f"whatsapp:{CUSTOMER}"})


def test_a_reply_that_cannot_be_read_is_a_dead_letter():
    out = action("merge_out", id="merge:1", customer=OTHER, other=CUSTOMER, agent="")

    result = left(Parcel(outbox=("{",)), out, START, POLICY, finished=())

    assert [(one.kind, one.raw) for one in result.dead] == [("unreadable", "{")]


def test_empty_lists_of_scripts_are_read():
    raw = '{"session":"","optedOut":true,"outbox":{},"seen":["a","1"],"usages":["3","5","x",""]}'

    found = parcel_in(raw)

    assert (found.outbox, found.opted_out, found.seen) == ((), True, ("a", "1"))
    # A limit of a later release has no uses there.
    nothing = [(0, 0)] * (len(LIMITS) - 1)
    assert [(usage.used, usage.until) for usage in found.used()] == [(3, 5), *nothing]
    assert parcel_in("{") == Parcel()


def test_bytes_that_are_no_text_cost_the_customer_nothing_else():
    found = parcel_in('{"session":"","optedOut":true,"outbox":["\udcff{"],"seen":["\udcff","1"]}')

    assert (found.opted_out, found.outbox, found.seen) == (True, ("\udcff{",), ("\udcff", "1"))


def test_of_two_who_wait_everything_is_open_and_whatever_was_said_in_either_was_said():
    one = session(CUSTOMER).change(state=State.WAITING_AGENT, wait=Waiting(told=True, open=("a", "b")))
    other = session(OTHER).change(state=State.WAITING_AGENT, wait=Waiting(handed_over=True, open=("b", "c")))
    active = session(OTHER).change(state=State.ACTIVE)

    both = merge_sessions(one, other, CONVERSATION, POLICY)
    single = merge_sessions(one, active, CONVERSATION, POLICY)

    assert both
    assert both.wait == Waiting(handed_over=True, told=True, open=("a", "b", "c"))
    assert single
    assert (single.state, single.wait) == (State.WAITING_AGENT, one.wait)
