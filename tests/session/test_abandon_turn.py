"""abandon_turn.lua: a turn given back undone."""

from datetime import timedelta

import pytest

from session.leases import Held, Lease, Stale, TurnTaken
from session.records import to_ms
from session.results import Updated
from tests.stores import everything
from tests.values import CONVERSATION, message, session, turn_result

MS = timedelta(milliseconds=1)
TURN = f"turn|{CONVERSATION}"
WAIT = timedelta(seconds=90)


@pytest.fixture
def taken(stores, clock):
    stores.mailboxes.receive([message("m1"), message("m2")], now=clock.now())
    return stores.turns.take(CONVERSATION, holder="w1", now=clock.now())


def test_an_abandoned_turn_keeps_its_messages_and_is_due_later(stores, taken, clock):
    retry_at = clock.now() + WAIT

    assert stores.turns.abandon(CONVERSATION, taken.lease, wait=retry_at - clock.now()) is None

    assert stores.waiting_since() == {TURN: to_ms(retry_at)}
    assert stores.client.llen(f"mailbox:{CONVERSATION}") == 2


@pytest.mark.parametrize(
    ("off", "given"), [(-MS, False), (0 * MS, True), (MS, True)], ids=["before", "at", "after"]
)
def test_no_stray_wake_up_shortens_the_wait(stores, taken, clock, off, given):
    stores.turns.abandon(CONVERSATION, taken.lease, wait=WAIT)
    until = to_ms(clock.now() + WAIT)

    clock.move(WAIT + off)
    answer = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())

    assert isinstance(answer, TurnTaken) is given
    assert given or answer == Held(until=until)


def test_the_attempt_counts(stores, taken, clock):
    stores.turns.abandon(CONVERSATION, taken.lease, wait=timedelta(0))

    second = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    stores.turns.abandon(CONVERSATION, second.lease, wait=timedelta(0))
    third = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())

    assert (taken.attempt, second.attempt, third.attempt) == (1, 2, 3)


def test_after_abandoning_a_turn_it_cannot_be_committed(stores, taken, clock):
    stores.turns.abandon(CONVERSATION, taken.lease, wait=WAIT)
    before = everything(stores.client)

    assert stores.turns.commit(CONVERSATION, taken.lease, turn_result(), now=clock.now()) == Stale(fence=1)
    assert everything(stores.client) == before


def test_a_repeated_call_writes_nothing(stores, taken, clock):
    stores.turns.abandon(CONVERSATION, taken.lease, wait=WAIT)
    before = everything(stores.client)

    again = stores.turns.abandon(CONVERSATION, taken.lease, wait=2 * WAIT)

    assert again == Stale(fence=1)
    assert everything(stores.client) == before


@pytest.mark.parametrize("lease", [Lease(fence=9, holder="w1"), Lease(fence=1, holder="w2")])
def test_whoever_does_not_hold_the_lease_writes_nothing(stores, taken, clock, lease):
    before = everything(stores.client)

    assert stores.turns.abandon(CONVERSATION, lease, wait=timedelta(0)) == Stale(fence=1)
    assert everything(stores.client) == before


def test_nothing_taken_is_nothing_to_abandon(stores, clock):
    lease = Lease(fence=1, holder="w1")

    assert stores.turns.abandon(CONVERSATION, lease, wait=timedelta(0)) == Stale(fence=0)
    assert everything(stores.client) == {}


def test_the_session_may_be_changed_while_the_turn_waits_for_its_retry(stores, taken, clock):
    stores.turns.abandon(CONVERSATION, taken.lease, wait=WAIT)

    assert stores.sessions.update(session(), was="", now=clock.now()) == Updated()
