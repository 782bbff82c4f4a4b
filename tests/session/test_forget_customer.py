"""forget_customer.lua: nothing is left of a customer."""

import re
from hashlib import sha1

import pytest

from session.agent_actions import AgentActionType
from session.conversations import customer_of
from session.dead_letters import MessageLetter, StatusLetter
from session.events import CustomerForgotten, ReplySent
from session.leases import Stale
from session.messages import DeliveryState, Status
from session.models import State
from session.records import to_ms
from tests.stores import everything
from tests.values import CONVERSATION, OTHER, action, delivery, message, session, turn_result


def live(stores, clock, conversation):
    """Leave every kind of trace that a customer can leave; returns the lease of a turn that goes on."""
    customer = customer_of(conversation)
    messages = [message(f"{customer}{n}", customer=customer) for n in range(3)]
    stores.mailboxes.receive(messages, now=clock.now())
    taken = stores.turns.take(conversation, holder="w1", now=clock.now(), limit=1)
    replies = (
        delivery(f"{customer}.0", conversation=conversation),
        delivery(f"{customer}.1", conversation=conversation),
    )
    turn = turn_result(
        1,
        session=session(customer, state=State.ACTIVE),
        replies=replies,
        uses={"messages": 1, "searches": 1},
        dead=(MessageLetter.of(messages[0], "x", clock.now()),),
    )
    committed = stores.turns.commit(conversation, taken.lease, turn, now=clock.now())
    outbox = stores.outbox.take(conversation, holder="c1", now=clock.now())
    sent = ReplySent(delivery=replies[0].id, sent="p")
    stores.outbox.settle(replies[0], outbox.lease, DeliveryState.SENT, event=sent, now=clock.now())
    read = Status(conversation=conversation, delivery="x", provider_id="p", state=DeliveryState.READ, at=0)
    stores.statuses.note(read, now=clock.now())
    return committed.next_turn.lease


def naming(stores, conversation):
    """Return everything in the store that names a customer, keys and values."""
    digits = customer_of(conversation).removeprefix("+")
    return {key for key, held in everything(stores.client).items() if digits in key or digits in repr(held)}


def test_every_key_and_every_due_member_of_a_customer_goes(stores, clock):
    live(stores, clock, CONVERSATION)
    assert len(naming(stores, CONVERSATION)) == 11 + 3  # its own, and due, events, dead

    assert stores.forgetting.forget(CONVERSATION, now=clock.now()) == 11

    # What the streams say goes another way, since they belong to all.
    assert naming(stores, CONVERSATION) == {"events", "dead"}
    stores.forgetting.remove_traces(CONVERSATION)
    assert naming(stores, CONVERSATION) == set()


def test_another_customer_is_left_as_it_was(stores, clock):
    live(stores, clock, OTHER)
    before = everything(stores.client)
    live(stores, clock, CONVERSATION)

    stores.forgetting.forget(CONVERSATION, now=clock.now())
    stores.forgetting.remove_traces(CONVERSATION)

    after = everything(stores.client)
    *others, forgotten = stores.events()
    assert others == [fields for _, fields in before.pop("events")[0]]
    assert forgotten["forgotten"] == "1"
    assert after.pop("fence") != before.pop("fence")
    assert after.pop("tally") != before.pop("tally")
    del after["events"]
    # What was forgotten is known by hashes, so that nobody brings it back.
    del after["secret"], after["forgotten"]
    assert after == before


def test_the_event_of_forgetting_does_not_name_the_customer(stores, clock):
    live(stores, clock, CONVERSATION)

    stores.forgetting.forget(CONVERSATION, now=clock.now())

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

    assert stores.forgetting.forget(CONVERSATION, now=clock.now()) == 0
    assert stores.forgetting.remove_traces(CONVERSATION) == 0
    assert everything(stores.client) == before


def test_a_worker_in_the_middle_of_a_turn_brings_nothing_back(stores, clock):
    lease = live(stores, clock, CONVERSATION)
    stores.forgetting.forget(CONVERSATION, now=clock.now())
    before = everything(stores.client)

    assert stores.turns.commit(CONVERSATION, lease, turn_result(), now=clock.now()) == Stale(fence=0)
    assert everything(stores.client) == before


def test_a_forgotten_customer_can_begin_again(stores, clock):
    live(stores, clock, CONVERSATION)
    stores.forgetting.forget(CONVERSATION, now=clock.now())

    received = stores.mailboxes.receive([message("a new one")], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())

    assert received.woken == (CONVERSATION,)
    assert (taken.session, taken.attempt, len(taken.messages)) == (None, 1, 1)


