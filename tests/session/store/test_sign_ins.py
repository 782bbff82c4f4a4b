"""take_guess.lua and note_visit.lua: who may try a password, and who has come in."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.events import SignInNoted
from session.keys import Keys
from session.policy import Policy
from session.records import to_ms
from session.store import AttemptKeys, AttemptLimits, SignInStore
from tests.clocks import START
from tests.stores import at_once, scripts_by

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LIMITS = AttemptLimits(free_pair=2, free_address=5, first=SECOND, longest=MINUTE, keep=10 * MINUTE)
MONA, KARIM = AttemptKeys(pair="mona here", address="here"), AttemptKeys(pair="karim here", address="here")


@pytest.fixture
def sign_ins(redis):
    return at_once(redis, SignInStore(scripts_by(), Keys(), Policy()))


@pytest.fixture
def guesses(sign_ins, clock):
    """Try some times; returns how long each had to wait instead."""

    def attempt(attempts=MONA, times=1):
        return [sign_ins.attempt(attempts, LIMITS, now=clock.now()) for _ in range(times)]

    return attempt


def test_after_some_tries_each_further_one_is_followed_by_a_longer_wait(guesses, clock):
    assert guesses(times=4) == [timedelta(), timedelta(), timedelta(), SECOND]
    clock.move(SECOND)
    assert guesses(times=2) == [timedelta(), 2 * SECOND]
    clock.move(SECOND)
    assert guesses() == [SECOND], "waiting is no try"


def test_no_wait_is_longer_than_the_longest(guesses, clock):
    for _ in range(40):
        clock.move(MINUTE)
        assert guesses() == [timedelta()]
    assert guesses() == [MINUTE]


def test_another_address_does_not_wait(guesses):
    guesses(times=4)

    assert guesses(AttemptKeys(pair="mona there", address="there")) == [timedelta()]


def test_an_address_waits_whatever_names_it_tries(guesses):
    names = [AttemptKeys(pair=f"agent {number}", address="here") for number in range(7)]

    assert [guesses(name)[0] for name in names] == [timedelta()] * 6 + [SECOND]


def test_a_right_password_clears_the_attempts(sign_ins, guesses, clock):
    guesses(times=2)
    sign_ins.enter(
        "cookie",
        "who",
        lasts=MINUTE,
        attempts=MONA,
        event=SignInNoted(what="in"),
        now=clock.now(),
    )

    assert guesses(times=3) == [timedelta()] * 3
    for _ in range(9):
        guesses(KARIM)
        sign_ins.enter(
            "cookie",
            "who",
            lasts=MINUTE,
            attempts=KARIM,
            event=SignInNoted(what="in"),
            now=clock.now(),
        )
    assert guesses(KARIM) == [timedelta()], "nor has whoever else sits at this address"


def test_tries_are_forgotten(guesses, clock):
    guesses(times=3)
    clock.move(SECOND + LIMITS.keep)

    assert guesses(times=3) == [timedelta()] * 3


def test_a_visit_is_kept_until_it_ends(sign_ins, redis, clock):
    until = clock.now() + MINUTE
    sign_ins.enter(
        "cookie", "who", lasts=MINUTE, attempts=MONA, event=SignInNoted(what="in"), now=clock.now()
    )

    assert sign_ins.who("cookie") == "who"
    assert redis.pexpiretime(Keys().shard(0).signed_in("cookie")) == int(until.timestamp() * 1000)
    assert sign_ins.who("another") == ""
    sign_ins.leave("cookie", event=SignInNoted(what="out"), now=clock.now())
    assert sign_ins.who("cookie") == ""


def test_each_thing_at_the_door_is_one_event(sign_ins, redis, clock):
    sign_ins.refuse(MONA, event=SignInNoted(what="refused"), now=clock.now())
    sign_ins.enter(
        "cookie",
        "who",
        lasts=MINUTE,
        attempts=MONA,
        event=SignInNoted(what="in", by="Mona"),
        now=clock.now(),
    )
    for _ in range(2):
        sign_ins.leave("cookie", event=SignInNoted(what="out", by="Mona"), now=clock.now())

    at = str(to_ms(clock.now()))
    assert [fields for _, fields in redis.xrange("events")] == [
        {"at": at, "door": "refused"},
        {"at": at, "door": "in", "by": "Mona"},
        {"at": at, "door": "out", "by": "Mona"},
    ]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 90)), max_size=60))
def test_attempts_are_not_more_frequent_than_the_waits_allow(moves):
    """Whatever is tried when: an address has had its free tries, and one more for each wait that is over."""
    import fakeredis  # noqa: PLC0415  (a server of its own for each example)

    client = fakeredis.FakeRedis(server=fakeredis.FakeServer(), decode_responses=True)
    sign_ins, now = at_once(client, SignInStore(scripts_by(), Keys(), Policy())), START
    made: dict[str, int] = {}
    for name, address, seconds in moves:
        now += seconds * SECOND
        wait = sign_ins.attempt(AttemptKeys(pair=name + address, address=address), LIMITS, now=now)
        assert timedelta() <= wait <= LIMITS.longest
        if not wait:
            made[name + address] = made.get(name + address, 0) + 1
    passed = (now - START) // SECOND
    for count in made.values():
        # The first wait is a second, the next two, and so on up to a minute.
        assert count <= LIMITS.free_pair + 1 + 6 + passed // 60 + 1
