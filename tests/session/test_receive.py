"""receive.lua: messages into their mailboxes, once each, and who must be woken."""

from datetime import timedelta

import pytest

from session.agent_actions import AgentActionType
from session.keys import Keys
from session.messages import Message
from session.policy import Policy
from session.records import to_ms
from session.results import Received
from session.store import MailboxStore, Scripts, Together
from tests.stores import Stores, everything
from tests.values import CONVERSATION, CUSTOMER, OTHER, action, message, turn_result

MS = timedelta(milliseconds=1)


def ids_in(stores, conversation=CONVERSATION):
    entries = stores.client.lrange(f"mailbox:{conversation}", 0, -1)
    return [Message.model_validate_json(entry).id for entry in entries]


def test_messages_go_to_the_end_of_their_mailbox_in_their_order(stores, clock):
    stores.mailboxes.receive([message("m1")], now=clock.now())
    received = stores.mailboxes.receive([message("m2"), message("m3")], now=clock.now())

    assert (received.accepted, received.duplicates) == (2, 0)
    assert ids_in(stores) == ["m1", "m2", "m3"]


@pytest.mark.parametrize(
    ("customer", "is_looked_up"), [(CUSTOMER, False), ("telegram:123456789", False), ("US.77ab", True)]
)
def test_only_an_id_that_may_lead_to_a_number_costs_a_round_trip_more(customer, is_looked_up):
    receiving = MailboxStore(Scripts.load(), Keys(), Policy()).receive([message(customer=customer)])

    assert isinstance(next(receiving), Together) is is_looked_up


def test_each_conversation_has_a_mailbox_of_its_own(stores, clock):
    batch = [message("m1"), message("m2", customer="+919840930854"), message("m3")]

    received = stores.mailboxes.receive(batch, now=clock.now())

    assert received == Received(accepted=3, duplicates=0, woken=(CONVERSATION, OTHER))
    assert ids_in(stores) == ["m1", "m3"]
    assert ids_in(stores, OTHER) == ["m2"]


def test_only_the_first_message_wakes_and_the_due_index_says_when_to_wake_again(stores, clock, policy):
    first = stores.mailboxes.receive([message("m1")], now=clock.now())
    second = stores.mailboxes.receive([message("m2")], now=clock.now() + MS)

    assert (first.woken, second.woken) == ((CONVERSATION,), ())
    assert stores.waiting_since() == {f"turn|{CONVERSATION}": to_ms(clock.now() + policy.wake_after)}


