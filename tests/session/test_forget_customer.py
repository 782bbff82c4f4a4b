"""forget_customer.lua: nothing is left of a customer."""

import pytest

from session.actions import Deed
from session.keys import customer_of
from session.messages import DeliveryState, Status
from session.models import State
from session.records import to_ms
from session.store import Stale
from session.store.traces import TraceStore
from tests.storehouse import everything
from tests.values import CONVERSATION, OTHER, action, delivery, message, session, settlement


def live(stores, clock, conversation):
    """Leave every kind of trace that a customer can leave; returns the lease of a turn that goes on."""
    customer = customer_of(conversation)
    messages = [message(f"{customer}{n}", customer=customer) for n in range(3)]
    stores.intake.receive(messages, now=clock.now())
    taken = stores.turns.take(conversation, holder="w1", now=clock.now(), limit=1)
    replies = (
        delivery(f"{customer}.0", conversation=conversation),
        delivery(f"{customer}.1", conversation=conversation),
    )
    turn = settlement(
        1,
        session=session(customer, state=State.ACTIVE),
        replies=replies,
        counted_messages=1,
        counted_searches=1,
        dead=({"kind": "message", "conversation": conversation, "raw": messages[0].to_json()},),
    )
    committed = stores.turns.commit(conversation, taken.lease, turn, now=clock.now())
    outbox = stores.outbox.take(conversation, holder="c1", now=clock.now())
    stores.outbox.settle(replies[0], outbox.lease, DeliveryState.SENT, changes={"sent": "p"}, now=clock.now())
    read = Status(conversation=conversation, delivery="x", provider_id="p", state=DeliveryState.READ, at=0)
    stores.outbox.note(read, now=clock.now())
    return committed.next_turn.lease


def naming(stores, conversation):
    """Return everything in the store that names a customer, keys and values."""
    digits = customer_of(conversation).removeprefix("+")
    return {key for key, held in everything(stores.client).items() if digits in key or digits in repr(held)}


def test_every_key_and_every_due_member_of_a_customer_goes(stores, clock):
    live(stores, clock, CONVERSATION)
    assert len(naming(stores, CONVERSATION)) == 9 + 3  # its own, and due, events, dead

    assert stores.sessions.forget(CONVERSATION, now=clock.now()) == 9

    # What the streams say goes another way, since they belong to all.
    assert naming(stores, CONVERSATION) == {"events", "dead"}
    TraceStore(stores.scripts, stores.keys).remove(CONVERSATION)
    assert naming(stores, CONVERSATION) == set()


def test_another_customer_is_left_as_it_was(stores, clock):
    live(stores, clock, OTHER)
    before = everything(stores.client)
    live(stores, clock, CONVERSATION)

    stores.sessions.forget(CONVERSATION, now=clock.now())
    TraceStore(stores.scripts, stores.keys).remove(CONVERSATION)

    after = everything(stores.client)
    *others, forgotten = stores.events()
    assert others == [fields for _, fields in before.pop("events")[0]]
    assert forgotten["forgotten"] == "1"
    assert after.pop("fence") != before.pop("fence")
    assert after.pop("tally") != before.pop("tally")
    del after["events"]
    assert after == before


def test_that_somebody_was_forgotten_is_said_without_saying_who(stores, clock):
    live(stores, clock, CONVERSATION)

    stores.sessions.forget(CONVERSATION, now=clock.now())

    begun = to_ms(clock.now())
    assert stores.events()[-1] == {
        "at": str(begun),
        "forgotten": "1",
        "was": f"ACTIVE@{to_ms(clock.now() + stores.policy.keep_for)}",
        "came": f"[{begun},{begun}]",  # two messages still waited
        "queued": f"[{begun}]",  # and one reply
    }


def test_a_customer_that_nothing_is_known_of_is_already_forgotten(stores, clock):
    live(stores, clock, OTHER)
    before = everything(stores.client)

    assert stores.sessions.forget(CONVERSATION, now=clock.now()) == 0
    assert TraceStore(stores.scripts, stores.keys).remove(CONVERSATION) == 0
    assert everything(stores.client) == before


def test_a_worker_in_the_middle_of_a_turn_brings_nothing_back(stores, clock):
    lease = live(stores, clock, CONVERSATION)
    stores.sessions.forget(CONVERSATION, now=clock.now())
    before = everything(stores.client)

    assert stores.turns.commit(CONVERSATION, lease, settlement(), now=clock.now()) == Stale(fence=0)
    assert everything(stores.client) == before


