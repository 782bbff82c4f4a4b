"""Deliveries: replies in their order, and what becomes of each."""

from datetime import timedelta

import pytest

from session.messages import Delivery, DeliveryState, Status
from session.policy import Policy
from session.records import to_ms
from tests.values import CONVERSATION, OTHER, ROUTE, delivery, message, turn_result
from worker.channels.outcomes import InDoubt, OptedOut, Prepared, Rejected, Sent, Stopped, Throttled

DELIVER = f"deliver|{CONVERSATION}"
SENDER = "meta:106540352242922"
MS = timedelta(milliseconds=1)
STOPPED = Stopped(code="190", words="token expired")
IN_DOUBT = InDoubt(words="connection reset")


@pytest.fixture
def queue(bench):
    """Replies wait in an outbox, each with its text as its id."""

    def queue_replies(*texts, conversation=CONVERSATION, on=bench, **fields):
        on.receive(f"for {texts}", conversation=conversation)
        taken = on.stores.turns.take(conversation, holder="t", now=on.clock.now())
        replies = tuple(
            delivery(text, text, conversation=conversation).model_copy(update=fields) for text in texts
        )
        on.stores.turns.commit(conversation, taken.lease, turn_result(replies=replies), now=on.clock.now())

    return queue_replies


def waiting(bench, conversation=CONVERSATION):
    entries = bench.stores.client.lrange(bench.stores.keys.of(conversation).outbox, 0, -1)
    return [Delivery.model_validate_json(entry).id for entry in entries]


def due_in(bench, member=DELIVER):
    return timedelta(milliseconds=bench.stores.waiting_since()[member] - to_ms(bench.clock.now()))


def how_far(bench):
    return bench.stores.client.hgetall(f"deliveries:{CONVERSATION}")


def events(bench, *names):
    """Return what the stream says of these, oldest first."""
    return [event[name] for event in bench.stores.events() for name in names if name in event]


# -- sent


def test_replies_are_sent_in_their_order(bench, queue):
    queue("one", "two", "three")

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one", "two", "three"]
    assert waiting(bench) == []
    assert DELIVER not in bench.stores.waiting_since()
    assert how_far(bench) == {"one": "sent", "two": "sent", "three": "sent"}
    assert events(bench, "sent") == ["p1", "p2", "p3"]


def test_the_hooks_are_told_whose_reply_is_settled_once_it_is_written(bench, queue):
    told = []
    bench.courier.tell_hooks = lambda conversation: told.append((conversation, events(bench, "sent")))
    queue("one")

    bench.courier.deliver([CONVERSATION])

    assert told == [(CONVERSATION, ["p1"])]


def test_more_replies_than_are_taken_at_once_are_sent_as_well(bench, queue):
    texts = [f"r{n}" for n in range(45)]
    queue(*texts)

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == texts


def test_a_reply_that_is_queued_during_a_send_goes_out_after_it(bench, queue):
    def meanwhile(sent):
        if sent.id == "one":
            queue("two")

    queue("one")
    bench.channel.before_send = meanwhile

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one", "two"]


def test_an_empty_outbox_is_nothing_to_do(bench):
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.sent == []


def test_a_leased_outbox_is_left_to_its_holder(bench, queue):
    queue("one")
    bench.stores.outbox.take(CONVERSATION, holder="somebody", now=bench.clock.now())

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.sent == []


# -- rejected for good


def test_a_rejected_reply_is_a_dead_letter_and_the_next_one_goes_on(bench, queue):
    queue("one", "two")
    bench.channel.outcomes = [Rejected(code="131026", words="undeliverable")]

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one", "two"]
    (letter,) = bench.stores.dead()
    assert (letter["kind"], letter["why"]) == ("reply", "131026: undeliverable")
    assert Delivery.model_validate_json(letter["raw"]).id == "one"
    assert how_far(bench) == {"one": "failed", "two": "sent"}
    assert events(bench, "failed", "sent") == ["131026: undeliverable", "p2"]


# -- throttled


@pytest.mark.parametrize(("after", "wait"), [(None, 1), (30.0, 30), (0.25, 0.25), (0.0, 0)])
def test_a_throttled_reply_waits_as_long_as_the_provider_says(bench, queue, after, wait):
    queue("one", "two")
    bench.channel.outcomes = [Throttled(code="130429", words="slow down", retry_after=after)]

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one"]
    assert waiting(bench) == ["one", "two"]
    assert due_in(bench) == timedelta(seconds=wait)

    bench.clock.move(seconds=wait)
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.texts == ["one", "one", "two"]


