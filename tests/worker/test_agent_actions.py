"""Actions in the hands of the workers: drained, carried out, given up, and what couriers make of them."""

import asyncio
from datetime import timedelta

import pytest

from session import File, Reply, State, records
from session.agent_actions import PHONE, AgentActionType
from session.messages import DeliveryState, Status
from session.pauses import sender_of
from session.policy import Policy
from session.records import to_ms
from tests.fakes import CountingIds
from tests.stores import Stores
from tests.values import CONVERSATION, CUSTOMER, ROUTE, action, message
from worker.channels.outcomes import Echo, InDoubt
from worker.intake import IntakeDrainer

ANSWER = action(AgentActionType.ANSWER, text="here I am", keeps=True)
MS = timedelta(milliseconds=1)


def how_far(bench):
    return sorted(bench.stores.client.hvals(f"deliveries:{CONVERSATION}"))


def events(bench, name):
    return [event[name] for event in bench.stores.events() if name in event]


def replied(bench, *texts):
    """The assistant has answered; nothing is sent yet."""
    bench.receive(*texts)
    bench.turns.take([CONVERSATION])
    bench.waker.taken()


# -- from the intake


def test_an_action_goes_from_the_intake_to_its_mailbox_behind_what_came_before(bench, log):
    bench.store(bench.channel.holds(b"a", message("m1", "hello")))
    bench.store(ANSWER.to_json().encode(), source="desk")
    bench.store(bench.channel.holds(b"b", message("m2", "more")))

    bench.drainer.drain(0)
    bench.follow()

    assert bench.channel.texts == ["here I am"]
    assert bench.assistant.texts == ["hello"]
    assert events(bench, "received") == ['["m1"]', f'["{ANSWER.id}"]', '["m2"]']
    assert not [line for line in log if "here I am" in line]


def test_an_echo_belongs_to_the_conversation_of_its_sender(bench):
    drainer = IntakeDrainer(
        run=bench.drainer.run,
        store=bench.stores.intake.bare,
        mailboxes=bench.stores.mailboxes.bare,
        reports=bench.drainer.reports,
        parsers={"meta": bench.channel},
        waker=bench.waker,
        clock=bench.clock,
        new_id=CountingIds(),
        alarms=bench.drainer.alarms,
        scopes={sender_of(ROUTE): "estate"},
    )
    echo = Echo(action=action(AgentActionType.ECHO, agent=PHONE, text="x"), route=ROUTE)
    bench.store(bench.channel.holds(b"a", echoes=[echo]))

    asyncio.run(drainer.drain(0))

    assert bench.waker.taken() == [("turn", f"whatsapp:estate:{CUSTOMER}")]
    assert bench.stores.client.get(f"silence:whatsapp:estate:{CUSTOMER}") == "all"


# -- in turn


def test_messages_and_actions_take_turns_in_their_order(bench):
    bench.receive("one", "two")
    bench.does(action(), action(AgentActionType.HAND_BACK))
    bench.receive("three")

    bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["one\ntwo", "three"]
    assert events(bench, "action") == ["take_over", "hand_back"]
    assert bench.mailbox() == 0


def test_the_assistant_is_silent_until_it_is_handed_back(bench):
    bench.receive("one")
    bench.does(action())
    bench.receive("two")
    bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["one"]
    assert bench.session().held_by == "mona"


def test_an_action_that_cannot_be_carried_out_is_given_up_and_the_next_goes_on(make_bench):
    bench = make_bench(Policy(turn_attempts=2))
    bench.receive("hello")
    bench.turns.take([CONVERSATION])
    bench.channel.parts = [].__getitem__  # cannot be rendered
    bench.does(ANSWER, action(id="a2"))
    for _ in range(2):
        bench.turns.take([CONVERSATION])
        bench.clock.move(minutes=5)

    (letter,) = bench.stores.dead()
    assert (letter["kind"], letter["conversation"]) == ("action", CONVERSATION)
    assert letter["why"].startswith("TypeError")
    assert events(bench, "declined") == ["failed"]
    assert bench.session().held_by == "mona"
    assert bench.mailbox() == 0


