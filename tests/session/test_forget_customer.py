"""forget_customer.lua: nothing is left of a customer."""

from session.keys import customer_of
from session.messages import DeliveryState, Status
from session.models import State
from session.records import to_ms
from session.store import Stale
from session.store.traces import TraceStore
from tests.storehouse import everything
from tests.values import CONVERSATION, OTHER, delivery, message, session, settlement


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
