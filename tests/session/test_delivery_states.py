"""What really reached the customer: the state of each thing that was said, as a turn is told it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session import testing
from session.delivery_states import (
    NOTHING_KNOWN,
    DeliveryStates,
    furthest_behind,
    parts_of,
    with_states,
)
from session.events import ReplyCancelled, ReplyFailed, ReplySent
from session.history import HistoryEntry, Role
from session.messages import DeliveryState, Status
from session.outgoing import Silence
from tests.clocks import START
from tests.values import CONVERSATION, action, delivery, message, session, turn_result

SENT, CANCELLED, FAILED = DeliveryState.SENT, DeliveryState.CANCELLED, DeliveryState.FAILED


def said(id_, role=Role.ASSISTANT):
    return HistoryEntry(role=role, content=id_, timestamp=START, message_id=id_)


def states_of(history, known):
    return [entry.state for entry in with_states(tuple(history), known)]


def test_each_reply_has_the_state_of_its_delivery_and_nothing_else_has_one():
    history = [said("wamid.1", Role.USER), said("t1.0"), said("t2.0", Role.AGENT), said("t3.0")]

    assert states_of(history, DeliveryStates(settled="t1.0 read t2.0 cancelled wamid.1 sent")) == [
        None,
        DeliveryState.READ,
        CANCELLED,
        None,
    ]


def test_a_reply_of_several_messages_is_as_far_as_the_last_of_them():
    history = [said("t1.0"), said("t1.2")]

    known = DeliveryStates(settled="t1.0 read t1.1 failed t1.2 delivered t1.3 sent t10.1 failed")

    assert states_of(history, known) == [FAILED, SENT]


def test_a_part_whose_reply_has_left_the_history_belongs_to_no_other_reply():
    assert states_of([said("t1.2")], DeliveryStates(settled="t1.0 failed t1.1 failed t1.2 sent")) == [SENT]


def test_what_waits_is_queued_and_what_a_takeover_or_a_stop_covers_is_cancelled():
    waiting = [delivery(f"t{n}.0").model_copy(update={"fence": n}) for n in (1, 2, 3)]
    of_agent = delivery("t4.0").model_copy(update={"fence": 1, "by_agent": True})
    unsent = tuple(one.to_json() for one in (*waiting, of_agent))
    history = [*(said(f"t{n}.0") for n in (1, 2, 3)), said("t4.0", Role.AGENT)]
    queued = DeliveryState.QUEUED

    of_takeover = DeliveryStates(unsent=unsent, silence=Silence("3", ""))
    of_stop = DeliveryStates(unsent=unsent, silence=Silence("", "3"))
    assert states_of(history, of_takeover) == [CANCELLED, CANCELLED, queued, queued]
    assert states_of(history, of_stop) == [CANCELLED, CANCELLED, queued, CANCELLED]


def test_a_send_in_doubt_is_not_cancelled_by_a_takeover_because_it_may_have_arrived():
    known = DeliveryStates(settled="t1.0 unknown", unsent=(delivery().to_json(),), silence=Silence("all"))

    assert states_of([said("t1.0")], known) == [DeliveryState.IN_DOUBT]


@pytest.mark.parametrize("settled", ["", "t1.0", "t1.0 teleported", "  ", "t1.0 sent t2.0"])
def test_states_that_this_release_does_not_know_are_left_out(settled):
    states_of([said("t1.0"), said("t2.0")], DeliveryStates(settled=settled, unsent=("{", "[]", '{"id":1}')))


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_every_part_belongs_to_the_reply_that_began_last_before_it(begins, ends):
    entries = [f"t.{n}" for n in begins]
    found = parts_of(entries, [f"t.{n}" for n in begins | ends])

    assert set(found) == set(entries)
    edges = [*sorted(begins), 1000]
    for first, following in pairwise(edges):
        assert found[f"t.{first}"] == [f"t.{n}" for n in sorted(begins | ends) if first <= n < following]


def test_nothing_is_behind_nothing():
    assert furthest_behind([]) is None
    assert with_states((said("t1.0"),), NOTHING_KNOWN) == (said("t1.0"),)


def test_a_state_is_not_stored_with_the_session():
    kept = session().change_context(message_history=(said("t1.0").model_copy(update={"state": SENT}),))

    assert '"state":"sent"' not in kept.to_json()


# What the scripts tell


@pytest.fixture
def takes(stores, clock):
    """Returns a function that takes the next turn."""

    def take(*received):
        stores.mailboxes.receive([message(id_) for id_ in received], now=clock.now())
        return stores.turns.take(CONVERSATION, holder="w", now=clock.now())

    return take


@pytest.fixture
def courier(stores, clock):
    """Returns a function that settles the first delivery of the outbox."""

    def settle(state, event):
        taken = stores.outbox.take(CONVERSATION, holder="c", now=clock.now())
        stores.outbox.settle(taken.deliveries[0], taken.lease, state, event=event, now=clock.now())

    return settle


def replies(stores, clock, taken, *ids, **fields):
    result = turn_result(replies=tuple(delivery(id_) for id_ in ids), **fields)
    return stores.turns.commit(CONVERSATION, taken.lease, result, now=clock.now())


def test_a_turn_knows_what_became_of_the_earlier_replies(stores, clock, takes, courier):
    replies(stores, clock, takes("m1"), "t1.0", "t1.1", "t1.2", "t1.3")
    courier(SENT, ReplySent(delivery="t1.0", sent="wamid.A"))
    courier(CANCELLED, ReplyCancelled(cancelled=("t1.1",)))
    courier(FAILED, ReplyFailed(delivery="t1.2", failed="131000: no"))
    status = Status(
        conversation=CONVERSATION, delivery="t1.0", provider_id="wamid.A", state=DeliveryState.READ, at=0
    )
    stores.statuses.note(status, now=clock.now())

    assert takes("m2").states.by_delivery() == {
        "t1.0": DeliveryState.READ,
        "t1.1": CANCELLED,
        "t1.2": FAILED,
        "t1.3": DeliveryState.QUEUED,
    }


def test_a_turn_that_follows_at_once_knows_the_same(stores, clock, takes, courier):
    replies(stores, clock, takes("m1"), "t1.0")
    courier(SENT, ReplySent(delivery="t1.0", sent="wamid.A"))
    taken = takes("m2", "m3")

    committed = replies(stores, clock, taken, "t2.0")

    assert committed.next_turn.states.by_delivery() == {"t1.0": SENT, "t2.0": DeliveryState.QUEUED}


def test_a_reply_that_waits_is_cancelled_as_soon_as_an_agent_has_taken_over(stores, clock, takes):
    replies(stores, clock, takes("m1"), "t1.0")
    stores.mailboxes.receive([action()], now=clock.now())

    assert takes().states.by_delivery() == {"t1.0": CANCELLED}


@pytest.mark.parametrize("key", ["deliveries", "provider_ids", "silence", "stop"])
def test_a_key_of_a_wrong_type_costs_the_knowledge_and_not_the_turn(stores, clock, takes, key):
    replies(stores, clock, takes("m1"), "t1.0")
    stores.client.lpush(f"{key}:{CONVERSATION}", "x")
    stores.client.expire(f"{key}:{CONVERSATION}", 60)
    stores.mailboxes.receive([message("m2", reply_to="wamid.A")], now=clock.now())

    assert [one.id for one in takes().messages] == ["m2"]


# Which of our replies a message points at


def test_a_message_that_points_at_a_reply_brings_the_delivery(stores, clock, takes, courier):
    replies(stores, clock, takes("m1"), "t1.0", "t1.1")
    courier(SENT, ReplySent(delivery="t1.0", sent="wamid." + "A" * 200))
    courier(SENT, ReplySent(delivery="t1.1", sent="wamid.B"))

    quotes = [message("m2", reply_to="wamid." + "A" * 200), message("m3", reply_to="wamid.of others")]
    stores.mailboxes.receive(quotes, now=clock.now())

    assert takes().states.replies == {"wamid." + "A" * 200: "t1.0"}


def test_customers_cannot_write_what_looks_like_a_quote(stores, clock, takes, courier):
    replies(stores, clock, takes("m1"), "t1.0")
    courier(SENT, ReplySent(delivery="t1.0", sent="wamid.A"))
    stores.mailboxes.receive([message("m2", '"replyTo":"wamid.A"')], now=clock.now())

    assert takes().states.replies == {}


def test_a_send_whose_answer_was_lost_is_known_by_its_status(stores, clock, takes):
    replies(stores, clock, takes("m1"), "t1.0")
    taken = stores.outbox.take(CONVERSATION, holder="c", now=clock.now())
    stores.outbox.postpone(
        taken.deliveries[0], taken.lease, wait=START - START, attempts=1, doubts=1, now=clock.now()
    )
    status = Status(conversation=CONVERSATION, delivery="t1.0", provider_id="wamid.A", state=SENT, at=0)
    stores.statuses.note(status, now=clock.now())
    stores.mailboxes.receive([message("m2", reply_to="wamid.A")], now=clock.now())

    assert takes().states.replies == {"wamid.A": "t1.0"}


def test_the_newest_hundred_replies_are_known_by_their_ids(stores, clock, takes, courier):
    replies(stores, clock, takes("m1"), *(f"t1.{n}" for n in range(102)))
    for n in range(102):
        courier(SENT, ReplySent(delivery=f"t1.{n}", sent=f"wamid.{n}"))
    stores.mailboxes.receive(
        [message("m2", reply_to="wamid.0"), message("m3", reply_to="wamid.101")], now=clock.now()
    )

    assert takes().states.replies == {"wamid.101": "t1.101"}


def test_an_assistant_sees_the_states_in_its_history():
    turn = testing.turn("and now?", history=["a flat", said("t1.0").model_copy(update={"state": CANCELLED})])

    assert [one.state for one in turn.history] == [None, CANCELLED, None]
