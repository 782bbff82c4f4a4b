"""take_turn.lua: who may take a conversation, and what the turn is given."""

from datetime import timedelta

import pytest

from session.leases import Held, Listener, MailboxEmpty, TurnTaken
from session.limits import MESSAGES, SEARCHES, Usage, Usages
from session.records import to_ms
from tests.stores import everything
from tests.values import CONVERSATION, CUSTOMER, OTHER, delivery, message, session, turn_result

MS = timedelta(milliseconds=1)


@pytest.fixture
def waiting(stores, clock):
    """Two messages wait."""
    stores.mailboxes.receive([message("m1", "one"), message("m2", "two")], now=clock.now())
    return stores


def test_a_turn_is_given_the_waiting_messages_oldest_first(waiting, clock):
    taken = waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    assert isinstance(taken, TurnTaken)
    assert [one.text for one in taken.messages] == ["one", "two"]
    assert (taken.attempt, taken.session, taken.usages) == (1, None, Usages())
    assert taken.lease.holder == "w1"


def test_taking_leaves_the_messages_where_they_are_and_sets_the_time_of_recovery(waiting, clock):
    before = everything(waiting.client)

    waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    after = everything(waiting.client)
    until = to_ms(clock.now() + waiting.policy.lease_for)
    assert after[f"mailbox:{CONVERSATION}"] == before[f"mailbox:{CONVERSATION}"]
    assert waiting.waiting_since() == {f"turn|{CONVERSATION}": until}
    assert after[f"lease:{CONVERSATION}"][0] == {
        "fence": "1",
        "holder": "w1",
        "until": str(until),
        "listener": "",
        "hears": "",
        "attempts": "1",
        "crashes": "0",
        "alone": "",
    }


def test_the_holder_that_takes_again_still_hears(waiting, clock):
    hears = Listener(channel="turns:p", messages=True)
    waiting.turns.take(CONVERSATION, holder="w1", now=clock.now(), listener=hears)

    waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())
    assert waiting.client.hmget(f"lease:{CONVERSATION}", "listener", "hears") == ["turns:p", "messages"]

    clock.move(minutes=1)
    waiting.turns.take(CONVERSATION, holder="w2", now=clock.now())
    assert waiting.client.hmget(f"lease:{CONVERSATION}", "listener", "hears") == ["", ""]


def test_a_turn_is_given_the_session_and_both_counters(waiting, clock, policy):
    # Given a session and two usages
    kept = session(message_count=3)
    waiting.sessions.update(kept, was="", now=clock.now())
    waiting.sessions.count(CONVERSATION, MESSAGES, uses=7, now=clock.now())
    waiting.sessions.count(CONVERSATION, SEARCHES, uses=2, now=clock.move(seconds=1))

    # If I take the turn
    taken = waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    # Then I have all of it, with the ends of both windows
    end = to_ms(clock.now() + MESSAGES.window)
    assert taken.session == kept
    assert taken.usages == Usages(messages=Usage(used=7, until=end - 1000), searches=Usage(used=2, until=end))


def test_no_more_messages_are_taken_than_the_limit(waiting, clock):
    taken = waiting.turns.take(CONVERSATION, holder="w1", now=clock.now(), limit=1)

    assert [one.text for one in taken.messages] == ["one"]


def test_a_conversation_that_is_held_is_not_given_to_another(waiting, clock):
    waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())
    before = everything(waiting.client)

    answer = waiting.turns.take(CONVERSATION, holder="w2", now=clock.now())

    assert answer == Held(until=to_ms(clock.now() + waiting.policy.lease_for))
    assert everything(waiting.client) == before


@pytest.mark.parametrize(
    ("off", "given"), [(-MS, False), (0 * MS, True), (MS, True)], ids=["before", "at", "after"]
)
def test_a_lease_ends_at_its_end_to_the_millisecond(waiting, clock, off, given):
    waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    clock.move(waiting.policy.lease_for + off)
    answer = waiting.turns.take(CONVERSATION, holder="w2", now=clock.now())

    assert isinstance(answer, TurnTaken) is given


def test_the_next_lease_after_a_dead_worker_has_a_higher_fence_and_counts_the_death(waiting, clock):
    first = waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    clock.move(waiting.policy.lease_for)
    second = waiting.turns.take(CONVERSATION, holder="w2", now=clock.now())

    assert second.lease.fence > first.lease.fence
    assert (first.attempt, second.attempt) == (1, 1)
    assert (first.crashes, second.crashes) == (0, 1)
    assert second.messages == first.messages


def test_a_holder_whose_answer_was_lost_finds_its_own_lease_and_spends_no_attempt(waiting, clock):
    first = waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    again = waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    assert again.attempt == first.attempt == 1
    assert again.messages == first.messages
    assert again.lease.fence > first.lease.fence