@pytest.mark.parametrize("action_type", [AgentActionType.TAKE_OVER, AgentActionType.FORGET])
def test_an_action_whose_workers_died_each_time_is_given_up(bench, action_type):
    bench.receive("hello")
    bench.turns.take([CONVERSATION])
    bench.does(action(action_type))
    for n in range(5):
        bench.stores.turns.take(CONVERSATION, holder=f"dying{n}", now=bench.clock.now(), alone=True)
        bench.clock.move(bench.stores.policy.lease_for)

    bench.turns.take([CONVERSATION])

    assert [letter["kind"] for letter in bench.stores.dead()] == ["action"]
    assert bench.session().state is State.ACTIVE
    # Nobody is silenced by what came to nothing.
    assert bench.stores.client.get(f"silence:{CONVERSATION}") != "all"


def test_a_worker_that_forgets_wakes_what_came_later(bench):
    replied(bench, "one")
    bench.does(action(AgentActionType.FORGET))
    bench.receive("two")

    bench.turns.take([CONVERSATION])

    assert bench.waker.taken() == [("turn", CONVERSATION)]
    assert (bench.mailbox(), bench.outbox()) == (1, 0)


def test_a_worker_that_forgets_too_late_leaves_it_to_the_next(bench, log):
    replied(bench, "one")
    bench.does(action(AgentActionType.FORGET))
    taken = bench.stores.turns.take(CONVERSATION, holder="slow", now=bench.clock.now())
    bench.clock.move(bench.stores.policy.lease_for)
    bench.stores.turns.take(CONVERSATION, holder="other", now=bench.clock.now())

    gone = bench.stores.forgetter.forget_in_turn(taken.action, taken.lease, now=bench.clock.now())

    assert gone.fence > taken.lease.fence
    assert bench.mailbox() == 1


# -- at the moment of sending


def test_unsent_replies_are_cancelled_and_agents_answers_are_sent(bench):
    replied(bench, "one")
    bench.does(ANSWER)
    bench.turns.take([CONVERSATION])

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["here I am"]
    assert how_far(bench) == ["cancelled", "sent"]
    assert (bench.outbox(), bench.stores.dead()) == (0, [])


def test_a_takeover_between_two_sends_stops_the_second(bench):
    bench.assistant.next = [lambda turn: [turn.reply(str(n)) for n in range(3)] and None]
    replied(bench, "one")
    # Given a takeover that comes while the first of three replies is being sent
    bench.channel.before_send = lambda _: bench.does(action())

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["0"]
    assert how_far(bench) == ["cancelled", "cancelled", "sent"]


def test_a_cancelled_reply_is_an_event_of_its_own(bench):
    replied(bench, "one")
    bench.does(action())
    bench.courier.deliver([CONVERSATION])

    event = bench.stores.events()[-1]
    assert event == {
        "conversation": CONVERSATION,
        "at": str(to_ms(bench.clock.now())),
        "delivery": event["delivery"],
        "cancelled": f'["{event["delivery"]}"]',
        "channel": "meta",
        "queued": event["queued"],
        "came": event["came"],
    }


def test_an_interrupted_send_is_settled_by_the_provider_or_cancelled_and_never_repeated(bench, policy):
    replied(bench, "one")
    bench.channel.outcomes = [InDoubt(words="reset")]
    bench.courier.deliver([CONVERSATION])
    bench.does(action())
    bench.courier.deliver([CONVERSATION])
    assert how_far(bench) == ["unknown"]

    bench.clock.move(policy.reconcile_for)
    bench.courier.deliver([CONVERSATION])
    assert len(bench.channel.sent) == 1
    assert how_far(bench) == ["cancelled"]

    # It has arrived after all.
    (sent,) = bench.channel.sent
    told = Status(
        conversation=CONVERSATION, delivery=sent.id, provider_id="p", state=DeliveryState.READ, at=0
    )
    assert bench.stores.statuses.note(told, now=bench.clock.now())
    assert how_far(bench) == ["read"]


