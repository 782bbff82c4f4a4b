"""take_outbox.lua, settle_delivery.lua, postpone_delivery.lua: replies in order, each settled once."""

from datetime import timedelta

import pytest

from session.dead_letters import ReplyLetter
from session.events import ReplyFailed, ReplySent
from session.leases import Held, Lease, OutboxEmpty, OutboxTaken, Stale
from session.messages import DeliveryState, Status
from session.records import to_ms
from session.results import Settled
from tests.stores import everything
from tests.values import CONVERSATION, OTHER, ROUTE, delivery, message, turn_result

MS = timedelta(milliseconds=1)
DELIVER = f"deliver|{CONVERSATION}"
FIRST, SECOND = delivery("t1.0", "one"), delivery("t1.1", "two")


@pytest.fixture
def queued(stores, clock):
    """Two replies wait; nothing else does."""
    stores.mailboxes.receive([message()], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="t", now=clock.now())
    stores.turns.commit(CONVERSATION, taken.lease, turn_result(replies=(FIRST, SECOND)), now=clock.now())
    return stores


@pytest.fixture
def take(stores, clock):
    def take_outbox(holder="c1", limit=20):
        return stores.outbox.take(CONVERSATION, holder=holder, now=clock.now(), limit=limit)

    return take_outbox


@pytest.fixture
def settle(stores, clock):
    def settle_first(lease, what=FIRST, state=DeliveryState.SENT, dead=None, failed=None):
        event = (
            ReplyFailed(delivery=what.id, failed=failed) if failed else ReplySent(delivery=what.id, sent="p1")
        )
        return stores.outbox.settle(what, lease, state, event=event, now=clock.now(), dead=dead)

    return settle_first


def how_far(stores):
    return stores.client.hgetall(f"deliveries:{CONVERSATION}")


# -- taking


def test_the_deliveries_come_oldest_first(queued, take):
    taken = take()

    assert isinstance(taken, OutboxTaken)
    assert taken.deliveries == (FIRST, SECOND)
    assert (taken.attempt, taken.interrupted, taken.paused) == (1, False, {})


def test_taking_leaves_them_where_they_are_and_sets_the_time_of_recovery(queued, take, clock, policy):
    take()

    assert queued.client.llen(f"outbox:{CONVERSATION}") == 2
    assert queued.waiting_since()[DELIVER] == to_ms(clock.now() + policy.send_lease_for)


def test_no_more_are_taken_than_the_limit(queued, take):
    assert take(limit=1).deliveries == (FIRST,)


def test_the_paused_lines_come_along(queued, take, clock):
    queued.pauses.pause(ROUTE, until=clock.now(), code="190", words="expired")
    queued.pauses.pause(
        ROUTE.model_copy(update={"sender": "2"}), until=clock.now(), code="190", words="token \N{SNOWMAN}"
    )

    taken = take()

    assert set(taken.paused) == {"meta:106540352242922", "meta:2"}
    assert taken.deliveries == (FIRST, SECOND)


def test_the_wish_about_marketing_comes_along_with_each_delivery(queued, take, settle):
    wish = f"marketing:{CONVERSATION}"
    queued.client.set(wish, '{"wish":"stop","at":1}', ex=60)
    taken = take()
    assert taken.silence.no_marketing

    queued.client.set(wish, '{"wish":"resume","at":2}', ex=60)
    assert not settle(taken.lease).silence.no_marketing


def test_an_outbox_is_sent_by_one_at_a_time(queued, take, clock, policy):
    take()
    before = everything(queued.client)

    assert take("c2") == Held(until=to_ms(clock.now() + policy.send_lease_for))
    assert everything(queued.client) == before


@pytest.mark.parametrize(
    ("off", "given"), [(-MS, False), (0 * MS, True), (MS, True)], ids=["before", "at", "after"]
)
def test_a_lease_ends_at_its_end_to_the_millisecond(queued, take, clock, off, given):
    take()

    clock.move(queued.policy.send_lease_for + off)

    assert isinstance(take("c2"), OutboxTaken) is given


