"""Records of a newer release: an older worker gives the lease back, and whoever can read them finds everything as it was."""

import json
from datetime import timedelta

import pytest

from session import Reply, Template, records
from session.agent_actions import AgentActionType
from session.bodies import IntakeTaken
from session.errors import UnreadableSession
from session.history import Role, entry, heard
from session.idle_timeouts import IdleTimeouts
from session.leases import Held, OutboxTaken, TurnTaken
from session.manager import SessionManager
from session.messages import Delivery
from session.models import State
from session.outgoing import said_in
from session.policy import Policy
from session.reading import is_action
from session.records import to_ms
from session.timers import Planned, record_of
from tests.stores import at_once
from tests.values import CONVERSATION, CUSTOMER, ROUTE, action, delivery, message, session, turn_result

SOON = timedelta(seconds=2)
NEXT = records.FORMAT + 1


@pytest.fixture
def newer(monkeypatch):
    """What is done in this block is done by a newer release."""

    class Release:
        def __enter__(self):
            monkeypatch.setattr(records, "FORMAT", NEXT)
            monkeypatch.setattr(records, "LOWEST", NEXT)

        def __exit__(self, *_):
            monkeypatch.undo()

    return Release()


def take(stores, clock, conversation=CONVERSATION, holder="w"):
    return stores.turns.take(conversation, holder=holder, now=clock.now())


@pytest.mark.parametrize("entry", [message("m1"), action(id="m1"), {"a kind": "of its own", "format": NEXT}])
def test_a_turn_that_only_a_newer_release_can_take_is_left_to_it(stores, clock, newer, entry):
    with newer:
        if isinstance(entry, dict):
            stores.mailboxes.receive([message("m0")], now=clock.now())
            stores.client.lset(f"mailbox:{CONVERSATION}", 0, json.dumps(entry))
        else:
            stores.mailboxes.receive([entry], now=clock.now())

    answer = take(stores, clock)

    assert answer == Held(until=to_ms(clock.now() + SOON))
    assert stores.dead() == []
    assert stores.waiting_since()[f"turn|{CONVERSATION}"] == to_ms(clock.now() + SOON)
    for _ in range(20):
        clock.move(SOON)
        assert isinstance(take(stores, clock), Held)
    if isinstance(entry, dict):
        stores.client.delete(f"mailbox:{CONVERSATION}")
        return
    clock.move(SOON)
    with newer:
        taken = take(stores, clock)
    assert isinstance(taken, TurnTaken)
    assert (taken.attempt, taken.crashes) == (1, 0)


def test_a_session_of_a_newer_release_is_left_to_it(stores, clock, newer, policy):
    with newer:
        stores.sessions.update(session(route=ROUTE), was="", now=clock.now())
    stores.mailboxes.receive([message("m1")], now=clock.now())
    before = stores.client.get(f"session:{CONVERSATION}")

    assert isinstance(take(stores, clock), Held)
    with SessionManager(stores.client, clock=clock, pause=lambda _: None) as manager:
        for ask in (manager.get, manager.close, manager.get_or_create):
            with pytest.raises(UnreadableSession, match="a newer release wrote it"):
                ask(CUSTOMER)

    assert stores.client.get(f"session:{CONVERSATION}") == before
    assert stores.dead() == []


def test_what_came_before_an_entry_of_a_newer_release_is_answered(stores, clock, newer):
    stores.mailboxes.receive([message("m1")], now=clock.now())
    with newer:
        stores.mailboxes.receive([message("m2")], now=clock.now())

    taken = take(stores, clock)
    assert [one.id for one in taken.messages] == ["m1"]
    committed = stores.turns.commit(CONVERSATION, taken.lease, turn_result(1), now=clock.now())

    assert committed.next_turn is None
    assert isinstance(take(stores, clock, holder="w2"), Held)
    clock.move(SOON)
    with newer:
        assert [one.id for one in take(stores, clock).messages] == ["m2"]