def test_after_it_is_handed_back_the_assistant_is_heard_again(bench):
    replied(bench, "one")
    bench.does(action(), action(AgentActionType.HAND_BACK))
    bench.receive("two")
    bench.turns.take([CONVERSATION])

    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["You said: two"]


# -- late agents


def test_a_sweep_wakes_the_turn_that_tells_the_customer(bench, policy):
    bench.assistant.next = [lambda turn: turn.escalate("asked")]
    replied(bench, "a person please")

    bench.clock.move(policy.agent_timeout - MS)
    assert bench.sweep() == []
    bench.clock.move(MS)
    assert bench.sweep() == [("turn", CONVERSATION)]
    bench.turns.take([CONVERSATION])

    assert bench.session().state is State.ACTIVE
    assert events(bench, "action") == ["time_out"]


def test_agents_in_every_shard_can_be_late(make_bench, valkey, clock, policy):
    bench = make_bench(stores=Stores.on(valkey, shards=4, clock=clock))
    names = [f"whatsapp:+2010{n:03}" for n in range(8)]
    bench.assistant.next = [lambda turn: turn.escalate("asked")] * 8
    for name in names:
        bench.receive("a person", conversation=name)
        bench.turns.take([name])
    clock.move(policy.agent_timeout)

    assert sorted(bench.sweep()) == [("turn", name) for name in names]


# -- what API clients do


def send(**fields):
    given = {"agent": "api:crm", "id": "api-1", "reply": Reply(text="your viewing is at ten")}
    return action(AgentActionType.SEND, **given | fields)


def test_what_a_client_sends_waits_its_turn_and_is_sent_once(bench):
    bench.store(bench.channel.holds(b"a", message("m1", "hello")))
    for _ in range(3):
        bench.store(send().to_json().encode(), source="api")

    bench.drainer.drain(0)
    bench.follow()

    assert bench.channel.texts == ["You said: hello", "your viewing is at ten"]
    assert events(bench, "received") == ['["m1"]', '["api-1"]']
    assert [said.agent for said in bench.session().context.message_history] == [None, None, "api:crm"]


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        (send(), "desk"),
        (send(agent="mona"), "api"),
        (send(agent="api:crm", reply=None), "api"),
        (send(reply=Reply(media=File(filename="a.pdf", stored="f/1", mime_type="application/pdf"))), "api"),
        (send(reply=Reply()), "api"),
        (action(AgentActionType.ANSWER, agent="api:crm", text="I am no agent"), "api"),
        (action(AgentActionType.TAKE_OVER, agent="api:crm"), "desk"),
        (action(AgentActionType.ECHO, agent="phone", text="x"), "api"),
        (action(AgentActionType.RING_TIMER, timer="timer:t1.0"), "desk"),
        (action(AgentActionType.RING_TIMER, agent="api:crm", timer="timer:t1.0"), "api"),
        (action(AgentActionType.RING_TIMER), "saved_search"),
        (action(AgentActionType.TAKE_OVER), "saved_search"),
    ],
)
def test_neither_agents_nor_clients_do_what_only_the_others_may(bench, entry, source):
    bench.store(entry.to_json().encode(), source=source)

    bench.drainer.drain(0)
    bench.follow()

    assert bench.stores.client.exists(f"mailbox:{CONVERSATION}", f"session:{CONVERSATION}") == 0
    assert [letter["kind"] for letter in bench.stores.dead()] == ["body"]


def test_an_older_worker_leaves_what_clients_do_to_a_newer_one(bench, monkeypatch):
    bench.store(send().to_json().encode(), source="api")
    bench.store(bench.channel.holds(b"a", message("m1", "hello")))
    monkeypatch.setattr(records, "FORMAT", 2)

    bench.drainer.drain(0)
    bench.follow()

    assert bench.channel.texts == []
    assert bench.stores.client.xlen("intake") == 2
    assert bench.stores.dead() == []