def test_the_next_lease_after_a_dead_courier_reports_an_interrupted_send(queued, take, clock):
    first = take()

    clock.move(queued.policy.send_lease_for)
    second = take("c2")

    assert (first.doubts, first.interrupted) == (0, False)
    assert (second.doubts, second.interrupted) == (1, True)
    assert (first.attempt, second.attempt) == (1, 2)
    assert second.lease.fence > first.lease.fence


def test_a_death_while_waiting_for_a_status_adds_no_doubt(queued, take, clock):
    take()
    for courier in ("c2", "c3"):
        clock.move(queued.policy.send_lease_for)
        taken = take(courier)
        assert (taken.doubts, taken.interrupted) == (1, True)

    # Only who has waited may send again, and only the end of such a one is a further doubt.
    queued.outbox.postpone(FIRST, taken.lease, wait=timedelta(0), attempts=1, now=clock.now(), doubts=1)
    assert (take("c4").doubts, take("c4").interrupted) == (1, False)
    clock.move(queued.policy.send_lease_for)
    assert (take("c5").doubts, take("c5").interrupted) == (2, True)


def test_a_courier_whose_answer_was_lost_finds_its_own_lease(queued, take):
    first = take()

    again = take()

    assert (again.attempt, again.interrupted) == (1, False)
    assert again.deliveries == first.deliveries


def test_an_empty_outbox_leaves_no_trace(stores, take):
    stores.client.zadd("due", {DELIVER: 1})

    assert take() == OutboxEmpty()
    assert everything(stores.client) == {}


def test_taking_turns_and_sending_do_not_wait_for_each_other(queued, take, clock):
    queued.mailboxes.receive([message("m2")], now=clock.now())
    turn = queued.turns.take(CONVERSATION, holder="t", now=clock.now())

    assert isinstance(take(), OutboxTaken)
    assert turn.lease.holder == "t"


def test_one_outbox_does_not_hold_up_another(queued, take, clock):
    take()

    assert queued.outbox.take(OTHER, holder="c2", now=clock.now()) == OutboxEmpty()


# -- settling


def test_a_settled_delivery_is_off_and_the_next_is_being_sent(queued, take, settle, clock, policy):
    taken = take()

    settled = settle(taken.lease)

    assert settled.left == 1
    assert settled.lease.fence > taken.lease.fence
    assert settled.lease.holder == "c1"
    assert queued.client.lrange(f"outbox:{CONVERSATION}", 0, -1) == [SECOND.to_json()]
    assert how_far(queued) == {"t1.0": "sent"}
    assert queued.client.pexpiretime(f"deliveries:{CONVERSATION}") == to_ms(clock.now() + policy.keep_for)
    assert queued.waiting_since()[DELIVER] == to_ms(clock.now() + policy.send_lease_for)
    assert queued.events()[-1] == {
        "conversation": CONVERSATION,
        "at": str(to_ms(clock.now())),
        "delivery": "t1.0",
        "sent": "p1",
    }


def test_a_reply_that_is_put_back_waits_once_though_the_call_is_repeated(queued, take, settle):
    settled = settle(take().lease)
    settle(settled.lease, SECOND)
    failed = Status(
        conversation=CONVERSATION, delivery="t1.1", provider_id="p1", state=DeliveryState.FAILED, at=0
    )
    accepted = queued.statuses.sent(failed)

    again = [queued.statuses.send_again(accepted, failed, wait=timedelta(seconds=15)) for _ in range(2)]

    assert again == [True, True]
    assert len(queued.client.lrange(f"outbox:{CONVERSATION}", 0, -1)) == 1
    assert len([event for event in queued.events() if "again" in event]) == 1


def test_settling_prolongs_the_lease_from_now_on(queued, take, settle, clock, policy):
    taken = take()
    clock.move(policy.send_lease_for - MS)

    settle(taken.lease)

    assert take("c2") == Held(until=to_ms(clock.now() + policy.send_lease_for))


def test_the_last_one_gives_the_lease_back(queued, take, settle):
    settled = settle(take().lease)

    last = settle(settled.lease, SECOND)

    assert last == Settled(left=0, lease=None)
    assert DELIVER not in queued.waiting_since()
    assert take("c2") == OutboxEmpty()
    assert how_far(queued) == {"t1.0": "sent", "t1.1": "sent"}
    assert not queued.client.exists(f"lease:deliver:{CONVERSATION}")


