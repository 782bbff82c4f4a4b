"""update_session.lua: a session changed from outside a turn."""

from datetime import timedelta

import pytest

from session.events import SessionChanged
from session.leases import Stale
from session.models import State
from session.records import to_ms
from session.results import Busy, Changed, Updated
from tests.stores import everything
from tests.values import CONVERSATION, message, session, turn_result

MS = timedelta(milliseconds=1)
KEY, IDLE_TIMEOUT = f"session:{CONVERSATION}", f"lapse|{CONVERSATION}"

was = session(state=State.ACTIVE)
becomes = was.change(profile_name="Alia")


def test_a_session_that_still_is_what_was_read_is_written(stores, clock, policy):
    assert (
        stores.sessions.update(was, was="", now=clock.now(), event=SessionChanged(created="s1")) == Updated()
    )

    held = everything(stores.client)
    assert held[KEY] == (was.to_json(), to_ms(clock.now() + policy.keep_for))
    assert stores.waiting_since() == {IDLE_TIMEOUT: to_ms(clock.now() + policy.idle_after)}
    at = str(to_ms(clock.now()))
    assert stores.events() == [{"conversation": CONVERSATION, "at": at, "created": "s1"}]

    assert stores.sessions.update(becomes, was=was.to_json(), now=clock.now()) == Updated()
    assert stores.sessions.read(CONVERSATION, now=clock.now())[0] == becomes.to_json()
    assert len(stores.events()) == 1


def test_a_session_that_cannot_lapse_is_not_due(stores, clock):
    stores.sessions.update(was, was="", now=clock.now())

    stores.sessions.update(was.change(state=State.CLOSED), was=was.to_json(), now=clock.now())

    assert stores.waiting_since() == {}


@pytest.mark.parametrize("read", ["", becomes.to_json(), "{}"])
def test_a_session_that_changed_meanwhile_is_left_alone(stores, clock, read):
    stores.sessions.update(was, was="", now=clock.now())
    before = everything(stores.client)

    answer = stores.sessions.update(
        was.change(message_count=7), was=read, now=clock.now(), event=SessionChanged(created="y")
    )

    assert answer == Changed()
    assert everything(stores.client) == before


def test_a_session_that_is_gone_is_not_brought_back(stores, clock):
    assert stores.sessions.update(becomes, was=was.to_json(), now=clock.now()) == Changed()
    assert everything(stores.client) == {}


def test_a_repeated_call_finds_its_own_work(stores, clock):
    stores.sessions.update(was, was="", now=clock.now(), event=SessionChanged(created="s1"))
    before = everything(stores.client)

    assert (
        stores.sessions.update(was, was="", now=clock.now(), event=SessionChanged(created="s1")) == Updated()
    )
    assert everything(stores.client) == before


@pytest.mark.parametrize(
    ("off", "busy"), [(-MS, True), (0 * MS, False), (MS, False)], ids=["before", "at", "after"]
)
def test_a_session_is_left_alone_while_a_worker_holds_it(stores, clock, policy, off, busy):
    stores.mailboxes.receive([message()], now=clock.now())
    stores.turns.take(CONVERSATION, holder="w1", now=clock.now())
    until = to_ms(clock.now() + policy.lease_for)

    clock.move(policy.lease_for + off)
    before = everything(stores.client)
    answer = stores.sessions.update(was, was="", now=clock.now())

    assert answer == (Busy(until=until) if busy else Updated())
    assert (everything(stores.client) == before) is busy


def test_a_worker_whose_lease_ran_out_does_not_overwrite_what_was_changed_since(stores, clock, policy):
    # Given a worker that takes longer than its lease
    stores.sessions.update(was, was="", now=clock.now())
    stores.mailboxes.receive([message()], now=clock.now())
    late = stores.turns.take(CONVERSATION, holder="w1", now=clock.now())

    # If somebody changes the session after the lease ran out, and then the worker commits what it knew
    clock.move(policy.lease_for)
    assert stores.sessions.update(becomes, was=was.to_json(), now=clock.now()) == Updated()
    answer = stores.turns.commit(CONVERSATION, late.lease, turn_result(session=was), now=clock.now())

    # Then the worker is told that it came too late, and the turn is taken again with the change in it
    assert isinstance(answer, Stale)
    assert stores.due.claim(0, now=clock.now(), limit=10).members == (f"turn|{CONVERSATION}",)
    again = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    assert (again.attempt, again.crashes, again.session) == (1, 1, becomes)


@pytest.mark.parametrize(
    ("off", "stands"), [(-MS, True), (0 * MS, False), (MS, False)], ids=["before", "at", "after"]
)
def test_a_session_is_forgotten_at_its_time_by_the_clock_of_the_caller(stores, clock, policy, off, stands):
    stores.sessions.update(was, was="", now=clock.now())

    clock.move(policy.keep_for + off)
    anew = session(now=clock.now(), id="s2")

    assert (stores.sessions.read(CONVERSATION, now=clock.now())[0] != "") is stands
    assert stores.sessions.update(anew, was="", now=clock.now()) == (Changed() if stands else Updated())


def test_a_session_says_when_it_expires(stores, clock, policy):
    assert stores.sessions.read(CONVERSATION, now=clock.now()) == ("", 0)

    stores.sessions.update(was, was="", now=clock.now())

    expires = to_ms(clock.now() + policy.keep_for)
    assert stores.sessions.read(CONVERSATION, now=clock.now()) == (was.to_json(), expires)


def test_many_are_read_in_one_call_and_the_missing_are_empty(stores, clock):
    stores.sessions.update(was, was="", now=clock.now())

    assert stores.sessions.read_many([CONVERSATION, "whatsapp:+1"]) == [was.to_json(), ""]
    assert stores.sessions.read_many([]) == []


def test_all_conversations_with_a_session_are_found(stores, clock):
    assert list(stores.sessions.conversations()) == []
    for n in range(30):
        stores.sessions.update(session(f"+2010{n:02}"), was="", now=clock.now())
    stores.mailboxes.receive([message()], now=clock.now())

    assert sorted(stores.sessions.conversations()) == [f"whatsapp:+2010{n:02}" for n in range(30)]
