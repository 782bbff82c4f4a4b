"""Messages that gather: when their turn is due, who is told, and what ends it."""

from datetime import timedelta

import pytest

from session.agent_actions import AgentActionType
from session.content_parts import Kind
from session.contents import Text
from session.conversations import conversation_of, customer_of
from session.leases import Held, MailboxEmpty, TurnTaken
from session.models import Offered
from session.policy import Policy
from session.records import to_ms
from session.store import Drained
from session.store.mending import Mender
from tests.stores import AtOnce, Stores
from tests.values import CONVERSATION, OTHER, action, message, session, turn_result

SECOND = timedelta(seconds=1)
DUE = f"turn|{CONVERSATION}"
POLICY = Policy(gather_at_most=timedelta(seconds=5))


@pytest.fixture
def policy():
    return POLICY


@pytest.fixture
def writes(stores, clock):
    """A customer writes messages that gather for a second, or so long."""

    def write(*ids, wait=SECOND, text="hello", **fields):
        batch = [message(one, text, received_at=to_ms(clock.now()), **fields) for one in ids]
        return stores.mailboxes.receive(batch, gather_for=lambda _: wait)

    return write


@pytest.fixture
def take(stores):
    count = iter(range(100))
    return lambda: stores.turns.take(CONVERSATION, holder=f"w{next(count)}")


def due(stores, clock):
    """In how long the turn is due."""
    return timedelta(milliseconds=stores.waiting_since()[DUE] - to_ms(clock.now()))


def ids(taken):
    return [one.id for one in taken.messages]


def test_the_turn_of_a_message_that_gathers_is_due_later_and_needs_no_wake_up(stores, clock, writes, take):
    received = writes("m1")

    assert (received.woken, received.gathering) == ((), {CONVERSATION: SECOND})
    assert due(stores, clock) == SECOND
    assert take() == Held(until=to_ms(clock.now() + SECOND), gathers=SECOND)


def test_when_it_is_time_the_turn_has_everything_that_was_written_and_is_a_first_attempt(clock, writes, take):
    writes("m1")
    clock.move(seconds=0.6)
    later = writes("m2", "m3")
    clock.move(seconds=0.6)
    early = take()
    clock.move(seconds=0.4)

    taken = take()

    # Somebody has an alarm already, and finds that it is too early.
    assert (later.woken, later.gathering) == ((), {})
    assert early.gathers == timedelta(seconds=0.4)
    assert ids(taken) == ["m1", "m2", "m3"]
    assert (taken.attempt, taken.crashes) == (1, 0)


def test_the_first_message_does_not_wait_longer_than_that(stores, clock, writes, take):
    for n in range(8):
        writes(f"m{n}")
        assert due(stores, clock) <= SECOND
        clock.move(seconds=0.7)

    # 5 seconds are over
    assert isinstance(take(), TurnTaken)


def test_what_has_waited_in_the_intake_does_not_wait_again(stores, clock):
    came = to_ms(clock.now())
    clock.move(seconds=0.7)
    some = stores.mailboxes.receive([message("m1", received_at=came)], gather_for=lambda _: SECOND)
    clock.move(seconds=0.7)
    other = message("m2", customer="+919840930854", received_at=came)
    late = stores.mailboxes.receive([other], gather_for=lambda _: SECOND)

    assert some.gathering == {CONVERSATION: timedelta(seconds=0.3)}
    assert (late.gathering, late.woken) == ({}, (OTHER,))


def test_a_time_from_a_clock_that_is_ahead_makes_it_no_longer(stores, clock):
    ahead = message("m1", received_at=to_ms(clock.now() + timedelta(hours=1)))

    stores.mailboxes.receive([ahead], gather_for=lambda _: SECOND)

    assert due(stores, clock) == SECOND


def test_a_message_that_does_not_wait_ends_it_and_wakes(stores, clock, writes, take):
    writes("m1")

    received = writes("tap", wait=timedelta())

    assert (received.woken, received.gathering) == ((CONVERSATION,), {})
    assert due(stores, clock) == POLICY.wake_after
    assert ids(take()) == ["m1", "tap"]