def test_an_empty_mailbox_leaves_no_trace(stores, clock):
    # Given a wake-up for a conversation in which nothing waits
    stores.client.zadd("due", {f"turn|{CONVERSATION}": 1})

    answer = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())

    assert answer == MailboxEmpty()
    assert everything(stores.client) == {}


def test_the_lease_of_a_dead_worker_is_removed_when_nothing_waits(waiting, clock):
    waiting.turns.take(CONVERSATION, holder="dead", now=clock.now())
    waiting.client.delete(f"mailbox:{CONVERSATION}")

    clock.move(waiting.policy.lease_for)

    assert waiting.turns.take(CONVERSATION, holder="w2", now=clock.now()) == MailboxEmpty()
    assert not waiting.client.exists(f"lease:{CONVERSATION}")
    assert waiting.waiting_since() == {}


def test_a_conversation_does_not_hold_up_another(waiting, clock):
    waiting.mailboxes.receive([message("m3", "three", customer="+919840930854")], now=clock.now())
    waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    other = waiting.turns.take(OTHER, holder="w2", now=clock.now())

    assert [one.text for one in other.messages] == ["three"]


@pytest.mark.parametrize(
    ("off", "found"), [(-MS, True), (0 * MS, False), (MS, False)], ids=["before", "at", "after"]
)
def test_a_session_is_forgotten_at_its_time_by_the_clock_of_the_caller(waiting, clock, policy, off, found):
    waiting.sessions.update(session(), was="", now=clock.now())

    clock.move(policy.keep_for + off)
    taken = waiting.turns.take(CONVERSATION, holder="w1", now=clock.now())

    assert (taken.session is not None) is found


@pytest.mark.parametrize("text", ["", "مرحبا 👋🏽", "a\x00b", "line\nline", "{}[]\"'\\", "x" * 300_000])
def test_any_text_comes_through_unchanged(stores, clock, text):
    stores.mailboxes.receive([message("m1", text)], now=clock.now())

    taken = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())

    assert taken.messages[0].text == text
    assert taken.messages[0].customer == CUSTOMER


def test_the_death_of_a_process_counts_only_for_a_turn_alone_in_it(waiting, clock):
    found = []
    for n, alone in enumerate([False, False, True, True, False, False]):
        taken = waiting.turns.take(CONVERSATION, holder=f"w{n}", now=clock.now(), alone=alone)
        found.append((taken.attempt, taken.crashes))
        clock.move(waiting.policy.lease_for)

    assert found == [(1, 0), (1, 1), (1, 2), (2, 3), (3, 4), (3, 5)]


def test_a_turn_can_be_declared_alone_after_it_was_taken(waiting, clock):
    waiting.turns.take(CONVERSATION, holder="w", now=clock.now())
    again = waiting.turns.take(CONVERSATION, holder="w", now=clock.now(), alone=True)
    clock.move(waiting.policy.lease_for)

    assert (again.attempt, again.crashes) == (1, 0)
    assert waiting.turns.take(CONVERSATION, holder="w2", now=clock.now()).attempt == 2


def test_what_was_given_back_without_an_attempt_counts_none(waiting, clock):
    taken = waiting.turns.take(CONVERSATION, holder="w", now=clock.now())
    waiting.turns.abandon(CONVERSATION, taken.lease, wait=timedelta(0), counts=False)

    assert waiting.turns.take(CONVERSATION, holder="w2", now=clock.now()).attempt == 1


def test_messages_behind_a_suspect_stay_suspect_but_for_those_that_came_later(stores, clock):
    stores.mailboxes.receive([message(f"m{n}") for n in range(2)], now=clock.now())
    for n in range(3):
        taken = stores.turns.take(CONVERSATION, holder=f"w{n}", now=clock.now(), limit=1)
        clock.move(stores.policy.lease_for)
    stores.mailboxes.receive([message("later")], now=clock.now())

    found = []
    for n in range(2):
        stores.turns.commit(CONVERSATION, taken.lease, turn_result(1), now=clock.now(), go_on=False)
        taken = stores.turns.take(CONVERSATION, holder=f"x{n}", now=clock.now(), limit=1)
        found.append((taken.messages[0].id, taken.attempt, taken.crashes))

    assert found == [("m1", 1, 2), ("later", 1, 0)]


def test_each_turn_learns_how_many_replies_wait(waiting, clock):
    taken = waiting.turns.take(CONVERSATION, holder="w1", now=clock.now(), limit=1)
    replies = tuple(delivery(f"d{n}") for n in range(3))

    done = waiting.turns.commit(CONVERSATION, taken.lease, turn_result(1, replies=replies), now=clock.now())

    assert (taken.unsent, done.next_turn.unsent) == (0, 3)