def test_a_forgotten_customer_may_begin_anew(stores, clock):
    live(stores, clock, CONVERSATION)
    stores.sessions.forget(CONVERSATION, now=clock.now())

    received = stores.intake.receive([message(f"{customer_of(CONVERSATION)}0")], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())

    assert received.woken == (CONVERSATION,)
    assert (taken.session, taken.attempt, len(taken.messages)) == (None, 1, 1)


def test_an_unread_dead_letter_that_names_the_customer_goes_too(stores, clock):
    stores.client.xadd("dead", {"kind": "body", "raw": '{"from": "201001234567"'})
    stores.client.xadd("dead", {"kind": "body", "raw": '{"from": "919840930854"'})

    assert TraceStore(stores.scripts, stores.keys).remove(CONVERSATION) == 1
    assert [letter["raw"] for letter in stores.dead()] == ['{"from": "919840930854"']


def test_long_streams_are_read_to_their_end(stores, clock):
    for n in range(2500):
        stores.client.xadd("events", {"conversation": CONVERSATION if n % 5 == 0 else OTHER})

    assert TraceStore(stores.scripts, stores.keys).remove(CONVERSATION) == 500
    assert {event["conversation"] for event in stores.events()} == {OTHER}
    assert stores.client.xlen("events") == 2000


# -- in the turn of an action

FORGET = action(Deed.FORGET, id="a1")


@pytest.fixture
def wished(stores, clock):
    """A customer wants to be forgotten, and writes again before that is done; returns the turn of the wish."""
    live(stores, clock, CONVERSATION)
    stores.turns.commit(CONVERSATION, take(stores, clock).lease, settlement(2), now=clock.now(), go_on=False)
    later = message("later", received_at=to_ms(clock.now()) + 7)
    stores.intake.receive([FORGET, later, action(id="a2")], now=clock.now())
    return take(stores, clock)


def take(stores, clock, holder="w1"):
    clock.move(stores.policy.lease_for)
    return stores.turns.take(CONVERSATION, holder=holder, now=clock.now())


def test_what_came_after_the_wish_stays_and_is_woken(stores, clock, wished):
    gone = stores.forgetter.forget_in_turn(FORGET, wished.lease, now=clock.now())

    assert gone.left == 2
    assert stores.waiting_since() == {f"turn|{CONVERSATION}": to_ms(clock.now() + stores.policy.wake_after)}
    following = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    assert (following.session, [one.id for one in following.messages]) == (None, ["later"])
    # It is known should it come again, and the agent who waits behind it has silenced the assistant.
    assert stores.intake.receive([message("later")], now=clock.now()).accepted == 0
    assert stores.client.get(f"silence:{CONVERSATION}") == "all"


def test_nothing_else_is_left_and_the_event_says_who_did_it_and_not_to_whom(stores, clock, wished):
    begun = wished.session.last_activity

    stores.forgetter.forget_in_turn(FORGET, wished.lease, now=clock.now())

    assert {key.partition(":")[0] for key in naming(stores, CONVERSATION)} == {
        "mailbox",
        "seen",
        "silence",
        "due",
    }
    assert stores.events()[-1] == {
        "at": str(to_ms(clock.now())),
        "forgotten": "1",
        "was": f"NEW@{to_ms(begun + stores.policy.keep_for)}",
        "came": f"[{FORGET.received_at}]",  # the wish itself; what came later still waits
        "queued": f"[{to_ms(begun)}]",
        "action": "forget",
        "action_id": "a1",
        "by": "mona",
    }


def test_whoever_comes_too_late_forgets_nothing_of_what_came_since(stores, clock, wished):
    second = take(stores, clock, "w2")
    before = everything(stores.client)
    gone = stores.sessions.forget_in_turn(CONVERSATION, wished.lease, now=clock.now(), changes={})
    assert gone == Stale(fence=second.lease.fence)
    assert everything(stores.client) == before

    stores.forgetter.forget_in_turn(FORGET, second.lease, now=clock.now())
    before = everything(stores.client)

    assert stores.forgetter.forget_in_turn(FORGET, second.lease, now=clock.now()) == Stale(fence=0)
    assert everything(stores.client) == before


def test_a_worker_that_died_after_the_traces_were_removed_leaves_it_to_the_next(stores, clock, wished):
    TraceStore(stores.scripts, stores.keys).remove(CONVERSATION)

    gone = stores.forgetter.forget_in_turn(FORGET, take(stores, clock, "w2").lease, now=clock.now())

    assert gone.left == 2
    assert stores.client.exists(f"session:{CONVERSATION}") == 0