@pytest.mark.parametrize("last", [True, False])
def test_a_settlement_whose_answer_was_lost_writes_nothing_the_second_time(queued, take, settle, last):
    lease, what = take().lease, FIRST
    if last:
        lease, what = settle(lease).lease, SECOND
    settle(lease, what, dead=ReplyLetter())
    before = everything(queued.client)

    assert isinstance(settle(lease, what, dead=ReplyLetter()), Stale)
    assert everything(queued.client) == before


@pytest.mark.parametrize("lease", [Lease(fence=9, holder="c1"), Lease(fence=2, holder="c2")])
def test_whoever_does_not_hold_the_lease_settles_nothing(queued, take, settle, lease):
    taken = take()
    before = everything(queued.client)

    assert settle(lease, dead=ReplyLetter()) == Stale(fence=taken.lease.fence)
    assert everything(queued.client) == before


def test_a_courier_that_woke_up_late_settles_nothing(queued, take, settle, clock):
    late = take()
    clock.move(queued.policy.send_lease_for)
    second = take("c2")
    before = everything(queued.client)

    assert settle(late.lease) == Stale(fence=second.lease.fence)
    assert everything(queued.client) == before


def test_after_a_settled_delivery_the_attempts_begin_again(queued, take, settle, clock):
    take()
    clock.move(queued.policy.send_lease_for)
    second = take("c2")
    assert second.attempt == 2

    settle(second.lease)
    clock.move(queued.policy.send_lease_for)
    third = take("c3")

    assert (third.attempt, third.interrupted, third.deliveries) == (2, True, (SECOND,))


def test_a_dead_letter_is_kept_with_the_settlement(queued, take, settle):
    letter = ReplyLetter(why="131026: \udcff", raw=FIRST.to_json())

    settle(take().lease, state=DeliveryState.FAILED, dead=letter, failed="131026: no")

    assert queued.dead() == [letter.to_fields()]
    assert how_far(queued) == {"t1.0": "failed"}


@pytest.mark.parametrize(
    ("stands", "after"),
    [
        ("unknown", "sent"),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "read"),
        ("failed", "failed"),
    ],
)
def test_what_a_callback_said_before_the_answer_came_stands(queued, take, settle, stands, after):
    queued.client.hset(f"deliveries:{CONVERSATION}", "t1.0", stands)

    settle(take().lease)

    assert how_far(queued) == {"t1.0": after}


def test_the_newest_states_are_kept_up_to_a_cap(stores, take, settle, clock):
    for n in range(130):
        sent = delivery(f"t{n}.0")
        stores.mailboxes.receive([message(f"m{n}")], now=clock.now())
        turn = stores.turns.take(CONVERSATION, holder="t", now=clock.now())
        stores.turns.commit(CONVERSATION, turn.lease, turn_result(replies=(sent,)), now=clock.now())
        settle(take().lease, sent)
        assert len(how_far(stores)) <= 100

    assert list(how_far(stores)) == [f"t{n}.0" for n in range(50, 130)]


# -- postponing


@pytest.mark.parametrize(
    ("off", "given"), [(-MS, False), (0 * MS, True), (MS, True)], ids=["before", "at", "after"]
)
def test_a_postponed_delivery_waits_until_its_time(queued, take, clock, off, given):
    retry_at = clock.now() + timedelta(minutes=5)

    assert (
        queued.outbox.postpone(FIRST, take().lease, now=clock.now(), wait=retry_at - clock.now(), attempts=1)
        is None
    )
    assert queued.waiting_since()[DELIVER] == to_ms(retry_at)

    clock.move(timedelta(minutes=5) + off)
    answer = take("c2")

    assert isinstance(answer, OutboxTaken) is given
    assert given or answer == Held(until=to_ms(retry_at))


@pytest.mark.parametrize(("attempts", "following"), [(0, 1), (1, 2), (7, 8)])
def test_the_next_attempt_counts_on_from_what_was_said(queued, take, clock, attempts, following):
    queued.outbox.postpone(FIRST, take().lease, now=clock.now(), wait=timedelta(0), attempts=attempts)

    taken = take("c2")

    assert (taken.attempt, taken.interrupted) == (following, False)
    assert taken.deliveries == (FIRST, SECOND)