def test_each_throttling_waits_twice_as_long_up_to_the_longest(bench, queue):
    queue("one")
    bench.channel.outcomes = [Throttled(code="130429", words="slow down")] * 12
    waits = []
    for _ in range(12):
        bench.courier.deliver([CONVERSATION])
        waits.append(due_in(bench))
        bench.clock.move(waits[-1])

    assert [wait.total_seconds() for wait in waits] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_what_was_only_uploaded_is_sent_next_and_neither_an_attempt_nor_a_doubt(bench, queue):
    queue("one", "two")
    bench.channel.outcomes = [
        Prepared(words="document uploaded"),
        Throttled(code="130429", words="slow down"),
    ]

    bench.waker.taken()
    bench.courier.deliver([CONVERSATION])
    assert (waiting(bench), due_in(bench)) == (["one", "two"], timedelta())
    assert bench.waker.taken() == [("deliver", CONVERSATION)], "the sweep may be two seconds away"

    bench.courier.deliver([CONVERSATION])
    assert due_in(bench) == timedelta(seconds=1), "the wait of a first attempt"
    bench.clock.move(seconds=1)
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.texts == ["one", "one", "one", "two"]


def test_only_that_conversation_waits(bench, queue):
    queue("one")
    queue("two", conversation=OTHER)
    bench.channel.outcomes = [Throttled(code="130429", words="slow down")]

    bench.courier.deliver([CONVERSATION, OTHER])

    assert (waiting(bench), waiting(bench, OTHER)) == (["one"], [])


def test_a_stray_wake_up_does_not_shorten_the_wait(bench, queue):
    queue("one")
    bench.channel.outcomes = [Throttled(code="130429", words="slow down", retry_after=60)]
    bench.courier.deliver([CONVERSATION])

    bench.clock.move(timedelta(seconds=60) - MS)
    bench.courier.deliver([CONVERSATION])
    assert len(bench.channel.sent) == 1

    bench.clock.move(MS)
    bench.courier.deliver([CONVERSATION])
    assert len(bench.channel.sent) == 2


# -- stopped senders


def test_a_stopped_sender_is_paused_loudly_and_the_replies_wait(bench, queue, log):
    queue("one", "two")
    bench.channel.outcomes = [STOPPED]

    bench.courier.deliver([CONVERSATION])

    assert waiting(bench) == ["one", "two"]
    assert set(bench.stores.pauses.all()) == {SENDER}
    assert due_in(bench) == timedelta(seconds=30)
    assert any(line.startswith("CRITICAL") and "token expired" in line for line in log)


def test_through_a_paused_sender_nothing_is_sent_and_no_attempt_is_spent(bench, queue):
    queue("one")
    bench.channel.outcomes = [STOPPED]
    bench.courier.deliver([CONVERSATION])
    queue("two", conversation=OTHER)

    bench.courier.deliver([OTHER])

    assert bench.channel.texts == ["one"]
    assert due_in(bench, f"deliver|{OTHER}") == timedelta(seconds=30)
    taken = bench.stores.outbox.take(OTHER, holder="x", now=bench.clock.move(seconds=30))
    assert taken.attempt == 1


def test_another_sender_goes_on(bench, queue):
    queue("one")
    bench.channel.outcomes = [STOPPED]
    bench.courier.deliver([CONVERSATION])

    queue("two", conversation=OTHER, route=ROUTE.model_copy(update={"sender": "another"}))
    bench.courier.deliver([OTHER])

    assert bench.channel.texts == ["one", "two"]


def test_after_a_while_one_delivery_tries_the_sender_and_opens_it_again(bench, queue, log):
    queue("one", "two")
    bench.channel.outcomes = [STOPPED]
    bench.courier.deliver([CONVERSATION])

    bench.clock.move(seconds=30)
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one", "one", "two"]
    assert bench.stores.pauses.all() == {}
    assert len([line for line in log if "works again" in line]) == 1