def test_a_reply_of_a_newer_release_is_left_alone_with_the_state_of_its_send(stores, clock, newer, policy):
    stores.mailboxes.receive([message("m1")], now=clock.now())
    taken = take(stores, clock)
    with newer:
        turn = turn_result(1, replies=(delivery("t1.0"),))
        stores.turns.commit(CONVERSATION, taken.lease, turn, now=clock.now())

    def courier(holder):
        return stores.outbox.take(CONVERSATION, holder=holder, now=clock.now())

    assert isinstance(courier("old"), Held)
    clock.move(SOON)
    with newer:
        first = courier("new")
    assert isinstance(first, OutboxTaken)
    assert (first.attempt, first.doubts, first.interrupted) == (1, 0, False)

    # Its courier dies in the middle of the send, and an old one looks before the next new one does.
    clock.move(policy.send_lease_for)
    assert isinstance(courier("old2"), Held)
    clock.move(SOON)
    with newer:
        second = courier("new2")
    assert (second.attempt, second.doubts, second.interrupted) == (2, 1, True)
    assert stores.dead() == []


def test_a_session_of_a_newer_release_goes_quiet_by_a_newer_sweep(stores, clock, newer, policy):

    idle_timeouts = at_once(stores.client, IdleTimeouts(stores.sessions.bare, stores.mailboxes.bare, policy))
    with newer:
        stores.sessions.update(session(route=ROUTE, state=State.ACTIVE), was="", now=clock.now())
    clock.move(policy.idle_after)

    assert idle_timeouts.time_out(0, [CONVERSATION], now=clock.now()).changed == 0
    assert f"lapse|{CONVERSATION}" in stores.waiting_since()
    with newer:
        assert idle_timeouts.time_out(0, [CONVERSATION], now=clock.now()).changed == 1


def test_a_body_of_a_newer_webhook_waits_for_a_newer_worker_and_later_bodies_wait_too(stores, clock, newer):
    def store(body):
        stores.intake.store(body, source="meta", now=clock.now(), ordering_key="x")

    def drain():
        return stores.intake.take(0, holder="w", now=clock.now(), limit=9)

    store(b"1")
    with newer:
        store(b"2")
    store(b"3")

    taken = drain()
    assert [body.body for body in taken.bodies] == [b"1"]
    stores.settle(0, taken.lease, [taken.bodies[0].id], now=clock.now())
    assert isinstance(drain(), Held)
    clock.move(SOON)
    with newer:
        taken = drain()
    assert isinstance(taken, IntakeTaken)
    assert [body.body for body in taken.bodies] == [b"2", b"3"]


def test_a_newer_release_reads_what_this_one_wrote(stores, clock, newer):
    stores.sessions.update(session(route=ROUTE), was="", now=clock.now())
    stores.mailboxes.receive([message("m1"), action(AgentActionType.ECHO, id="a1")], now=clock.now())

    with newer:
        taken = take(stores, clock)

    assert (taken.session.id, [one.id for one in taken.messages]) == ("s1", ["m1"])
    assert Delivery.model_validate_json(delivery().to_json()).format is None


@pytest.mark.parametrize("record", [session(route=ROUTE), message(), action(), delivery()])
def test_the_first_format_is_not_written_and_the_next_one_is(record, newer):
    assert "format" not in json.loads(record.to_json())
    with newer:
        written = record.to_json()
    assert json.loads(written)["format"] == NEXT
    # By its beginning an action is known, and by its end the part of a session that the sweep does not read.
    assert is_action(written) is (record == action())
    assert (f'"format":{NEXT},"context":' in written) is (record == session(route=ROUTE))


def test_a_record_is_written_in_the_format_of_its_writer(newer):
    with newer:
        read = type(session()).model_validate_json(session().to_json())
    assert read.format == NEXT
    with newer:
        assert json.loads(read.change(message_count=1).to_json())["format"] == NEXT


def test_an_approval_and_its_decision_are_of_the_third_format():
    at, found = session().created_at, session(route=ROUTE)
    plan = Planned(name="refund", at=at, meant=at, text="Refund?", asks=True)
    asked = record_of(plan, found, id="timer:t.0", now=at).message
    decision = action(AgentActionType.DECIDE, timer=asked.id, approved=True)

    assert [one.needs_format for one in (asked, decision, found.with_entry(heard(asked), Policy()))] == [
        3,
        3,
        3,
    ]


def test_what_has_a_message_template_is_of_the_third_format():
    reply = Reply(template=Template(name="order_ready", language="en"))
    said = entry(Role.ASSISTANT, said_in(reply), at=session().created_at, id="t.0")
    records_with_one = [
        delivery().model_copy(update={"reply": reply}),
        action(AgentActionType.ANSWER, reply=reply),
        session().with_entry(said, Policy()),
    ]

    assert [json.loads(one.to_json())["format"] for one in records_with_one] == [3, 3, 3]