def test_a_repeated_postponement_writes_nothing(queued, take, clock):
    lease = take().lease
    queued.outbox.postpone(FIRST, lease, now=clock.now(), wait=timedelta(0), attempts=1)
    before = everything(queued.client)

    again = queued.outbox.postpone(FIRST, lease, now=clock.now(), wait=timedelta(hours=1), attempts=2)

    assert again == Stale(fence=lease.fence)
    assert everything(queued.client) == before


@pytest.mark.parametrize("lease", [Lease(fence=9, holder="c1"), Lease(fence=2, holder="c2")])
def test_whoever_does_not_hold_the_lease_postpones_nothing(queued, take, clock, lease):
    taken = take()
    before = everything(queued.client)

    answer = queued.outbox.postpone(FIRST, lease, now=clock.now(), wait=timedelta(0), attempts=1)

    assert answer == Stale(fence=taken.lease.fence)
    assert everything(queued.client) == before


def test_after_postponing_a_delivery_it_cannot_be_settled(queued, take, settle, clock):
    lease = take().lease
    queued.outbox.postpone(FIRST, lease, now=clock.now(), wait=timedelta(0), attempts=1)

    assert isinstance(settle(lease), Stale)
    assert queued.client.llen(f"outbox:{CONVERSATION}") == 2


# -- nobody knows what became of a send


def doubtful(stores, take, clock):
    """Postpone the first reply, since nobody knows what became of it."""
    lease, retry_at = take().lease, clock.now() + timedelta(seconds=10)
    stores.outbox.postpone(FIRST, lease, wait=retry_at - clock.now(), attempts=1, now=clock.now(), doubts=1)
    return retry_at


def tell(stores, clock, state, reply=FIRST):
    status = Status(conversation=CONVERSATION, delivery=reply.id, provider_id="p", state=state, at=0)
    return stores.statuses.note(status, now=clock.now())


def test_a_doubt_is_written_down_once(queued, take, clock):
    for _ in range(2):
        clock.move(doubtful(queued, take, clock) - clock.now())

    assert how_far(queued) == {"t1.0": "unknown"}
    assert [event["delivery"] for event in queued.events() if "unknown" in event] == ["t1.0"]


def test_the_next_lease_reports_the_doubt(queued, take, clock):
    clock.move(doubtful(queued, take, clock) - clock.now())

    taken = take("c2")

    assert (taken.doubts, taken.interrupted, taken.known, taken.attempt) == (
        1,
        False,
        DeliveryState.IN_DOUBT,
        2,
    )


def test_a_word_of_the_provider_ends_the_wait(queued, take, clock):
    doubtful(queued, take, clock)
    clock.move(seconds=3)

    assert tell(queued, clock, DeliveryState.DELIVERED) is True

    assert queued.waiting_since()[DELIVER] == to_ms(clock.now())
    taken = take("c2")
    assert (taken.doubts, taken.known) == (1, DeliveryState.DELIVERED)


def test_a_word_about_another_reply_does_not(queued, take, clock):
    retry_at = doubtful(queued, take, clock)

    tell(queued, clock, DeliveryState.DELIVERED, reply=SECOND)

    assert queued.waiting_since()[DELIVER] == to_ms(retry_at)
    assert isinstance(take("c2"), Held)


def test_it_does_not_disturb_a_send_in_progress(queued, take, clock, policy):
    clock.move(doubtful(queued, take, clock) - clock.now())
    take("c2")

    tell(queued, clock, DeliveryState.DELIVERED)

    assert queued.waiting_since()[DELIVER] == to_ms(clock.now() + policy.send_lease_for)
    assert isinstance(take("c3"), Held)


def test_a_plain_postponement_leaves_no_doubt(queued, take, clock):
    queued.outbox.postpone(FIRST, take().lease, wait=timedelta(0), attempts=1, now=clock.now())

    taken = take("c2")

    assert (taken.doubts, taken.known, how_far(queued)) == (0, None, {})
