"""count_use.lua: a use counted against a limit."""

from datetime import timedelta

import pytest

from session.limits import MESSAGES, Usage
from session.policy import Policy
from session.records import to_ms
from session.store import SessionStore
from tests.stores import everything
from tests.values import CONVERSATION

MS = timedelta(milliseconds=1)
KEY = "rate:msg:+201001234567"


@pytest.fixture
def count(stores, clock):
    def count_uses(uses=1, limit=3):
        store = SessionStore(stores.scripts, stores.keys, Policy(limits={"messages": limit}))
        return stores.run(store.count(CONVERSATION, MESSAGES, uses=uses))

    return count_uses


def test_the_first_use_begins_the_window(stores, count, clock, policy):
    end = to_ms(clock.now() + MESSAGES.window)

    assert count() == (True, Usage(used=1, until=end))
    assert everything(stores.client) == {KEY: ("1", end)}


def test_later_uses_do_not_prolong_it(count, clock, policy):
    end = to_ms(clock.now() + MESSAGES.window)
    count()
    clock.move(minutes=59)

    assert count() == (True, Usage(used=2, until=end))


def test_the_last_one_is_allowed_and_the_next_is_refused(stores, count):
    count(uses=2)

    counted, last = count()
    assert (counted, last.used) == (True, 3)
    before = everything(stores.client)

    counted, refused = count()
    assert (counted, refused) == (False, last)
    assert everything(stores.client) == before


def test_several_uses_count_together_or_not_at_all(count):
    count(uses=2)

    counted, usage = count(uses=2)

    assert (counted, usage.used) == (False, 2)


@pytest.mark.parametrize(
    ("off", "allowed"), [(-MS, False), (0 * MS, True), (MS, True)], ids=["before", "at", "after"]
)
def test_a_window_ends_at_its_end_to_the_millisecond(count, clock, policy, off, allowed):
    count(uses=3)

    now = clock.move(MESSAGES.window + off)
    counted, usage = count()

    assert counted is allowed
    assert not allowed or usage == Usage(used=1, until=to_ms(now + MESSAGES.window))


def test_to_look_counts_nothing(stores, count):
    assert count(uses=0) == (True, Usage())
    assert everything(stores.client) == {}

    count(uses=3)
    before = everything(stores.client)

    counted, usage = count(uses=0)
    assert (counted, usage.used) == (True, 3)
    assert everything(stores.client) == before


def test_nothing_is_allowed_where_the_limit_is_zero(stores, count):
    assert count(limit=0) == (False, Usage())
    assert everything(stores.client) == {}
