"""How long a retry waits, and how long a sender rests after doubts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.retries import COUNTED_FOR, backoff, rest_after

SECOND = timedelta(seconds=1)
MINUTES = timedelta(minutes=5)


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_a_wait_lies_between_half_of_the_doubled_one_and_all_of_it(attempt, chance):
    wait = backoff(attempt, first=SECOND, at_most=MINUTES, chance=chance)

    whole = min(SECOND * 2 ** min(attempt - 1, 20), MINUTES)
    assert whole / 2 <= wait <= whole


def test_the_waits_double_up_to_the_longest():
    waits = [backoff(n, first=SECOND, at_most=MINUTES, chance=0) / SECOND for n in range(1, 12)]

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize(
    ("doubts", "seconds"),
    [(1, None), (2, None), (3, 30), (4, 60), (5, 120), (6, 240), (7, 300), (10**6, 300)],
)
def test_each_further_doubt_lets_a_sender_rest_for_longer(doubts, seconds):
    assert rest_after(doubts) == (None if seconds is None else timedelta(seconds=seconds))


def test_a_sender_that_has_rested_for_longest_still_has_its_doubts():
    longest = rest_after(1000)
    send = timedelta(seconds=30)  # SEND_TIMEOUT_SECONDS

    assert longest + send < COUNTED_FOR
