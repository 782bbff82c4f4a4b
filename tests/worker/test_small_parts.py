"""The small pure parts: batches, patience, back-off, pseudonyms."""

import re
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.pseudonyms import Pseudonyms
from tests.clocks import ManualClock
from tests.values import CONVERSATION
from worker.backoff import backoff
from worker.batch import GATHER_FOR, PATIENCE, Batches, Gathered
from worker.wakeups import QUEUES, batches

SECOND = timedelta(seconds=1)
MINUTES = timedelta(minutes=5)


# -- back-off


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_a_wait_lies_between_half_of_the_doubled_one_and_all_of_it(attempt, chance):
    wait = backoff(attempt, first=SECOND, at_most=MINUTES, chance=chance)

    whole = min(SECOND * 2 ** min(attempt - 1, 20), MINUTES)
    assert whole / 2 <= wait <= whole


def test_the_waits_double_up_to_the_longest():
    waits = [backoff(n, first=SECOND, at_most=MINUTES, chance=0) / SECOND for n in range(1, 12)]

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


# -- batches


@given(st.integers(0, 500))
def test_batches_hold_everything_in_order_and_never_more_than_sixteen(how_many):
    names = [str(n) for n in range(how_many)]

    groups = list(batches(names))

    assert [name for group in groups for name in group] == names
    assert all(1 <= len(group) <= 16 for group in groups)


@pytest.mark.parametrize(
    ("how_many", "sizes"),
    [(1, [1]), (4, [1] * 4), (5, [3, 2]), (16, [8, 8]), (40, [16, 16, 8]), (100, [16] * 6 + [4])],
)
def test_a_few_are_shared_and_many_are_bundled(how_many, sizes):
    assert [len(group) for group in batches(["x"] * how_many)] == sizes


# -- patience


def worked_through(slow_at=None, by=timedelta(0), names="abcde"):
    clock, done, handed = ManualClock(), [], []
    batches_ = Batches(hand_on=handed.append, clock=clock)

    def work(name):
        done.append(name)
        # Whatever else takes time, because others have the processor, tries nobody's patience.
        clock.move(MINUTES)
        with batches_.outside():
            if name == slow_at:
                clock.move(by)

    batches_.work_through(list(names), work)
    return done, handed


def test_a_quick_batch_is_worked_through():
    assert worked_through() == (list("abcde"), [])


def test_what_would_wait_for_a_slow_one_is_handed_on():
    assert worked_through("b", PATIENCE + timedelta(milliseconds=1)) == (["a", "b"], [["c", "d", "e"]])


def test_patience_ends_after_its_time_and_not_at_it():
    assert worked_through("b", PATIENCE) == (list("abcde"), [])


def test_short_times_outside_add_up():
    clock, handed = ManualClock(), []
    batches_ = Batches(hand_on=handed.append, clock=clock)

    def work(_):
        with batches_.outside():
            clock.move(PATIENCE)

    batches_.work_through(list("abcdefg"), work)

    assert handed == [["f", "g"]]


def test_what_fails_outside_has_been_outside_all_the_same():
    clock, handed = ManualClock(), []
    batches_ = Batches(hand_on=handed.append, clock=clock)

    def work(_):
        with suppress(ValueError), batches_.outside():
            clock.move(SECOND)
            raise ValueError

    batches_.work_through(["a", "b"], work)

    assert handed == [["b"]]


def test_a_slow_last_one_leaves_nothing_to_hand_on():
    assert worked_through("e", MINUTES) == (list("abcde"), [])


def test_where_the_last_piece_was_slow_the_next_batch_is_handed_on_before_its_first():
    clock, done, handed = ManualClock(), [], []
    batches_ = Batches(hand_on=handed.append, clock=clock)

    def slow(name):
        assert not rest or handed[-1] == rest
        done.append(name)
        with batches_.outside():
            clock.move(SECOND)

    rest = []
    batches_.work_through(["a"], slow)
    rest = ["c", "d"]
    batches_.work_through(["b", "c", "d"], slow)

    assert (done, handed) == (["a", "b"], [["c", "d"]])


def test_wake_ups_are_gathered_until_one_has_waited_for_long():
    clock, published = ManualClock(), []
    gathered = Gathered(published.append, clock)

    gathered.add("a")
    gathered.add("b")
    assert published == []
    clock.move(GATHER_FOR + timedelta(milliseconds=1))
    gathered.add("c")
    gathered.add("d")
    gathered.publish()

    assert published == [["a", "b", "c"], ["d"]]


def test_what_a_slow_piece_of_work_leaves_waits_for_nothing():
    clock, published = ManualClock(), []
    gathered = Gathered(published.append, clock)

    clock.move(SECOND)
    gathered.add("a")

    assert published == [["a"]]


def test_nothing_is_nothing():
    assert worked_through(names="") == ([], [])


# -- pseudonyms


@given(st.text(st.characters(codec=None), max_size=200), st.text(max_size=30))
def test_a_pseudonym_is_decoded_with_the_secret(conversation, secret):
    pseudonyms = Pseudonyms(secret)

    assert pseudonyms.decode(pseudonyms.encode(conversation)) == conversation


@given(st.text(max_size=50), st.text(max_size=20), st.text(max_size=20))
def test_to_others_it_shows_nothing(conversation, secret, other):
    hidden = Pseudonyms(secret).encode(conversation)

    if secret != other:
        assert Pseudonyms(other).decode(hidden) is None


@given(st.integers(10**6, 10**15))
def test_no_digits_of_the_number_can_be_seen(number):
    hidden = Pseudonyms("secret").encode(f"whatsapp:+{number}")

    assert re.fullmatch(r"[A-Za-z0-9_-]+", hidden)
    assert str(number) not in hidden
    assert str(number)[-6:] not in hidden


def test_the_same_conversation_has_the_same_alias_and_another_has_another():
    pseudonyms = Pseudonyms("secret")
    names = [f"whatsapp:+2010{n:05}" for n in range(500)]

    assert pseudonyms.encode(CONVERSATION) == Pseudonyms("secret").encode(CONVERSATION)
    assert len({pseudonyms.encode(name) for name in names}) == 500


@given(st.text(max_size=100))
def test_an_invalid_pseudonym_decodes_to_nothing(text):
    assert Pseudonyms("secret").decode(text) is None


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_an_alias_that_was_tampered_with_shows_nothing_else(at, character):
    hidden = Pseudonyms("secret").encode(CONVERSATION)
    at %= len(hidden)

    shown = Pseudonyms("secret").decode(hidden[:at] + character + hidden[at + 1 :])

    assert shown in (None, CONVERSATION)


# -- queues


def test_every_task_has_a_queue_of_its_own():
    assert len(set(QUEUES.values())) == len(QUEUES) == 4
