"""store_body.lua, take_intake.lua, and the end of receive.lua: raw bodies, kept until they were received."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from session.bodies import Body, IntakeEmpty, IntakeTaken
from session.conversations import conversation_of, customer_of
from session.dead_letters import BodyLetter
from session.leases import Held, Lease, Stale
from session.records import to_ms
from session.results import Received
from session.store import Drained
from tests.clocks import START
from tests.stores import RecordingRunner, Stores, everything
from tests.values import CONVERSATION, action, message

MS = timedelta(milliseconds=1)
LETTER = BodyLetter(why="not JSON", raw="{")


@pytest.fixture
def store(stores, clock):
    """Store bodies, each with itself as its source."""

    def store_bodies(*bodies):
        return [
            stores.intake.store(body.encode(), source=body, now=clock.now(), ordering_key="sender").wake
            for body in bodies
        ]

    return store_bodies


def take(stores, clock, holder="w1", limit=100):
    return stores.intake.take(0, holder=holder, now=clock.now(), limit=limit)


def test_bodies_come_out_in_the_order_of_their_arrival(stores, store, clock):
    store("a", "b", "c")

    taken = take(stores, clock)

    at = to_ms(clock.now())
    assert [(body.source, body.at, body.body) for body in taken.bodies] == [
        ("a", at, b"a"),
        ("b", at, b"b"),
        ("c", at, b"c"),
    ]


def test_only_the_first_body_wakes(stores, store, clock, policy):
    assert store("a", "b") == [0, None]
    assert stores.waiting_since() == {"intake": to_ms(clock.now() + policy.wake_after)}


def test_later_bodies_do_not_put_off_the_sweep(stores, store, clock, policy):
    store("a")
    wake_by = to_ms(clock.now() + policy.wake_after)

    clock.move(seconds=5)
    store("b")

    assert stores.waiting_since() == {"intake": wake_by}


def test_a_body_that_comes_while_the_intake_is_drained_does_not_wake(stores, store, clock):
    store("a")
    taken = take(stores, clock)

    assert store("b") == [None]
    assert stores.settle(0, taken.lease, [taken.bodies[0].id], now=clock.now()) == 1


def test_no_more_bodies_are_taken_than_the_limit(stores, store, clock):
    store("a", "b", "c")

    assert [body.body for body in take(stores, clock, limit=2).bodies] == [b"a", b"b"]


@pytest.mark.parametrize(
    ("sizes", "taken"),
    [
        ([10, 10, 10], 3),
        ([40, 40, 20, 1], 3),
        ([40, 40, 21], 2),
        ([300, 1], 1),  # the oldest comes whatever its size, and alone
        ([99, 300, 1], 1),
        ([100, 0, 1], 2),
    ],
)
def test_no_more_bytes_are_taken_than_the_limit_but_one_body_always_is(stores, clock, sizes, taken):
    for size in sizes:
        stores.intake.store(b"x" * size, source="meta", now=clock.now(), ordering_key="x")

    first = stores.intake.take(0, holder="w", now=clock.now(), limit=64, bytes_at_most=100)

    assert [len(body.body) for body in first.bodies] == sizes[:taken]
    stores.settle(0, first.lease, [body.id for body in first.bodies], now=clock.now())
    assert stores.client.xlen("intake") == len(sizes) - taken


def test_bodies_of_3_mb_come_one_by_one(valkey, clock):
    stores = Stores.on(valkey)
    for _ in range(8):
        stores.intake.store(b"x" * 3_000_000, source="meta", now=clock.now(), ordering_key="x")

    answers = 0
    while isinstance(taken := stores.intake.take(0, holder="w", now=clock.now(), limit=64), IntakeTaken):
        assert len(taken.bodies) == 1
        stores.settle(0, taken.lease, [taken.bodies[0].id], now=clock.now())
        answers += 1

    assert answers == 8


def test_an_empty_intake_leaves_no_trace(stores, clock):
    stores.client.zadd("due", {"intake": 1})

    assert take(stores, clock) == IntakeEmpty()
    assert everything(stores.client) == {}


def test_only_one_drains_at_a_time(stores, store, clock, policy):
    store("a")
    take(stores, clock)
    before = everything(stores.client)

    until = to_ms(clock.now() + policy.lease_for)
    assert take(stores, clock, "w2") == Held(until=until)
    assert stores.waiting_since() == {"intake": until}
    assert everything(stores.client) == before


@pytest.mark.parametrize(
    ("off", "given_"), [(-MS, False), (0 * MS, True), (MS, True)], ids=["before", "at", "after"]
)
def test_a_lease_ends_at_its_end_to_the_millisecond(stores, store, clock, off, given_):
    store("a")
    take(stores, clock)

    clock.move(stores.policy.lease_for + off)

    assert isinstance(take(stores, clock, "w2"), IntakeTaken) is given_


def test_a_holder_whose_answer_was_lost_finds_its_own_lease(stores, store, clock):
    store("a")
    first = take(stores, clock)

    again = take(stores, clock)

    assert again.bodies == first.bodies
    assert again.lease.fence > first.lease.fence


def test_settling_everything_leaves_no_trace(stores, store, clock):
    store("a", "b")
    taken = take(stores, clock)

    left = stores.settle(0, taken.lease, [body.id for body in taken.bodies], now=clock.now())

    assert left == 0
    assert stores.waiting_since() == {}
    assert take(stores, clock, "w2") == IntakeEmpty()
    assert not stores.client.exists("lease:intake")


def test_continuing_keeps_the_lease_for_the_rest(stores, store, clock):
    store("a", "b", "c")
    taken = take(stores, clock)

    assert stores.settle(0, taken.lease, [taken.bodies[0].id], now=clock.now()) == 2

    assert isinstance(take(stores, clock, "w2"), Held)
    assert [body.body for body in take(stores, clock).bodies] == [b"b", b"c"]


def test_stopping_releases_the_lease_and_requires_a_wake_up(stores, store, clock, policy):
    store("a", "b")
    taken = take(stores, clock)

    left = stores.settle(0, taken.lease, [taken.bodies[0].id], now=clock.now(), go_on=False)

    assert left == 1
    assert stores.waiting_since() == {"intake": to_ms(clock.now() + policy.wake_after)}
    assert isinstance(take(stores, clock, "w2"), IntakeTaken)


def test_dead_letters_are_kept_with_what_was_settled(stores, store, clock):
    store("a", "b")
    taken = take(stores, clock)

    letters = [LETTER, BodyLetter(raw="\udcff")]
    stores.settle(0, taken.lease, [taken.bodies[0].id], now=clock.now(), dead=letters)

    assert stores.dead() == [letter.to_fields() for letter in letters]


@pytest.mark.parametrize("handled", [1, 2])
@pytest.mark.parametrize("go_on", [True, False])
def test_a_settlement_whose_answer_was_lost_writes_nothing_the_second_time(
    store, stores, clock, handled, go_on
):
    store("a", "b")
    taken = take(stores, clock)
    ids = [body.id for body in taken.bodies[:handled]]
    stores.settle(0, taken.lease, ids, now=clock.now(), go_on=go_on, dead=[LETTER])
    before = everything(stores.client)

    again = stores.settle(0, taken.lease, ids, now=clock.now(), go_on=go_on, dead=[LETTER])

    assert isinstance(again, Stale)
    assert everything(stores.client) == before


@pytest.mark.parametrize("lease", [Lease(fence=9, holder="w1"), Lease(fence=1, holder="w2")])
def test_whoever_does_not_hold_the_lease_settles_nothing(stores, store, clock, lease):
    store("a")
    taken = take(stores, clock)
    before = everything(stores.client)

    answer = stores.settle(0, lease, [taken.bodies[0].id], now=clock.now(), dead=[LETTER])

    assert answer == Stale(fence=1)
    assert everything(stores.client) == before


def test_a_late_worker_settles_nothing_after_another_took_over(stores, store, clock):
    store("a")
    late = take(stores, clock)
    clock.move(stores.policy.lease_for)
    take(stores, clock, "w2")

    answer = stores.settle(0, late.lease, [late.bodies[0].id], now=clock.now(), dead=[LETTER])

    assert answer == Stale(fence=2)
    assert stores.dead() == []


def test_an_entry_written_by_hand_does_not_stop_the_intake(stores, store, clock):
    # Given an entry without the fields that we write, in front of one of ours
    id_ = stores.client.xadd("intake", {"hello": "world"})
    store("a")

    taken = take(stores, clock)

    assert taken.bodies[0] == Body(id=id_, source="", at=int(id_.partition("-")[0]), body=b"")
    assert taken.bodies[1].body == b"a"


def test_bodies_of_one_ordering_key_stay_in_one_shard(redis, clock):
    stores = Stores.on(redis, shards=4)
    shards = {
        ordering_key: {stores.keys.shard_of(ordering_key) for _ in range(3)}
        for ordering_key in ("meta:1", "meta:2", "twilio:+1")
    }

    for ordering_key in shards:
        stores.intake.store(ordering_key.encode(), source="meta", now=clock.now(), ordering_key=ordering_key)

    for ordering_key, (shard,) in shards.items():
        bodies = stores.intake.take(shard, holder="w1", now=clock.now(), limit=9).bodies
        assert ordering_key.encode() in [body.body for body in bodies]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        bytes(range(256)),
        b"\xff" * 10,
        "\ud83d".encode("utf-8", "surrogatepass"),
        b"x" * 3_000_000,
    ],
    ids=["empty", "nul", "all", "not utf-8", "surrogate", "3 MB"],
)
def test_raw_bytes_come_out_as_they_went_in(stores, clock, body):
    stores.intake.store(body, source="meta?a=b&c=%FF", now=clock.now(), ordering_key="sender")

    (found,) = take(stores, clock).bodies

    assert found.body == body
    assert found.source == "meta?a=b&c=%FF"


@settings(max_examples=150)
@given(bodies=st.lists(st.binary(max_size=2000), min_size=1, max_size=5))
def test_any_bytes_come_out_as_they_went_in(valkey, bodies):
    stores = Stores.on(valkey)
    valkey.flushall()
    for body in bodies:
        stores.intake.store(body, source="meta", now=START, ordering_key="sender")

    taken = stores.intake.take(0, holder="w1", now=START, limit=100)

    assert [body.body for body in taken.bodies] == bodies


# -- with the messages that were in the bodies


def receive(stores, clock, taken, *entries, **options):
    drained = Drained(shard=0, lease=taken.lease, handled=[body.id for body in taken.bodies], **options)
    return stores.mailboxes.receive(entries, now=clock.now(), drained=drained)


def test_the_bodies_leave_as_their_messages_come(stores, store, clock):
    store("a")
    taken = take(stores, clock)
    store("b")

    received = receive(stores, clock, taken, message("m1"), message("m2"))

    assert received == Received(accepted=2, duplicates=0, woken=(CONVERSATION,), left=1)
    assert stores.client.llen(f"mailbox:{CONVERSATION}") == 2
    assert [body.body for body in take(stores, clock).bodies] == [b"b"]


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("go_on", [True, False])
def test_messages_whose_answer_was_lost_are_not_received_a_second_time(stores, store, clock, more, go_on):
    store("a")
    taken = take(stores, clock)
    if more:
        store("b")
    receive(stores, clock, taken, message("m1"), go_on=go_on, dead=[LETTER])
    before = everything(stores.client)

    again = receive(stores, clock, taken, message("m1"), go_on=go_on, dead=[LETTER])

    assert isinstance(again.left, Stale)
    assert (again.accepted, again.woken) == (0, ())
    assert everything(stores.client) == before


def test_a_drainer_that_lost_its_lease_receives_nothing(stores, store, clock):
    store("a")
    late = take(stores, clock)
    clock.move(stores.policy.lease_for)
    taken = take(stores, clock, "w2")
    before = everything(stores.client)

    assert receive(stores, clock, late, message("m1")).left == Stale(fence=taken.lease.fence)

    assert everything(stores.client) == before


def test_actions_come_before_the_messages_behind_them_are_received_and_the_bodies_settled(
    stores, store, clock
):
    store("a")
    taken = take(stores, clock)

    received = receive(stores, clock, taken, message("m1"), action(id="a1"), message("m2"))

    assert (received.accepted, received.woken, received.left) == (3, (CONVERSATION,), 0)
    mailbox = stores.client.lrange(f"mailbox:{CONVERSATION}", 0, -1)
    assert [json.loads(entry)["id"] for entry in mailbox] == ["m1", "a1", "m2"]


def test_messages_of_another_shard_come_before_the_bodies_are_settled(redis, clock):
    run = RecordingRunner(redis)
    stores = Stores.on(redis, shards=4, run=run)
    names = [conversation_of(f"+2010{n:04}") for n in range(12)]
    shard = stores.keys.shard_of(names[-1])
    stores.intake.store(b"x", source="meta", now=clock.now(), ordering_key=names[-1])
    taken = stores.intake.take(shard, holder="w1", now=clock.now(), limit=9)
    batch = [message(f"m{n}", customer=customer_of(name)) for n, name in enumerate(names)]

    drained = Drained(shard=shard, lease=taken.lease, handled=[body.id for body in taken.bodies])
    received = stores.mailboxes.receive(batch, now=clock.now(), drained=drained)

    assert (received.accepted, sorted(received.woken), received.left) == (12, sorted(names), 0)
    # The last call has the settled body, and the last message at least.
    assert run.calls[-1][1][0] == stores.keys.shard(shard).due
    assert taken.bodies[0].id in run.calls[-1][2]
    assert batch[-1].to_json() in run.calls[-1][2]
    for name in names:
        assert stores.client.llen(stores.keys.of(name).mailbox) == 1


def test_what_one_body_tells_of_the_past_is_received_where_each_conversation_is(redis, clock):
    """A body of older messages stays with one shard, whoever they are from."""
    stores = Stores.on(redis, shards=4)
    names = [conversation_of(f"+2010{n:04}") for n in range(12)]
    assert len({stores.keys.shard_of(name) for name in names}) == 4
    stores.intake.store(b"x", source="meta", now=clock.now(), ordering_key="meta")
    shard = stores.keys.shard_of("meta")
    past = [action("past", id=f"past:{n}", customer=customer_of(name)) for n, name in enumerate(names)]

    # The process dies before it has settled the body, and another one reads it again.
    for holder in ("w1", "w2"):
        taken = stores.intake.take(shard, holder=holder, now=clock.now(), limit=9)
        drained = Drained(shard=shard, lease=taken.lease, handled=[body.id for body in taken.bodies])
        if holder == "w1":
            stores.mailboxes.receive(past[:7], now=clock.now())
            clock.move(minutes=5)
        else:
            received = stores.mailboxes.receive(past, now=clock.now(), drained=drained)

    assert (received.accepted, received.left, stores.client.xlen(stores.keys.shard(shard).intake)) == (
        5,
        0,
        0,
    )
    for name, one in zip(names, past, strict=True):
        assert stores.client.lrange(stores.keys.of(name).mailbox, 0, -1) == [one.to_json()]
        assert stores.turns.take(name, holder="t", now=clock.now()).action == one


@pytest.mark.parametrize(
    "key", [f"mailbox:{CONVERSATION}", f"seen:{CONVERSATION}", "dead", "events", "fence"]
)
def test_a_key_of_a_wrong_type_does_not_keep_the_messages_from_coming(stores, store, clock, key):
    store("a")
    taken = take(stores, clock)
    stores.client.delete(key)
    stores.client.sadd(key, "a set") if key != "fence" else stores.client.set(key, "no number")

    received = receive(stores, clock, taken, message("m1"))

    assert (received.accepted, received.left) == (1, 0)
    assert stores.client.llen(f"mailbox:{CONVERSATION}") == 1