def test_together_they_are_due_at_once(stores, clock):
    batch = [message("m1"), message("tap"), message("m2")]

    received = stores.mailboxes.receive(batch, gather_for=lambda one: SECOND * (one.id != "tap"))

    assert (received.woken, received.gathering) == ((CONVERSATION,), {})


@pytest.fixture
def offers(stores, clock):
    """The latest reply shows so many options as numbers."""

    def offer(count):
        options = tuple(Offered(kind=Kind.CHOICE, id=f"{n}", title=f"Villa {n}") for n in range(count))
        before = session(CONVERSATION, now=clock.now())
        stores.sessions.update(before.change_context(offered=options or None), was="")

    return offer


def test_the_number_of_an_option_that_is_offered_ends_it_like_a_tap(offers, writes, take):
    offers(3)
    writes("m1")

    received = writes("m2", text="2.")

    assert (received.woken, received.gathering) == ((CONVERSATION,), {})
    assert ids(take()) == ["m1", "m2"]


@pytest.mark.parametrize(
    ("count", "text", "fields"),
    [(0, "2", {}), (3, "2 villas", {}), (3, "100", {}), (3, "2", {"reply_to": "x"})],
)
def test_any_other_number_gathers(offers, writes, count, text, fields):
    offers(count)

    assert writes("m1", text=text, **fields).gathering == {CONVERSATION: SECOND}


def test_a_session_of_a_wrong_type_offers_nothing(stores, writes):
    stores.client.rpush(stores.keys.of(CONVERSATION).session, "junk")

    assert writes("m1", text="2").gathering == {CONVERSATION: SECOND}
    stores.forgetting.forget(CONVERSATION)


@pytest.mark.parametrize("what", [AgentActionType.TAKE_OVER, AgentActionType.ANSWER])
def test_an_agent_ends_it(stores, clock, writes, take, what):
    writes("m1")

    received = stores.mailboxes.receive([action(what, text="hello")])

    assert received.woken == (CONVERSATION,)
    assert ids(take()) == ["m1"]


def test_an_agent_who_comes_with_the_messages_ends_it(stores, clock):
    batch = [message("m1"), action()]

    received = stores.mailboxes.receive(batch, gather_for=lambda _: SECOND)

    assert (received.woken, received.gathering) == ((CONVERSATION,), {})


def test_a_stop_ends_it(stores, writes, take):
    writes("m1")

    received = stores.mailboxes.receive([message("m2").model_copy(update={"content": Text(text="STOP")})])

    assert received.woken == (CONVERSATION,)
    assert ids(take()) == ["m1", "m2"]


def test_the_actions_of_a_merge_end_it_on_both_sides(stores, clock, writes):
    writes("m1")
    writes("m2", customer="US.77ab")

    received = writes("m3", also=("US.77ab",))

    moves = conversation_of("US.77ab")
    assert received.gathering == {}
    assert set(received.woken) == {CONVERSATION, moves}
    assert due(stores, clock) == POLICY.wake_after
    assert isinstance(stores.turns.take(moves, holder="w"), TurnTaken)
    assert isinstance(stores.turns.take(CONVERSATION, holder="w"), TurnTaken)


def test_what_comes_in_a_merge_that_nobody_waits_for_ends_it(stores, writes, take):
    writes("m1")
    leaves = action(
        AgentActionType.MERGE_OUT, id="merge:1", customer="US.77ab", other=customer_of(CONVERSATION)
    )

    stores.merges.put(leaves, "{}")

    assert isinstance(take(), TurnTaken)
    stores.forgetting.forget(CONVERSATION)


def test_nothing_gathers_while_an_agent_has_the_conversation(stores, clock, writes):
    stores.client.zadd("waiting", {CONVERSATION: 1})

    assert writes("m1").woken == (CONVERSATION,)


