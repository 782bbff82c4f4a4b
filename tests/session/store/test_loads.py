"""What processes hold: noted for a while, and forgotten with them."""

from datetime import timedelta

import pytest

from session.loads import Load
from session.store.loads import KEPT_FOR
from tests.clocks import ManualClock
from tests.stores import Stores

BUSY, IDLE = Load(conversations=7, places=200, assistants=3), Load(places=200)


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def loads(valkey, clock):
    return Stores.on(valkey, clock=clock).loads


def test_the_latest_of_each_process_is_known(loads):
    loads.note("one", IDLE)
    loads.note("two", IDLE)
    loads.note("one", BUSY)

    assert sorted(loads.all(), key=lambda load: load.conversations) == [IDLE, BUSY]


def test_one_that_ends_is_gone_at_once(loads):
    loads.note("one", BUSY)
    loads.note("two", IDLE)

    loads.note("one", None)

    assert loads.all() == [IDLE]


def test_one_that_dies_is_forgotten_when_others_note_what_they_hold(loads, clock):
    loads.note("dead", BUSY)
    clock.move(KEPT_FOR - timedelta(seconds=1))
    loads.note("two", IDLE)
    assert len(loads.all()) == 2

    clock.move(seconds=2)
    loads.note("two", IDLE)

    assert loads.all() == [IDLE]


def test_when_all_have_died_the_server_forgets_them(loads, valkey, clock):
    loads.note("dead", BUSY)

    assert valkey.pttl("loads") > 0


def test_what_cannot_be_read_hides_nothing_and_goes(loads, valkey):
    valkey.hset("loads", mapping={"x": b"\xff{", "y": "1|[]", "z": "nonsense"})

    loads.note("one", BUSY)

    assert loads.all() == [BUSY]
    assert sorted(valkey.hkeys("loads")) == ["one"]


def test_a_key_of_a_wrong_type_is_put_aside(loads, valkey):
    valkey.set("loads", "a string")

    loads.note("one", BUSY)

    assert loads.all() == [BUSY]
