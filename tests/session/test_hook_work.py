"""When an event for a hook is tried again, when it is given up, and how far a hook has come."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.hook_work import Tries, advanced, failed, is_behind
from session.policy import Policy
from session.records import to_ms
from tests.clocks import START

POLICY = Policy(hook_attempts=4)
NUMBER = st.integers(0, 10**15)


def wait(attempt):
    return timedelta(seconds=2 ** (attempt - 1))


def after(*accepted, every=60):
    """The attempts after failures a minute apart; each says how long ago (s) the receiver accepted something, None: never."""
    tries = None
    for n, ago in enumerate(accepted):
        now = START + timedelta(seconds=n * every)
        at = 0 if ago is None else to_ms(now) - 1000 * ago
        tries = failed(tries, now=now, accepted=at, wait=wait, policy=POLICY)
        if tries is None:
            return n + 1
    return tries


@given(st.integers(1, 9999), NUMBER, NUMBER, NUMBER)
def test_the_attempts_are_read_as_they_were_written(counted, since, last, not_before):
    tries = Tries(counted=counted, since=since, last=last, not_before=not_before)

    assert Tries.read(tries.to_text()) == tries


@pytest.mark.parametrize("text", ["", "settled", "1 2 3", "1 2 3 4 5", "a b c d", "-1 2 3 4", "1 2 3 4" * 9])
def test_what_is_no_attempt_counts_as_none(text):
    assert Tries.read(text) is None


def test_while_a_receiver_accepts_others_the_attempts_of_an_event_are_limited():
    assert after(*[1] * 10) == 4


def test_while_it_accepts_nothing_they_are_not():
    tries = after(*[None] * 1000)

    assert tries.counted == 1
    assert tries.not_before - tries.last == 1000


def test_an_outage_in_between_counts_for_nothing():
    assert after(1, 1, *[10_000] * 100).counted == 2
    assert after(1, 1, *[10_000] * 100, 1, 1) == 104


def test_a_day_is_enough():
    assert after(*[None] * 3000) == 24 * 60 + 1


@given(st.lists(st.booleans(), max_size=30))
def test_all_up_to_the_first_that_is_not_settled(done):
    ids = [f"{n}-0" for n in range(len(done))]
    settled = {id_ for id_, is_done in zip(ids, done, strict=True) if is_done}

    last, count = advanced("before", ids, settled)

    assert set(ids[:count]) <= settled
    assert ids[count : count + 1] == [one for one in ids if one not in settled][:1]
    assert last == (ids[count - 1] if count else "before")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2-0", "1-0", True),
        ("10-0", "9-5", True),
        ("9-10", "9-9", True),
        ("9-9", "9-9", False),
        ("1-0", "2-0", False),
        ("after", "1-0", False),
        ("1-0", "", False),
    ],
)
def test_events_are_in_the_order_of_their_ids(one, other, expected):
    assert is_behind(one, other) is expected