def test_a_sender_that_is_still_stopped_stays_paused(bench, queue):
    queue("one")
    bench.channel.outcomes = [STOPPED, STOPPED]
    bench.courier.deliver([CONVERSATION])
    bench.clock.move(seconds=30)

    bench.courier.deliver([CONVERSATION])

    assert bench.stores.pauses.all()[SENDER].until == to_ms(bench.clock.now() + timedelta(seconds=30))
    assert due_in(bench) == timedelta(seconds=30)
    assert waiting(bench) == ["one"]


def test_a_sender_that_an_operator_resumes_is_used_again_when_the_reply_is_due(bench, queue):
    queue("one")
    bench.channel.outcomes = [STOPPED]
    bench.courier.deliver([CONVERSATION])
    bench.stores.pauses.resume(SENDER)
    queue("two", conversation=OTHER)

    bench.courier.deliver([OTHER])
    assert bench.channel.texts == ["one", "two"]

    bench.clock.move(seconds=30)
    bench.follow()
    assert bench.sweep() == [("deliver", CONVERSATION)]
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.texts == ["one", "two", "one"]


def test_a_channel_without_credentials_is_a_stopped_sender(bench, queue):
    queue("one", route=ROUTE.model_copy(update={"channel": "telegram"}))

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.sent == []
    assert bench.stores.pauses.all()["telegram:106540352242922"].code == "off"
    assert waiting(bench) == ["one"]


# -- nobody knows whether it was sent


def tell(bench, state, code=None):
    status = Status(
        conversation=CONVERSATION, delivery="one", provider_id="p", state=state, at=0, code=code, words="why"
    )
    bench.stores.statuses.note(status, now=bench.clock.now())


def test_an_unknown_send_waits_for_the_providers_own_word(bench, queue, policy):
    queue("one", "two")
    bench.channel.outcomes = [IN_DOUBT]

    bench.courier.deliver([CONVERSATION])

    assert how_far(bench) == {"one": "unknown"}
    assert due_in(bench) == policy.reconcile_for
    assert waiting(bench) == ["one", "two"]


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ])
def test_a_status_that_says_it_arrived_settles_it_at_once(bench, queue, state):
    queue("one", "two")
    bench.channel.outcomes = [IN_DOUBT]
    bench.courier.deliver([CONVERSATION])

    tell(bench, state)

    assert due_in(bench) == timedelta(0)
    assert bench.sweep() == [("deliver", CONVERSATION)]
    bench.courier.deliver([CONVERSATION])
    # It is not sent again, and the next one goes out.
    assert bench.channel.texts == ["one", "two"]
    assert how_far(bench) == {"one": state.value, "two": "sent"}


def test_a_status_that_says_it_failed_makes_it_a_dead_letter(bench, queue):
    queue("one", "two")
    bench.channel.outcomes = [IN_DOUBT]
    bench.courier.deliver([CONVERSATION])

    tell(bench, DeliveryState.FAILED, code="131026")
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one", "two"]
    assert [letter["kind"] for letter in bench.stores.dead()] == ["reply"]


def test_without_a_word_it_is_sent_again(bench, queue, policy):
    queue("one", "two")
    bench.channel.outcomes = [IN_DOUBT]
    bench.courier.deliver([CONVERSATION])

    bench.clock.move(policy.reconcile_for - MS)
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.texts == ["one"]

    bench.clock.move(MS)
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.texts == ["one", "one", "two"]
    assert events(bench, "resent") == ["1"]


def test_or_held_for_a_person_if_the_policy_says_so(make_bench, queue):
    bench = make_bench(Policy(in_doubt="hold"))
    queue("one", "two", on=bench)
    bench.channel.outcomes = [IN_DOUBT]
    bench.courier.deliver([CONVERSATION])

    bench.clock.move(bench.stores.policy.reconcile_for)
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one", "two"]
    (letter,) = bench.stores.dead()
    assert letter["why"].startswith("unknown: ")
    assert how_far(bench)["one"] == "unknown"


def test_a_courier_that_died_in_a_send_leaves_a_doubt_too(bench, queue, policy):
    # Given a courier that died after it had taken the outbox
    queue("one", "two")
    bench.stores.outbox.take(CONVERSATION, holder="dead", now=bench.clock.now())
    bench.clock.move(policy.send_lease_for)

    # The next one waits for a status before it sends anything
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.sent == []
    assert (how_far(bench), due_in(bench)) == ({"one": "unknown"}, policy.reconcile_for)

    bench.clock.move(policy.reconcile_for)
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.texts == ["one", "two"]