@pytest.mark.parametrize("days", [0, 1, 7.9])
def test_a_redelivery_does_not_bring_a_customer_back(stores, clock, days):
    live(stores, clock, CONVERSATION)
    stores.forgetting.forget(CONVERSATION, now=clock.now())
    stores.forgetting.remove_traces(CONVERSATION)
    clock.move(days=days)
    old = [message(f"{customer_of(CONVERSATION)}{n}") for n in range(3)]

    received = stores.mailboxes.receive(old, now=clock.now())

    assert (received.accepted, received.duplicates, received.woken) == (0, 3, ())
    assert naming(stores, CONVERSATION) == set()
    # Not even beside a message that is new, nor after it.
    received = stores.mailboxes.receive([old[0], message("new"), old[1]], now=clock.now())
    assert (received.accepted, received.duplicates) == (1, 2)
    assert stores.mailboxes.receive(old, now=clock.now()).accepted == 0


def test_a_provider_that_delivers_again_after_nine_days_is_not_known_any_more(stores, clock):
    live(stores, clock, CONVERSATION)
    stores.forgetting.forget(CONVERSATION, now=clock.now())
    clock.move(days=9)

    assert stores.mailboxes.receive([message(f"{customer_of(CONVERSATION)}0")], now=clock.now()).accepted == 1


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.FAILED])
def test_a_late_status_does_not_bring_a_customer_back(stores, clock, state):
    live(stores, clock, CONVERSATION)
    stores.forgetting.forget(CONVERSATION, now=clock.now())
    stores.forgetting.remove_traces(CONVERSATION)
    clock.move(days=3)

    for reply in (f"{customer_of(CONVERSATION)}.0", f"{customer_of(CONVERSATION)}.1", "t0.0", None):
        status = Status(conversation=CONVERSATION, delivery=reply, provider_id="p", state=state, at=0)
        letter = StatusLetter.of(status, "x", clock.now())
        assert stores.statuses.note(status, now=clock.now(), dead=letter) is False

    assert naming(stores, CONVERSATION) == set()


def test_a_status_of_a_later_reply_is_recorded(stores, clock):
    live(stores, clock, CONVERSATION)
    stores.forgetting.forget(CONVERSATION, now=clock.now())
    stores.mailboxes.receive([message("new")], now=clock.now())
    taken = stores.turns.take(CONVERSATION, holder="w2", now=clock.now())
    reply = delivery("t9.0")
    stores.turns.commit(CONVERSATION, taken.lease, turn_result(replies=(reply,)), now=clock.now())
    sending = stores.outbox.take(CONVERSATION, holder="c2", now=clock.now())

    def told(state):
        status = Status(conversation=CONVERSATION, delivery="t9.0", provider_id="p9", state=state, at=0)
        return stores.statuses.note(status, now=clock.now())

    # The provider may be quicker than the answer to the send.
    assert told(DeliveryState.SENT) is True
    sent = ReplySent(delivery=reply.id, sent="p9")
    stores.outbox.settle(reply, sending.lease, DeliveryState.SENT, event=sent, now=clock.now())
    assert told(DeliveryState.READ) is True


def test_of_what_was_forgotten_only_keyed_hashes_are_kept_and_not_for_ever(stores, clock):
    live(stores, clock, CONVERSATION)
    stores.forgetting.forget(CONVERSATION, now=clock.now())

    kept = stores.client.zrange("forgotten", 0, -1)
    assert len(kept) == 4  # three messages, and the conversation
    assert all(re.fullmatch("[0-9a-f]{40}", one) for one in kept)
    assert sha1(CONVERSATION.encode()).hexdigest() not in kept
    assert len(stores.client.get("secret")) == 24
    assert stores.client.pexpiretime("forgotten") == to_ms(clock.now() + stores.policy.seen_for)

    # Those of long ago go with the next forgetting.
    clock.move(stores.policy.seen_for)
    live(stores, clock, OTHER)
    stores.forgetting.forget(OTHER, now=clock.now())
    assert not set(stores.client.zrange("forgotten", 0, -1)) & set(kept)


def test_an_unread_dead_letter_that_names_the_customer_goes_too(stores, clock):
    stores.client.xadd("dead", {"kind": "body", "raw": '{"from": "201001234567"'})
    stores.client.xadd("dead", {"kind": "body", "raw": '{"from": "919840930854"'})

    assert stores.forgetting.remove_traces(CONVERSATION) == 1
    assert [letter["raw"] for letter in stores.dead()] == ['{"from": "919840930854"']


