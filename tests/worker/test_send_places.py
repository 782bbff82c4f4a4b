"""A slow sender does not delay the others."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.values import CONVERSATION, OTHER, ROUTE, delivery, turn_result
from worker.send_places import SendPlaces

SECOND = timedelta(seconds=1)
MINUTES = timedelta(minutes=5)


META, TWILIO = "meta:1", "twilio:+14155238886"


def test_one_sender_alone_has_every_place():
    places = SendPlaces(4)
    assert all(places.take(META, f"c{n}") for n in range(20))


def test_one_of_several_senders_has_half_of_them():
    places = SendPlaces(8, senders=(META, TWILIO))
    assert [places.take(META, f"c{n}") for n in range(6)] == [True] * 4 + [False] * 2
    assert places.take(TWILIO, "d")


def test_the_longest_wait_is_woken_when_a_place_is_free():
    places = SendPlaces(2, senders=(META, TWILIO))
    assert places.take(META, "first")
    for late in ("second", "third", "second"):
        assert not places.take(META, late)

    assert places.leave(META) == "second"
    assert places.take(META, "second")
    assert places.leave(META) == "third"
    assert places.leave(META) is None


def test_with_an_unknown_number_of_places_nothing_waits():
    places = SendPlaces(None, senders=(META, TWILIO))
    assert all(places.take(META, f"c{n}") for n in range(20))


def test_senders_beyond_those_that_are_counted_do_not_wait():
    places = SendPlaces(2, senders=(META, TWILIO))
    assert all(places.take(f"meta:{n}", "c") for n in range(100))
    assert places.leave("meta:99") is None


def test_waits_beyond_the_remembered_ones_are_left_to_the_sweep():
    places = SendPlaces(2, senders=(META, TWILIO))
    assert places.take(META, "first")
    assert not any(places.take(META, f"c{n}") for n in range(1001))

    woken = [places.leave(META) for _ in range(1001)]
    assert woken == [f"c{n}" for n in range(1000)] + [None]


@given(
    st.integers(1, 9),
    st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.integers(0, 5)), max_size=60),
)
def test_no_sender_has_more_than_half_and_no_wait_is_forgotten(total, steps):
    places = SendPlaces(total, senders="ab")
    busy: Counter[str] = Counter()
    waiting: dict[str, list[int]] = {"a": [], "b": []}
    for takes, sender, conversation in steps:
        if takes:
            if places.take(sender, str(conversation)):
                busy[sender] += 1
                assert busy[sender] <= max(1, total // 2)
            else:
                assert busy[sender] == max(1, total // 2)
                if conversation not in waiting[sender]:
                    waiting[sender].append(conversation)
        elif busy[sender]:
            busy[sender] -= 1
            expected = str(waiting[sender].pop(0)) if waiting[sender] else None
            assert places.leave(sender) == expected


def test_a_delivery_without_a_place_waits_in_its_order_and_is_sent_when_one_is_left(make_bench):
    bench = make_bench(places=SendPlaces(2, senders=(f"meta:{ROUTE.sender}", TWILIO)))
    for conversation in (CONVERSATION, OTHER):
        bench.receive("hello", conversation=conversation)
        taken = bench.stores.turns.take(conversation, holder="t", now=bench.clock.now())
        replies = tuple(delivery(f"{conversation}{n}", str(n), conversation=conversation) for n in range(2))
        bench.stores.turns.commit(
            conversation, taken.lease, turn_result(replies=replies), now=bench.clock.now()
        )
    bench.waker.taken()
    # While the first is being sent somebody else comes to the second.
    seen = []

    def meanwhile(sent):
        if sent.conversation == CONVERSATION and not seen:
            seen.append(sent.id)
            bench.courier.deliver([OTHER])
            assert bench.outbox(OTHER) == 2

    bench.channel.before_send = meanwhile
    bench.courier.deliver([CONVERSATION])

    assert ("deliver", OTHER) in bench.waker.woken
    bench.follow()
    assert [sent.id for sent in bench.channel.sent if sent.conversation == OTHER] == [
        f"{OTHER}0",
        f"{OTHER}1",
    ]
    assert bench.outbox() == bench.outbox(OTHER) == 0
    assert not [event for event in bench.stores.events() if "unknown" in event]