def test_a_doubt_survives_a_pause_of_the_sender(bench, queue, policy):
    queue("one")
    bench.channel.outcomes = [IN_DOUBT, STOPPED]
    bench.courier.deliver([CONVERSATION])
    bench.clock.move(policy.reconcile_for)
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.texts == ["one", "one"]

    tell(bench, DeliveryState.DELIVERED)
    bench.clock.move(minutes=1)
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one", "one"]
    assert waiting(bench) == []


def test_a_courier_that_took_too_long_settles_nothing(bench, queue, log):
    def too_slow(sent):
        bench.clock.move(bench.stores.policy.send_lease_for)
        bench.stores.outbox.take(CONVERSATION, holder="somebody", now=bench.clock.now())

    queue("one", "two")
    bench.channel.before_send = too_slow

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one"]
    assert waiting(bench) == ["one", "two"]
    assert any("longer than its lease" in line for line in log)


# -- what is not sent at all


def test_a_reply_whose_window_has_closed_is_a_dead_letter(bench, queue):
    closes = bench.clock.now() + timedelta(hours=1)
    queue("one", "two", window_until=to_ms(closes))
    bench.courier.deliver([CONVERSATION])
    assert bench.channel.texts == ["one", "two"]

    queue("three", window_until=to_ms(closes))
    bench.clock.move(hours=1)
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["one", "two"]
    (letter,) = bench.stores.dead()
    assert letter["why"].startswith("window: ")


def test_replies_to_a_customer_who_has_opted_out_meanwhile_are_dropped(bench, queue):
    queue("one", "two")
    bench.receive("stop")
    bench.turns.take([CONVERSATION])

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.sent == []
    assert waiting(bench) == []
    assert how_far(bench) == {"one": "failed", "two": "failed"}
    assert bench.stores.dead() == []


def stop(bench, id_="stop"):
    bench.stores.mailboxes.receive([message(id_, "STOP")], now=bench.clock.now())


@pytest.mark.parametrize("by_agent", [False, True])
def test_after_a_stop_no_unsent_reply_is_sent_whoever_wrote_it(bench, queue, by_agent):
    # Given twenty replies, in the middle of which the customer writes STOP
    queue(*[f"r{n}" for n in range(20)], by_agent=by_agent)
    bench.channel.before_send = lambda sent: stop(bench) if sent.id == "r3" else None

    bench.courier.deliver([CONVERSATION])

    # Then only the one that was under way is still sent, before anybody has taken a turn.
    assert bench.channel.texts == ["r0", "r1", "r2", "r3"]
    assert waiting(bench) == []
    assert set(events(bench, "failed")) == {"the customer has opted out"}
    assert bench.stores.dead() == []


def test_start_brings_back_new_replies_only(bench, queue):
    queue("old", "older")
    bench.channel.outcomes = [Throttled(code="130429", words="slow down", retry_after=60)]
    bench.courier.deliver([CONVERSATION])
    stop(bench)
    bench.stores.mailboxes.receive([message("start", "START")], now=bench.clock.now())
    bench.turns.take([CONVERSATION])
    bench.receive("new")
    bench.turns.take([CONVERSATION])

    bench.clock.move(seconds=60)
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts[:1] == ["old"]
    assert not {"old", "older"} & set(bench.channel.texts[1:])
    assert len(bench.channel.texts) > 1


def test_a_stop_that_is_delivered_again_after_start_stops_nothing(bench, queue):
    stop(bench)
    bench.stores.mailboxes.receive([message("start", "START")], now=bench.clock.now())
    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])
    receipts = len(bench.channel.texts)

    stop(bench)
    queue("new", fence=10_000)
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts[receipts:] == ["new"]


def test_a_sender_whose_sends_are_in_doubt_slows_down_instead_of_repeating(bench, queue, log):
    # Given a provider that answers nobody in time, and ten customers
    customers = [f"whatsapp:+2010000000{n}" for n in range(10, 20)]
    for customer in customers:
        queue("one", conversation=customer)
    bench.channel.outcomes = [IN_DOUBT] * 100

    for customer in customers:
        bench.courier.deliver([customer])

    # Then the first three find that out, and the others wait.
    assert len(bench.channel.sent) == 3
    assert bench.stores.pauses.all()[SENDER].code == "in-doubt"
    assert any("is paused for a while" in line for line in log)

    # And it goes on when the provider answers again.
    bench.channel.outcomes = []
    for _ in range(3):
        bench.clock.move(minutes=5)
        for customer in customers:
            bench.courier.deliver([customer])
    assert bench.stores.pauses.all() == {}
    assert len(bench.channel.sent) == 3 + 10