@pytest.mark.parametrize(
    ("customer", "raw", "named"),
    [
        ("+201001234567", '{"from": "201001234567"}', True),
        ("+201001234567", "From=whatsapp%3A%2B201001234567&Body=x", True),
        ("+201001234567", "Body=call%20201001234567", True),
        ("+201001234567", '{"id": "wamid.HBgMMjAxMDAxMjM0NTY3FQIAEhggQUJD"}', True),
        ("+201001234567", '{"from": "2010012345678"}', False),
        ("+201001234567", '{"from": "4201001234567"}', False),
        ("+12345", '{"from": "+12345"}', True),
        ("+12345", '{"from": "201234567"}', False),
        ("+12345", '{"id": "wamid.HBgMMjAxMDAxMjM0NTY3FQIAEhggQUJD"}', False),
        ("US.77ab", '{"user_id": "US.77ab"}', True),
        ("US.77ab", '{"user_id": "US.77abc"}', False),
        ("US.77ab", '{"user_id": "US.77ab.1"}', False),
    ],
)
def test_a_body_names_a_customer_by_a_whole_number_and_never_by_a_part_of_another(
    stores, customer, raw, named
):
    stores.client.xadd("dead", {"kind": "body", "raw": raw})

    assert stores.forgetting.remove_traces(f"whatsapp:{customer}") == named


def test_long_streams_are_read_to_their_end(stores, clock):
    for n in range(2500):
        stores.client.xadd("events", {"conversation": CONVERSATION if n % 5 == 0 else OTHER})

    assert stores.forgetting.remove_traces(CONVERSATION) == 500
    assert {event["conversation"] for event in stores.events()} == {OTHER}
    assert stores.client.xlen("events") == 2000


# -- in the turn of an action

FORGET = action(AgentActionType.FORGET, id="a1")


@pytest.fixture
def wished(stores, clock):
    """A customer wants to be forgotten, and writes again before that is done; returns the turn of the wish."""
    live(stores, clock, CONVERSATION)
    stores.turns.commit(CONVERSATION, take(stores, clock).lease, turn_result(2), now=clock.now(), go_on=False)
    later = message("later", received_at=to_ms(clock.now()) + 7)
    stores.mailboxes.receive([FORGET, later, action(id="a2")], now=clock.now())
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
    # The wish itself, and what was said before, is known as well should its body be read once more.
    old = [FORGET, message(f"{customer_of(CONVERSATION)}0")]
    assert stores.mailboxes.receive(old, now=clock.now()).accepted == 0
    # It is known should it come again, and the agent who waits behind it has silenced the assistant.
    assert stores.mailboxes.receive([message("later")], now=clock.now()).accepted == 0
    assert stores.client.get(f"silence:{CONVERSATION}") == "all"


@pytest.mark.parametrize("texts", [["hello", "stop"], ["stop", "hello"], ["hello", "hello"]])
def test_a_stop_that_waits_behind_the_wish_holds_everything_until_its_turn(stores, clock, wished, texts):
    batch = [message(f"s{n}", text) for n, text in enumerate(texts)]
    stores.mailboxes.receive(batch, now=clock.now())

    stores.forgetter.forget_in_turn(FORGET, wished.lease, now=clock.now())

    stop = f"stop:{CONVERSATION}"
    waits = f"all s{texts.index('stop')}" if "stop" in texts else None
    assert stores.client.get(stop) == waits
    assert (stores.client.pttl(stop) > 0) == bool(waits)


def test_nothing_else_is_left_and_the_event_names_the_agent_and_not_the_customer(stores, clock, wished):
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


def test_a_late_repetition_forgets_no_newer_data(stores, clock, wished):
    second = take(stores, clock, "w2")
    before = everything(stores.client)
    event = CustomerForgotten(forgotten=True)
    gone = stores.forgetting.forget_in_turn(CONVERSATION, wished.lease, now=clock.now(), event=event)
    assert gone == Stale(fence=second.lease.fence)
    assert everything(stores.client) == before

    stores.forgetter.forget_in_turn(FORGET, second.lease, now=clock.now())
    before = everything(stores.client)

    assert stores.forgetter.forget_in_turn(FORGET, second.lease, now=clock.now()) == Stale(fence=0)
    assert everything(stores.client) == before


def test_a_worker_that_died_after_the_traces_were_removed_leaves_it_to_the_next(stores, clock, wished):
    stores.forgetting.remove_traces(CONVERSATION)

    gone = stores.forgetter.forget_in_turn(FORGET, take(stores, clock, "w2").lease, now=clock.now())

    assert gone.left == 2
    assert stores.client.exists(f"session:{CONVERSATION}") == 0