def test_a_message_for_a_conversation_that_waits_for_its_retry_does_not_wake_it_early(stores, clock):
    # Given a turn that failed and is due again in a minute
    stores.mailboxes.receive([message("m1")], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    retry_at = clock.now() + timedelta(minutes=1)
    stores.turns.abandon(CONVERSATION, taken.lease, wait=retry_at - clock.now())

    received = stores.mailboxes.receive([message("m2")], now=clock.now())

    assert received.woken == ()
    assert stores.waiting_since() == {f"turn|{CONVERSATION}": to_ms(retry_at)}


def test_nothing_received_writes_nothing(stores, clock):
    assert stores.mailboxes.receive([], now=clock.now()) == Received(accepted=0, duplicates=0, woken=())
    assert everything(stores.client) == {}


def test_a_repeated_call_changes_nothing_but_the_count_of_duplicates(stores, clock):
    batch = [message("m1"), message("m2", customer="+919840930854")]
    stores.mailboxes.receive(batch, now=clock.now())
    before = everything(stores.client)
    before["tally"][0]["duplicates"] = "2"

    again = stores.mailboxes.receive(batch, now=clock.move(days=1))

    assert again == Received(accepted=0, duplicates=2, woken=())
    assert everything(stores.client) == before


def test_an_id_that_comes_twice_in_one_batch_is_received_once(stores, clock):
    received = stores.mailboxes.receive([message("m1", "first"), message("m1", "second")], now=clock.now())

    assert (received.accepted, received.duplicates) == (1, 1)
    assert ids_in(stores) == ["m1"]


def test_the_same_id_from_two_customers_is_two_messages(stores, clock):
    received = stores.mailboxes.receive(
        [message("m1"), message("m1", customer="+919840930854")], now=clock.now()
    )

    assert received.accepted == 2


def test_a_message_that_was_answered_long_ago_is_still_known(stores, clock):
    stores.mailboxes.receive([message("m1")], now=clock.now())
    stores.client.delete(f"mailbox:{CONVERSATION}")

    clock.move(days=7)

    assert stores.mailboxes.receive([message("m1")], now=clock.now()).duplicates == 1


def test_known_ids_are_kept_for_eight_days_after_the_last_new_one(stores, clock):
    stores.mailboxes.receive([message("m1")], now=clock.now())
    stores.mailboxes.receive([message("m2")], now=clock.move(days=3))
    stores.mailboxes.receive([message("m2")], now=clock.move(days=1))

    seen = everything(stores.client)[f"seen:{CONVERSATION}"]
    assert seen[1] == to_ms(clock.now() + timedelta(days=7))


def test_the_newest_ids_are_kept_up_to_the_cap(redis, clock):
    stores = Stores.on(redis, policy=Policy(seen_at_most=3))
    for n in range(1, 6):
        came = to_ms(clock.move(seconds=1))
        stores.mailboxes.receive([message(f"m{n}", received_at=came)], now=clock.now())

    assert [id_ for id_, _ in everything(redis)[f"seen:{CONVERSATION}"][0]] == ["m3", "m4", "m5"]
    assert stores.mailboxes.receive([message("m3")], now=clock.now()).duplicates == 1
    assert stores.mailboxes.receive([message("m2")], now=clock.now()).accepted == 1


def drained(stores, clock, entries):
    """Entries whose bodies came just now, drained together."""
    came = to_ms(clock.now())
    return stores.mailboxes.receive(
        [one.model_copy(update={"received_at": came}) for one in entries], now=clock.now()
    )


def test_bodies_drained_again_after_a_crash_are_known_however_many_there_are(redis, clock):
    """Between the mailbox and the settled intake the drainer dies, and more came than ids are kept."""
    stores = Stores.on(redis, policy=Policy(seen_at_most=10))
    drained(stores, clock, [message(f"old{n}") for n in range(10)])
    clock.move(seconds=1)
    bodies = [message(f"m{n}") for n in range(35)]
    # An action in their midst parts the messages into two calls of the script.
    bodies.insert(20, action(AgentActionType.TAKE_OVER))
    assert drained(stores, clock, bodies).accepted == 36

    came = clock.now()
    clock.move(minutes=10)
    again = [one.model_copy(update={"received_at": to_ms(came)}) for one in bodies]
    received = stores.mailboxes.receive(again, now=clock.now())

    assert (received.accepted, received.duplicates) == (0, 36)


def test_once_it_is_settled_only_the_newest_ids_are_kept(redis, clock):
    stores = Stores.on(redis, policy=Policy(seen_at_most=10))
    drained(stores, clock, [message(f"m{n:02}") for n in range(35)])
    clock.move(seconds=1)

    drained(stores, clock, [message("next")])

    kept = [id_ for id_, _ in everything(redis)[f"seen:{CONVERSATION}"][0]]
    assert kept == [f"m{n}" for n in range(26, 35)] + ["next"]


def test_ids_that_only_actions_bring_have_an_end_too(redis, clock):
    stores = Stores.on(redis, policy=Policy(seen_at_most=2))
    for n in range(25):
        stores.mailboxes.receive(
            [action(AgentActionType.TAKE_OVER, id=f"a{n:02}")], now=clock.move(seconds=1)
        )

    assert redis.zcard(f"seen:{CONVERSATION}") == 20


# -- a mailbox that is full


@pytest.fixture
def narrow(redis):
    """Stores whose mailboxes hold three messages."""
    return Stores.on(redis, policy=Policy(mailbox_at_most=3))


def flood(stores, clock, first, last, **more):
    return stores.mailboxes.receive(
        [message(f"m{n}", **more) for n in range(first, last + 1)], now=clock.now()
    )


def letters(stores):
    return [(one["kind"], one["conversation"], int(one["count"])) for one in stores.dead()]


def test_what_a_full_mailbox_does_not_take_is_one_dead_letter_that_counts(narrow, clock):
    began = to_ms(clock.now())
    received = flood(narrow, clock, 1, 5)
    assert (received.accepted, received.duplicates, received.overflowed) == (3, 0, 2)
    assert flood(narrow, clock, 6, 6).overflowed == 1
    clock.move(minutes=50)
    flood(narrow, clock, 7, 106)

    assert ids_in(narrow) == ["m1", "m2", "m3"]
    assert letters(narrow) == [("overflow", CONVERSATION, 103)]
    (letter,) = narrow.dead()
    assert letter["why"] == "3 messages waited: 103 more were not kept, the first of them is here"
    assert Message.model_validate_json(letter["raw"]).id == "m4"
    assert int(letter["at"]) == began
    assert [(one["overflow"], one["conversation"]) for one in narrow.events()] == [("3", CONVERSATION)]
    assert narrow.client.hget("tally", "overflowed") == "103"


def test_what_was_not_taken_is_known_and_counted_once(narrow, clock):
    flood(narrow, clock, 1, 5)

    received = flood(narrow, clock, 1, 5)

    assert (received.accepted, received.duplicates, received.overflowed) == (0, 5, 0)
    assert letters(narrow) == [("overflow", CONVERSATION, 2)]


@pytest.mark.parametrize("count", ["", "many", None])
def test_a_flood_whose_letter_cannot_be_read_is_counted_and_hurts_no_neighbour(narrow, clock, count):
    # Given a full mailbox, and in place of its letter's id, or of its count, something else
    flood(narrow, clock, 1, 4)
    letter = "garbage" if count is None else narrow.client.xadd("dead", {"count": count})
    narrow.client.set(narrow.keys.of(CONVERSATION).overflow, letter, ex=60)

    batch = [message("n1", customer=OTHER.removeprefix("whatsapp:")), message("m5")]
    received = narrow.mailboxes.receive(batch, now=clock.now())

    assert (received.accepted, received.overflowed, received.woken) == (1, 1, (OTHER,))
    assert f"turn|{OTHER}" in narrow.waiting_since()
    assert [one.get("count") for one in narrow.dead()] == ["1", "1"]


def test_the_conversation_goes_on_as_soon_as_there_is_room(narrow, clock):
    flood(narrow, clock, 1, 5)
    taken = narrow.turns.take(CONVERSATION, holder="w", now=clock.now())
    narrow.turns.commit(CONVERSATION, taken.lease, turn_result(len(taken.messages)), now=clock.now())

    received = flood(narrow, clock, 6, 7)

    assert (received.accepted, received.woken) == (2, (CONVERSATION,))
    assert ids_in(narrow) == ["m6", "m7"]


def test_a_flood_of_one_customer_takes_nothing_from_another(narrow, clock):
    batch = [
        message(f"m{n}", customer=customer) for n in range(6) for customer in (CUSTOMER, "+919840930854")
    ]

    received = narrow.mailboxes.receive([*batch, message("other", customer="+49170")], now=clock.now())

    assert (received.accepted, received.overflowed) == (7, 6)
    assert sorted(letters(narrow)) == [("overflow", CONVERSATION, 3), ("overflow", OTHER, 3)]


def test_a_flood_that_begins_again_later_is_another_letter(narrow, clock):
    flood(narrow, clock, 1, 5)
    narrow.client.delete(narrow.keys.of(CONVERSATION).overflow)  # as its expiry does after an hour
    flood(narrow, clock, 6, 9)

    assert [count for _, _, count in letters(narrow)] == [2, 4]


def test_a_letter_that_a_person_has_dropped_is_not_counted_on(narrow, clock):
    flood(narrow, clock, 1, 5)
    narrow.client.xtrim("dead", maxlen=0, approximate=False)

    flood(narrow, clock, 6, 9)

    assert [count for _, _, count in letters(narrow)] == [4]


@pytest.mark.parametrize("word", ["STOP", "start", " Unsubscribe! "])
def test_stop_is_heard_above_a_flood_and_a_flood_of_stops_has_an_end(narrow, clock, word):
    flood(narrow, clock, 1, 5)

    received = flood(narrow, clock, 6, 60, text=word)

    assert (received.accepted, received.overflowed) == (20, 35)


def test_what_agents_do_is_taken_by_a_full_mailbox(narrow, clock):
    flood(narrow, clock, 1, 5)

    assert narrow.mailboxes.receive([action(AgentActionType.TAKE_OVER)], now=clock.now()).accepted == 1


@pytest.mark.parametrize("id_", ["", " ", "wamid.HBg=\n", "🙂", "x" * 5000, "turn|", "0"])
def test_any_id_is_an_id(stores, clock, id_):
    assert stores.mailboxes.receive([message(id_)], now=clock.now()).accepted == 1
    assert stores.mailboxes.receive([message(id_)], now=clock.now()).duplicates == 1


@pytest.mark.parametrize("customer", ["+1", "EG.77ab", "+201001234567 ", "a|b:c{d}", "\u200f+٢٠"])
def test_any_customer_has_a_mailbox(stores, clock, customer):
    received = stores.mailboxes.receive([message("m1", customer=customer)], now=clock.now())

    assert ids_in(stores, received.woken[0]) == ["m1"]


def test_a_large_batch_is_received_whole(stores, clock):
    batch = [message(f"m{n}", customer=f"+20100{n % 300:07}") for n in range(3000)]

    received = stores.mailboxes.receive(batch, now=clock.now())

    assert received.accepted == 3000
    assert len(set(received.woken)) == 300
    assert ids_in(stores, f"whatsapp:+20100{299:07}") == [f"m{n}" for n in range(299, 3000, 300)]


def test_what_was_received_is_the_message_itself(stores, clock):
    sent = message(
        "m1", "text", details={"nested": {"list": [1, 2.5, None, "x"]}}, reply_to="m0", name="Alia"
    )
    stores.mailboxes.receive([sent], now=clock.now())

    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())

    assert taken.messages == (sent,)
    assert taken.messages[0].customer == CUSTOMER