def test_what_is_due_is_not_put_off_by_what_comes_before_it_is_taken(clock, writes, take):
    writes("m1")
    clock.move(seconds=1)

    assert writes("m2").gathering == {}

    assert ids(take()) == ["m1", "m2"]


def test_what_was_woken_is_not_kept_waiting(stores, clock, writes, take):
    stores.mailboxes.receive([message("m1")])

    received = writes("m2")

    assert (received.woken, received.gathering) == ((), {})
    assert due(stores, clock) == POLICY.wake_after
    assert ids(take()) == ["m1", "m2"]


def test_a_repeated_body_moves_nothing(stores, clock, writes):
    writes("m1")
    clock.move(seconds=0.5)

    received = writes("m1")

    assert (received.duplicates, received.gathering) == (1, {})
    assert due(stores, clock) == SECOND / 2


def test_of_a_lost_answer_nobody_has_an_alarm_and_the_sweep_finds_the_turn(stores, clock):
    stores.intake.store(b"{}", source="meta", ordering_key="x")
    taken = stores.intake.take(0, holder="d", limit=1)
    drained = Drained(shard=0, lease=taken.lease, handled=[body.id for body in taken.bodies], go_on=False)
    batch = [message("m1", received_at=to_ms(clock.now()))]

    stores.mailboxes.receive(batch, drained=drained, gather_for=lambda _: SECOND)
    again = stores.mailboxes.receive(batch, drained=drained, gather_for=lambda _: SECOND)

    assert (again.gathering, again.woken) == ({}, ())
    assert stores.due.claim(0, limit=10).members == ()
    clock.move(seconds=1)
    assert stores.due.claim(0, limit=10).members == (DUE,)


def test_a_retry_is_not_moved_by_what_is_written_meanwhile(stores, clock, writes, take):
    stores.mailboxes.receive([message("m1")])
    taken = take()
    writes("m2")
    stores.turns.abandon(CONVERSATION, taken.lease, wait=10 * SECOND)

    writes("m3")
    writes("tap", wait=timedelta())

    assert due(stores, clock) == 10 * SECOND
    assert take() == Held(until=to_ms(clock.now() + 10 * SECOND))


def test_a_customer_who_is_forgotten_waits_for_nothing(stores, writes, take):
    writes("m1")

    stores.forgetting.forget(CONVERSATION)

    assert take() == MailboxEmpty()
    assert stores.waiting_since() == {}


def test_a_lease_of_a_wrong_type_keeps_nobody_waiting(stores, writes, take):
    stores.client.set(stores.keys.of(CONVERSATION).turn_lease, "junk")

    assert writes("m1").woken == (CONVERSATION,)
    assert ids(take()) == ["m1"]


# -- while a turn is in progress


@pytest.fixture
def turn(stores, take):
    """A turn is in progress; it has one message, and ends with a function."""
    stores.mailboxes.receive([message("m0")])
    taken = take()

    def end(consumed=1, *, go_on=True):
        return stores.turns.commit(CONVERSATION, taken.lease, turn_result(consumed), go_on=go_on)

    return end


def test_what_comes_meanwhile_gathers_for_the_next_turn(clock, writes, take, turn):
    received = writes("m1")
    clock.move(seconds=0.3)
    writes("m2")
    clock.move(seconds=0.2)

    committed = turn()

    assert (received.woken, received.gathering) == ((), {})
    assert (committed.left, committed.next_turn) == (2, None)
    assert committed.gathers == timedelta(seconds=0.8)
    writes("m3")
    clock.move(seconds=0.9)
    assert isinstance(take(), Held)
    clock.move(seconds=0.1)
    taken = take()
    assert (ids(taken), taken.attempt) == (["m1", "m2", "m3"], 1)


def test_also_if_the_process_would_not_go_on(stores, clock, writes, turn):
    writes("m1")

    committed = turn(go_on=False)

    assert committed.gathers == due(stores, clock) == SECOND


