"""commit_turn.lua: a whole turn, at once or not at all."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from session.agent_actions import AgentActionType
from session.dead_letters import MessageLetter
from session.event_values import Transition
from session.events import MessagesTaken, ReplySent
from session.leases import Held, Lease, MailboxEmpty, Stale, TurnTaken
from session.limits import MESSAGES, Usage, Usages
from session.messages import DeliveryState
from session.models import Session, State
from session.policy import Policy
from session.records import to_ms
from session.results import Committed
from tests.stores import Stores, everything
from tests.values import CONVERSATION, ROUTE, action, delivery, message, session, turn_result

MS = timedelta(milliseconds=1)
TURN, DELIVER, IDLE_TIMEOUT = f"turn|{CONVERSATION}", f"deliver|{CONVERSATION}", f"lapse|{CONVERSATION}"


@pytest.fixture
def take(stores, clock):
    """Receive messages and take their turn."""

    def take_turn(*ids, holder="w1"):
        stores.mailboxes.receive([message(one) for one in ids], now=clock.now())
        return stores.turns.take(CONVERSATION, holder=holder, now=clock.now())

    return take_turn


def test_a_commit_writes_the_whole_turn(stores, take, clock, policy):
    # Given a turn with two messages
    taken = take("m1", "m2")

    # If I commit it with a session and two replies
    after = session(state=State.ACTIVE, route=ROUTE, message_count=2)
    replies = (delivery("t1.0", "one"), delivery("t1.1", "two"))
    event = MessagesTaken(received=("m1", "m2"), state=Transition(State.NEW, State.ACTIVE))
    turn = turn_result(2, session=after, replies=replies, uses={"messages": 2, "searches": 1}, event=event)
    committed = stores.turns.commit(CONVERSATION, taken.lease, turn, now=clock.now())

    # Then everything is written, and the lease is gone
    assert committed == Committed(wake_delivery=True, left=0, next_turn=None)
    now, held = clock.now(), everything(stores.client)
    assert Session.model_validate_json(held[f"session:{CONVERSATION}"][0]) == after
    assert held[f"session:{CONVERSATION}"][1] == to_ms(now + policy.keep_for)
    assert held[f"outbox:{CONVERSATION}"][0] == [one.to_json() for one in replies]
    assert held["rate:msg:+201001234567"] == ("2", to_ms(now + MESSAGES.window))
    assert held["rate:search:+201001234567"] == ("1", to_ms(now + MESSAGES.window))
    assert stores.waiting_since() == {
        DELIVER: to_ms(now + policy.wake_after),
        IDLE_TIMEOUT: to_ms(now + policy.idle_after),
    }
    assert stores.events() == [
        {
            "conversation": CONVERSATION,
            "at": str(to_ms(now)),
            "received": '["m1","m2"]',
            "state": "NEW>ACTIVE",
        }
    ]
    assert set(held) == {
        f"session:{CONVERSATION}",
        f"outbox:{CONVERSATION}",
        f"seen:{CONVERSATION}",
        "rate:msg:+201001234567",
        "rate:search:+201001234567",
        "due",
        "events",
        "fence",
        "tally",
    }


def test_a_turn_that_says_nothing_queues_nothing(stores, take, clock):
    committed = stores.turns.commit(CONVERSATION, take("m1").lease, turn_result(), now=clock.now())

    assert committed.wake_delivery is False
    assert not stores.client.exists(f"outbox:{CONVERSATION}", "rate:msg:+201001234567", "dead")


def test_a_turn_without_a_session_writes_none(stores, take, clock):
    stores.turns.commit(CONVERSATION, take("m1").lease, turn_result(session=None), now=clock.now())

    assert not stores.client.exists(f"session:{CONVERSATION}")
    assert stores.waiting_since() == {}
    assert stores.turns.take(CONVERSATION, holder="w2", now=clock.now()) == MailboxEmpty()


def test_a_closed_session_is_no_longer_due(stores, take, clock):
    stores.turns.commit(
        CONVERSATION, take("m1").lease, turn_result(session=session(state=State.ACTIVE)), now=clock.now()
    )
    assert IDLE_TIMEOUT in stores.waiting_since()

    closed = session(state=State.CLOSED)
    stores.turns.commit(CONVERSATION, take("m2").lease, turn_result(session=closed), now=clock.now())

    assert IDLE_TIMEOUT not in stores.waiting_since()


@pytest.mark.parametrize(
    "lease",
    [
        Lease(fence=2, holder="w1"),
        Lease(fence=0, holder="w1"),
        Lease(fence=1, holder="w2"),
        Lease(fence=1, holder=""),
    ],
    ids=["later fence", "no fence", "another holder", "nobody"],
)
def test_whoever_does_not_hold_the_lease_writes_nothing(stores, take, clock, lease):
    take("m1")
    before = everything(stores.client)

    turn = turn_result(replies=(delivery(),), uses={"messages": 1}, dead=(MessageLetter(),))
    answer = stores.turns.commit(CONVERSATION, lease, turn, now=clock.now())

    assert answer == Stale(fence=1)
    assert everything(stores.client) == before


def test_a_worker_that_woke_up_late_writes_nothing(stores, take, clock):
    # Given a worker that was paused until another took its turn
    late = take("m1")
    clock.move(stores.policy.lease_for)
    stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    before = everything(stores.client)

    answer = stores.turns.commit(
        CONVERSATION, late.lease, turn_result(replies=(delivery(),)), now=clock.now()
    )

    assert answer == Stale(fence=2)
    assert everything(stores.client) == before


def test_a_commit_after_the_other_has_finished_writes_nothing(stores, take, clock):
    late = take("m1")
    clock.move(stores.policy.lease_for)
    second = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    stores.turns.commit(CONVERSATION, second.lease, turn_result(), now=clock.now())
    before = everything(stores.client)

    answer = stores.turns.commit(
        CONVERSATION, late.lease, turn_result(replies=(delivery(),)), now=clock.now()
    )

    assert answer == Stale(fence=0)
    assert everything(stores.client) == before


def test_a_worker_that_is_late_but_alone_may_still_commit(stores, take, clock):
    taken = take("m1")

    clock.move(hours=1)

    assert isinstance(
        stores.turns.commit(CONVERSATION, taken.lease, turn_result(), now=clock.now()), Committed
    )


@pytest.mark.parametrize("consumed", [1, 2])
@pytest.mark.parametrize("go_on", [True, False])
def test_a_commit_whose_answer_was_lost_writes_nothing_the_second_time(stores, take, clock, consumed, go_on):
    taken = take("m1", "m2")
    turn = turn_result(consumed, replies=(delivery(),), uses={"messages": consumed}, dead=(MessageLetter(),))
    stores.turns.commit(CONVERSATION, taken.lease, turn, now=clock.now(), go_on=go_on)
    before = everything(stores.client)

    again = stores.turns.commit(CONVERSATION, taken.lease, turn, now=clock.now(), go_on=go_on)

    assert isinstance(again, Stale)
    assert everything(stores.client) == before


def test_messages_that_came_meanwhile_are_the_next_turn(stores, take, clock, policy):
    # Given a turn during which another message came
    taken = take("m1")
    stores.mailboxes.receive([message("m2", "meanwhile")], now=clock.now())

    # If I commit it
    after = session(state=State.ACTIVE, message_count=1)
    turn = turn_result(session=after, uses={"messages": 1, "searches": 2})
    committed = stores.turns.commit(CONVERSATION, taken.lease, turn, now=clock.move(seconds=3))

    # Then I go on with it under a new fence, and have all that a fresh turn would have
    assert committed.left == 1
    following = committed.next_turn
    assert isinstance(following, TurnTaken)
    assert [one.text for one in following.messages] == ["meanwhile"]
    assert following.lease.fence > taken.lease.fence
    assert (following.attempt, following.session) == (1, after)
    end = to_ms(clock.now() + MESSAGES.window)
    assert following.usages == Usages(messages=Usage(used=1, until=end), searches=Usage(used=2, until=end))
    # and nobody else takes it, for as long as a fresh lease lasts
    until = to_ms(clock.now() + policy.lease_for)
    assert stores.turns.take(CONVERSATION, holder="w2", now=clock.now()) == Held(until=until)
    assert stores.waiting_since()[TURN] == until


def test_a_turn_goes_on_with_no_more_than_its_limit(redis, clock):
    stores = Stores.on(redis, policy=Policy(turn_messages=2))
    stores.mailboxes.receive([message(f"m{n}") for n in range(6)], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())

    committed = stores.turns.commit(CONVERSATION, taken.lease, turn_result(2), now=clock.now())

    assert committed.left == 4
    assert [one.id for one in committed.next_turn.messages] == ["m2", "m3"]


def test_a_turn_that_does_not_go_on_gives_the_lease_back_and_must_wake(stores, take, clock, policy):
    taken = take("m1", "m2")

    committed = stores.turns.commit(CONVERSATION, taken.lease, turn_result(1), now=clock.now(), go_on=False)

    assert committed == Committed(wake_delivery=False, left=1, next_turn=None)
    assert stores.waiting_since()[TURN] == to_ms(clock.now() + policy.wake_after)
    following = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    assert (following.attempt, [one.id for one in following.messages]) == (1, ["m2"])


def test_the_next_turn_after_failures_counts_attempts_from_one(stores, take, clock):
    first = take("m1", "m2")
    stores.turns.abandon(CONVERSATION, first.lease, wait=timedelta(0))
    second = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    assert second.attempt == 2

    committed = stores.turns.commit(CONVERSATION, second.lease, turn_result(1), now=clock.now())
    clock.move(stores.policy.lease_for)

    assert committed.next_turn.attempt == 1
    again = stores.turns.take(CONVERSATION, holder="w3", now=clock.now())
    assert (again.attempt, again.crashes) == (1, 1)


def test_only_the_first_reply_wakes_the_delivery(stores, take, clock):
    first = stores.turns.commit(
        CONVERSATION, take("m1").lease, turn_result(replies=(delivery("t1.0"),)), now=clock.now()
    )
    second = stores.turns.commit(
        CONVERSATION, take("m2").lease, turn_result(replies=(delivery("t2.0"),)), now=clock.now()
    )

    assert (first.wake_delivery, second.wake_delivery) == (True, False)
    assert stores.client.llen(f"outbox:{CONVERSATION}") == 2


def test_a_reply_behind_one_that_waits_for_its_retry_does_not_hurry_it(stores, take, clock):
    # Given a delivery that is due again in five minutes
    stores.turns.commit(
        CONVERSATION, take("m1").lease, turn_result(replies=(delivery("t1.0"),)), now=clock.now()
    )
    taken = stores.outbox.take(CONVERSATION, holder="c1", now=clock.now())
    retry_at = clock.now() + timedelta(minutes=5)
    stores.outbox.postpone(
        taken.deliveries[0], taken.lease, now=clock.now(), wait=retry_at - clock.now(), attempts=1
    )

    committed = stores.turns.commit(
        CONVERSATION, take("m2").lease, turn_result(replies=(delivery("t2.0"),)), now=clock.now()
    )

    assert committed.wake_delivery is False
    assert stores.waiting_since()[DELIVER] == to_ms(retry_at)


def test_a_window_begins_with_the_first_that_is_counted_and_is_not_prolonged(stores, take, clock, policy):
    began = clock.now()
    for id_ in ("m1", "m2", "m3"):
        turn = turn_result(uses={"messages": 2, "searches": 1})
        stores.turns.commit(CONVERSATION, take(id_).lease, turn, now=clock.now())
        clock.move(minutes=20)

    end = to_ms(began + MESSAGES.window)
    assert stores.client.get("rate:msg:+201001234567") == "6"
    assert stores.client.pexpiretime("rate:msg:+201001234567") == end
    assert stores.client.get("rate:search:+201001234567") == "3"
    assert stores.client.pexpiretime("rate:search:+201001234567") == end


@pytest.mark.parametrize(("off", "counted"), [(-MS, 2), (0 * MS, 1), (MS, 1)], ids=["before", "at", "after"])
def test_a_window_ends_at_its_end_to_the_millisecond(stores, take, clock, off, counted):
    stores.turns.commit(CONVERSATION, take("m1").lease, turn_result(uses={"messages": 1}), now=clock.now())

    clock.move(MESSAGES.window + off)
    stores.turns.commit(CONVERSATION, take("m2").lease, turn_result(uses={"messages": 1}), now=clock.now())

    assert int(stores.client.get("rate:msg:+201001234567")) == counted


def test_dead_letters_are_kept_each_with_its_fields(stores, take, clock):
    letters = (MessageLetter(why="two words"), MessageLetter(conversation=CONVERSATION, at=7, raw="{}"))

    stores.turns.commit(CONVERSATION, take("m1").lease, turn_result(dead=letters), now=clock.now())

    assert stores.dead() == [
        {"kind": "message", "why": "two words", "at": "0", "raw": ""},
        {"kind": "message", "why": "", "conversation": CONVERSATION, "at": "7", "raw": "{}"},
    ]


def test_the_event_stream_is_capped(redis, clock):
    stores = Stores.on(redis, policy=Policy(events_at_most=10))
    for n in range(220):
        stores.mailboxes.receive([message(f"m{n}")], now=clock.now())
        taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
        stores.turns.commit(CONVERSATION, taken.lease, turn_result(), now=clock.now())

    # The cap is approximate: whole nodes of the stream are dropped.
    assert redis.xlen("events") < 220


def test_hundreds_of_replies_and_huge_texts_are_committed_together(stores, take, clock):
    replies = tuple(delivery(f"t1.{n}", "مرحبا" * 2000) for n in range(200))

    stores.turns.commit(CONVERSATION, take("m1").lease, turn_result(replies=replies), now=clock.now())

    kept = stores.client.lrange(f"outbox:{CONVERSATION}", 0, -1)
    assert [json.loads(one)["id"] for one in kept] == [one.id for one in replies]
    assert json.loads(kept[-1])["reply"]["text"] == "مرحبا" * 2000


def test_an_opt_out_is_stored_until_the_customer_opts_in_again(stores, take, clock):
    first = take("m1")
    assert first.opted_out is False
    stores.turns.commit(
        CONVERSATION, first.lease, turn_result(consent="out", opted_out=True), now=clock.now()
    )

    # Without a limit of time, and whatever happens to the session
    clock.move(days=400)
    second = take("m2")
    assert second.opted_out is True
    stores.turns.commit(CONVERSATION, second.lease, turn_result(opted_out=True), now=clock.now())

    third = take("m3")
    assert third.opted_out is True
    stores.turns.commit(CONVERSATION, third.lease, turn_result(consent="in"), now=clock.now())
    assert take("m4").opted_out is False


def test_a_turn_that_goes_on_knows_of_the_opting_out(stores, take, clock):
    taken = take("m1", "m2")

    turn = turn_result(1, consent="out", opted_out=True)
    committed = stores.turns.commit(CONVERSATION, taken.lease, turn, now=clock.now())

    assert committed.next_turn.opted_out is True


# -- who sends takes the outbox with the commit


REPLIES = (delivery("t1.0", "one"), delivery("t1.1", "two"))


@pytest.fixture
def commit(stores, take, clock):
    """Take a turn and commit it with two replies, by somebody who sends."""

    def commit_turn(**options):
        lease = take("m1").lease
        options.setdefault("silence", None)
        turn = turn_result(1, replies=REPLIES, **options)
        return stores.turns.commit(CONVERSATION, lease, turn, now=clock.now(), courier="courier")

    return commit_turn


def test_who_sends_has_the_outbox_with_the_commit(stores, commit, clock, policy):
    committed = commit()

    assert not committed.wake_delivery
    assert committed.outbox == replace(
        stores.outbox.take(CONVERSATION, holder="courier", now=clock.now()), lease=committed.outbox.lease
    )
    assert committed.outbox.deliveries == REPLIES
    assert stores.waiting_since()[DELIVER] == to_ms(clock.now() + policy.send_lease_for)
    assert isinstance(stores.outbox.take(CONVERSATION, holder="other", now=clock.now()), Held)


def test_what_was_handed_over_is_settled_as_if_it_had_been_taken(stores, commit, clock):
    lease = commit().outbox.lease

    for one in REPLIES:
        sent = ReplySent(delivery=one.id, sent="p")
        settled = stores.outbox.settle(one, lease, DeliveryState.SENT, event=sent, now=clock.now())
        lease = settled.lease

    assert (settled.left, settled.lease) == (0, None)
    assert DELIVER not in stores.waiting_since()


def test_if_its_courier_dies_the_first_reply_is_in_doubt(stores, commit, clock, policy):
    commit()

    later = clock.move(policy.send_lease_for)
    taken = stores.outbox.take(CONVERSATION, holder="other", now=later)

    assert (taken.attempt, taken.doubts, taken.interrupted) == (2, 1, True)


def test_a_courier_whose_answer_was_lost_finds_the_outbox_without_a_doubt(stores, take, clock):
    lease, turn = take("m1").lease, turn_result(1, replies=REPLIES)
    stores.turns.commit(CONVERSATION, lease, turn, now=clock.now(), courier="courier")

    again = stores.turns.commit(CONVERSATION, lease, turn, now=clock.now(), courier="courier")
    taken = stores.outbox.take(CONVERSATION, holder="courier", now=clock.now())

    assert isinstance(again, Stale)
    assert (taken.attempt, taken.doubts, taken.deliveries) == (1, 0, REPLIES)


def test_a_takeover_that_waits_is_known_to_who_sends(stores, take, clock):
    lease = take("m1").lease
    stores.mailboxes.receive([action(AgentActionType.TAKE_OVER)], now=clock.now())

    turn = turn_result(1, replies=REPLIES)
    committed = stores.turns.commit(CONVERSATION, lease, turn, now=clock.now(), courier="courier")

    assert all(committed.outbox.silence.covers(one) for one in REPLIES)


def test_so_is_a_stop(stores, take, clock):
    lease = take("m1").lease
    stores.mailboxes.receive([message("m2", "STOP")], now=clock.now())

    turn = turn_result(1, replies=REPLIES)
    committed = stores.turns.commit(CONVERSATION, lease, turn, now=clock.now(), courier="courier")

    assert all(committed.outbox.silence.stops(one) for one in REPLIES)


@pytest.mark.parametrize(
    "already",
    [
        lambda stores: stores.client.rpush(f"outbox:{CONVERSATION}", delivery("t0.0").to_json()),
        lambda stores: [
            stores.client.hset(f"lease:deliver:{CONVERSATION}", "doubts", 1),
            stores.client.expire(f"lease:deliver:{CONVERSATION}", 60),
        ],
        lambda stores: stores.client.hset("paused", "meta:1", "{}"),
        lambda stores: stores.client.set(f"optout:{CONVERSATION}", 1, ex=60),
        lambda stores: stores.client.set(f"silence:{CONVERSATION}", "neither", ex=60),
    ],
    ids=["a reply waits", "a doubt", "a pause", "opted out", "an unreadable silence"],
)
def test_what_may_not_be_sent_just_now_is_woken_as_always(stores, commit, already):
    already(stores)

    committed = commit()

    assert (committed.wake_delivery, committed.outbox) == (True, None)


def test_without_replies_nothing_is_handed_over(stores, take, clock):
    lease = take("m1").lease

    committed = stores.turns.commit(CONVERSATION, lease, turn_result(1), now=clock.now(), courier="courier")

    assert (committed.wake_delivery, committed.outbox) == (False, None)
    assert not stores.client.exists(f"lease:deliver:{CONVERSATION}")


def test_where_a_send_waits_for_the_disk_the_turn_does_not(stores, take, clock):
    careful = Stores.on(stores.client, policy=Policy(durability="fsync"))

    committed = careful.turns.commit(
        CONVERSATION, take("m1").lease, turn_result(1, replies=REPLIES), now=clock.now(), courier="courier"
    )

    assert (committed.wake_delivery, committed.outbox) == (True, None)


@pytest.mark.parametrize(
    "key", [f"lease:deliver:{CONVERSATION}", "paused", f"silence:{CONVERSATION}", f"stop:{CONVERSATION}"]
)
def test_a_key_of_a_wrong_type_is_put_aside_before_anything_is_written(stores, take, clock, key):
    lease = take("m1", "m2").lease
    stores.client.delete(key)
    stores.client.rpush(key, "a list") if key != "paused" else stores.client.set(key, "a string")

    turn = turn_result(1, replies=REPLIES)
    committed = stores.turns.commit(CONVERSATION, lease, turn, now=clock.now(), courier="courier")

    # Nothing was done twice.
    assert committed.left == 1
    assert stores.client.lrange(f"outbox:{CONVERSATION}", 0, -1) == [one.to_json() for one in REPLIES]
    # Of an outbox whose lease was unreadable nobody knows whether something is being sent.
    assert (committed.outbox is None) is key.startswith("lease:")