def test_one_outage_that_meets_many_sends_at_once_pauses_their_sender_once(bench, queue):
    customers = [f"whatsapp:+2010000000{n}" for n in range(10, 20)]
    for customer in customers:
        queue("one", conversation=customer)
    others = iter(customers[1:])

    def meanwhile(_):
        # Each is sent while all before it are on their way.
        for customer in others:
            bench.courier.deliver([customer])

    bench.channel.before_send = meanwhile
    bench.channel.outcomes = [IN_DOUBT] * 10
    bench.courier.deliver(customers[:1])

    assert len(bench.channel.sent) == 10
    assert bench.stores.pauses.all()[SENDER].until == to_ms(bench.clock.now() + timedelta(seconds=30))

    # The next one that is in doubt tells something new.
    bench.clock.move(seconds=45)
    bench.channel.outcomes = [IN_DOUBT]
    for customer in customers:
        bench.courier.deliver([customer])
    assert len(bench.channel.sent) == 11
    assert bench.stores.pauses.all()[SENDER].until == to_ms(bench.clock.now() + timedelta(minutes=1))


def test_when_a_pause_ends_one_tries_and_the_others_wait_for_what_comes_of_it(bench, queue):
    customers = [f"whatsapp:+2010000000{n}" for n in range(10, 20)]
    for customer in customers:
        queue("one", conversation=customer)
    bench.stores.pauses.pause(ROUTE, until=bench.clock.now(), code="190", words="token expired")
    others = iter([customers[1:]])

    def meanwhile(_):
        for customer in next(others, ()):
            bench.courier.deliver([customer])

    bench.channel.before_send = meanwhile
    bench.channel.outcomes = [STOPPED]
    bench.courier.deliver(customers[:1])
    assert len(bench.channel.sent) == 1

    bench.clock.move(seconds=30)
    for customer in customers:
        bench.courier.deliver([customer])
    assert [sent.conversation for sent in bench.channel.sent] == [customers[0], *customers]


def test_a_failure_told_of_a_reply_in_doubt_leaves_it_to_its_outbox(bench, queue):
    queue("one")
    bench.channel.outcomes = [IN_DOUBT]
    bench.courier.deliver([CONVERSATION])
    assert waiting(bench) == ["one"]

    failed = Status(
        conversation=CONVERSATION, delivery="one", provider_id="p", state=DeliveryState.FAILED, at=0
    )

    assert bench.stores.statuses.sent(failed) is None


def test_a_doubt_neither_hides_nor_ends_a_pause_that_says_more(bench, queue):
    queue("one")
    bench.stores.pauses.pause(ROUTE, until=bench.clock.now(), code="190", words="token expired")
    for _ in range(3):
        bench.stores.pauses.doubt(SENDER, within=timedelta(minutes=1))
    bench.channel.outcomes = [IN_DOUBT]

    bench.courier.deliver([CONVERSATION])

    assert bench.stores.pauses.all()[SENDER].code == "190"
    assert bench.stores.pauses.resume(SENDER, only="in-doubt") is False
    assert bench.stores.pauses.resume(SENDER, only="190") is True


def test_a_customer_who_opted_out_at_the_provider_gets_nothing(bench, queue):
    queue("one", "two")
    bench.channel.outcomes = [OptedOut(code="21610", words="opted out")]

    bench.courier.deliver([CONVERSATION])
    queue("three")
    bench.courier.deliver([CONVERSATION])

    assert "three" not in bench.channel.texts
    assert bench.stores.client.exists(f"optout:{CONVERSATION}")
    assert [event["consent"] for event in bench.stores.events() if "consent" in event] == ["out"]
    assert bench.stores.dead() == []


# -- several outboxes in one wake-up


def test_the_delivery_itself_is_sent(bench, queue):
    queue("one")
    bench.channel.outcomes = [Sent(provider_id="wamid.X")]

    bench.courier.deliver([CONVERSATION])

    (sent,) = bench.channel.sent
    assert (sent.id, sent.conversation, sent.route) == ("one", CONVERSATION, ROUTE)