def test_if_the_customer_has_been_quiet_they_follow_at_once(clock, writes, turn):
    writes("m1")
    clock.move(seconds=1)

    committed = turn()

    assert ids(committed.next_turn) == ["m1"]
    assert committed.gathers is None


def test_what_comes_during_the_turn_that_follows_is_a_burst_of_its_own(stores, clock, writes, turn):
    writes("m1")
    clock.move(seconds=1)
    following = turn().next_turn
    clock.move(seconds=5)
    writes("m2")

    committed = stores.turns.commit(CONVERSATION, following.lease, turn_result(1))

    assert committed.gathers == SECOND


@pytest.mark.parametrize("first", ["tap", "m"])
def test_with_something_that_does_not_wait_they_follow_at_once(clock, writes, turn, first):
    for one in (first, "tap2" if first == "m" else "m2", "m3"):
        writes(one, wait=timedelta() if one.startswith("tap") else SECOND)

    committed = turn()

    assert len(committed.next_turn.messages) == 3


def test_an_agent_is_not_kept_waiting_by_what_is_written(stores, writes, turn):
    writes("m1")
    stores.mailboxes.receive([action()])
    writes("m2")

    committed = turn()

    assert ids(committed.next_turn) == ["m1"]


def test_a_commit_that_is_repeated_is_stale_and_moves_nothing(stores, clock, writes, turn):
    writes("m1")
    turn()

    again = turn()

    assert again.fence == 0
    assert due(stores, clock) == SECOND


def test_what_does_not_wait_follows_at_once_though_what_came_with_it_has_joined_the_turn(stores, turn):
    batch = [message("m1"), message("start")]

    stores.mailboxes.receive(batch, gather_for=lambda one: SECOND * (one.id == "m1"))

    assert ids(turn(2).next_turn) == ["start"]


def test_nobody_loses_a_turn_to_a_burst_though_the_due_index_has_lost_it(stores, writes, turn):
    stores.client.zrem("due", DUE)

    writes("m1")

    assert turn().left == 1


def test_what_joined_the_turn_is_not_waited_for(stores, writes, turn):
    writes("m1")

    committed = turn(2)

    assert (committed.left, committed.gathers) == (0, None)
    assert DUE not in stores.waiting_since()


def test_what_is_left_to_a_newer_release_is_not_said_to_gather(stores, writes, take):
    stores.mailboxes.receive([message("m0")])
    own, taken = stores.keys.of(CONVERSATION), take()
    writes("m1")

    AtOnce(stores.run, Mender(stores.scripts, stores.keys)).give_back(
        taken.lease, keys=(own.turn_lease, own.shared.due), member=own.turn_due, was={"attempts": 0}
    )

    assert take().gathers is None


def test_a_turn_that_begins_anew_has_it(stores, writes, take, turn):
    holder = "w0"
    writes("m1")

    anew = stores.turns.take(CONVERSATION, holder=holder)

    assert ids(anew) == ["m0", "m1"]
    assert stores.turns.commit(CONVERSATION, anew.lease, turn_result(1)).next_turn is not None


def test_what_gathers_after_two_deaths_came_later_and_is_no_suspect(stores, clock, writes, take):
    stores.mailboxes.receive([message("m0")])
    for _ in range(3):
        taken = take()
        clock.move(POLICY.lease_for)
    writes("m1")

    committed = stores.turns.commit(CONVERSATION, taken.lease, turn_result(1), go_on=False)

    assert committed.gathers == SECOND
    clock.move(seconds=1)
    assert take().crashes == 0


def test_with_several_shards_each_says_what_gathers_there(redis, clock):
    stores = Stores.on(redis, shards=4, policy=POLICY, clock=clock)
    names = [f"+9198409308{n}" for n in range(50, 56)]
    batch = [message(name, customer=name, received_at=to_ms(clock.now())) for name in names]

    received = stores.mailboxes.receive(batch, gather_for=lambda _: SECOND)

    assert received.gathering == {one.conversation: SECOND for one in batch}
    assert received.woken == ()
