"""A customer writes while an assistant is at work: the message waits, the turn begins anew with it, or it joins the turn."""

import asyncio
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from session.content_parts import Kind
from session.errors import TurnLost
from session.leases import Listener
from session.limits import MESSAGES
from session.policy import Policy
from session.records import to_ms
from session.store import published
from session.timers import read_timers
from tests.valkey import until
from tests.values import CONVERSATION, ROUTE, action, message
from worker.notices import Notices
from worker.senders import Sender, Senders

#: Leases are renewed all the time, since no notices are heard here.
QUICK = Policy(lease_for=timedelta(milliseconds=60))


@pytest.fixture
def begin(make_bench):
    """Return a bench whose assistant meets new messages in this way."""

    def begin(on_new_message, assistant, policy=QUICK):
        bench = make_bench(policy)
        usual = Sender(assistant=assistant, on_new_message=on_new_message, join_replies=False)
        bench.turns.answerer.senders = Senders(usual=usual, named={})
        return bench

    return begin


def take(bench):
    """Take the turns, and send what they say; returns what the customer hears."""
    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])
    return bench.channel.texts


def texts(turn):
    return [message.text for message in turn.messages]


def events(bench, field):
    return [event.get(field) for event in bench.stores.events() if "received" in event]


async def for_ever():
    await asyncio.Event().wait()


# -- after


def test_what_comes_meanwhile_is_answered_in_the_next_turn(begin):
    asked = []

    async def assistant(turn):
        asked.append(texts(turn))
        if len(asked) == 1:
            bench.receive("two")
            assert await turn.more() == ()
        return f"to {turn.text}"

    bench = begin("after", assistant)
    bench.receive("one")

    assert take(bench) == ["to one", "to two"]
    assert asked == [["one"], ["two"]]


# -- restart


def test_a_turn_begins_anew_and_all_its_messages_are_answered_together(begin):
    asked = []

    async def assistant(turn):
        asked.append(texts(turn))
        if len(asked) < 3:
            bench.receive(f"more {len(asked)}")
            await for_ever()
        return f"to {len(turn.messages)}"

    bench = begin("restart", assistant)
    bench.receive("one")

    assert take(bench) == ["to 3"]
    assert asked == [["one"], ["one", "more 1"], ["one", "more 1", "more 2"]]
    assert events(bench, "received") == ['["one","more 1","more 2"]']
    assert bench.session().message_count == 3
    assert bench.mailbox() == 0


def test_a_message_that_comes_before_the_assistant_is_asked_makes_its_turn_begin_anew(begin):
    async def assistant(turn):
        if len(turn.messages) == 1:
            await for_ever()
        return f"to {len(turn.messages)}"

    async def told_of_a_message(conversation, subscription):
        subscription.tell("message")
        await take_turns(conversation, subscription)

    async def before_another_comes(conversation, holder):
        taken = await lease(conversation, holder)
        bench.receive(*later)
        later.clear()
        return taken

    # No renewal would find it.
    bench, later = begin("restart", assistant, Policy(lease_for=timedelta(hours=1))), ["two"]
    take_turns, lease = bench.turns._take_turns, bench.turns._lease
    bench.turns._take_turns, bench.turns._lease = told_of_a_message, before_another_comes
    bench.receive("one")

    assert take(bench) == ["to 2"]


def test_a_superseded_assistant_in_a_thread_keeps_nothing_and_says_nothing(begin):
    superseded, refused = threading.Event(), []

    def assistant(turn):
        turn.remember(asked=len(turn.messages))
        if len(turn.messages) == 2:
            superseded.set()
            assert left.wait(5)
            return "to both"
        bench.receive("two")
        assert superseded.wait(5)
        for late in (lambda: turn.say_now("too late"), lambda: turn.step("pay", lambda: 1)):
            try:
                late()
            except TurnLost as error:
                refused.append(str(error))
        left.set()
        return "to one"

    left = threading.Event()
    bench = begin("restart", assistant)
    bench.receive("one")

    assert take(bench) == ["to both"]
    assert len(refused) == 2
    assert bench.outbox() == bench.mailbox() == 0
    assert bench.session().context.extracted_info.stored()["asked"] == 2


def test_steps_are_not_done_again_and_what_was_said_is_not_said_again(begin):
    booked = []

    async def assistant(turn):
        await turn.say_now(f"One moment, for {len(turn.messages)}.")
        number = await turn.step("book", lambda: booked.append(1) or len(booked))
        if len(turn.messages) == 1:
            bench.receive("and hurry")
            await for_ever()
        return f"Booked as {number}."

    bench = begin("restart", assistant)
    bench.receive("book it")

    assert take(bench) == ["One moment, for 1.", "Booked as 1."]
    said = [entry.text for entry in bench.session().context.message_history]
    assert said == ["book it", "and hurry", "One moment, for 1.", "Booked as 1."]
    assert bench.stores.client.exists(f"steps:{CONVERSATION}") == 0


def test_a_turn_does_not_begin_anew_in_the_middle_of_a_step(begin):
    booked = []

    async def book():
        bench.receive("and hurry")
        # Longer than until the turn hears of it.
        for _ in range(2):
            await asyncio.sleep(0.03)
        booked.append(1)
        return len(booked)

    async def assistant(turn):
        number = await turn.step("book", book)
        if len(turn.messages) == 1:
            await for_ever()
        return f"Booked as {number}."

    bench = begin("restart", assistant)
    bench.receive("book it")

    assert take(bench) == ["Booked as 1."]
    assert booked == [1]


def test_it_does_after_a_step_with_which_the_assistant_ends(begin):
    booked = []

    async def book():
        bench.receive("and hurry")
        await asyncio.sleep(0.06)
        booked.append(1)
        return len(booked)

    async def assistant(turn):
        number = await turn.step("book", book)
        return f"Booked as {number} for {len(turn.messages)}."

    bench = begin("restart", assistant)
    bench.receive("book it")

    assert take(bench) == ["Booked as 1 for 2."]
    assert booked == [1]


def test_nor_in_the_middle_of_a_step_of_a_thread(begin):
    booked, waits = [], threading.Event()

    def book():
        bench.receive("and hurry")
        waits.wait(0.06)
        booked.append(1)
        return len(booked)

    def assistant(turn):
        number = turn.step("book", book)
        if len(turn.messages) == 1:
            waits.wait(5)
        waits.set()
        return f"Booked as {number}."

    bench = begin("restart", assistant)
    bench.receive("book it")

    assert take(bench) == ["Booked as 1."]
    assert booked == [1]


def test_a_flood_does_not_put_an_answer_off_for_ever(begin):
    asked = []

    async def assistant(turn):
        asked.append(len(turn.messages))
        bench.receive(f"more {len(asked)}")
        bench.clock.move(seconds=2)
        with suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await for_ever()
        return f"to {len(turn.messages)}"

    bench = begin("restart", assistant)
    bench.receive("one")
    bench.turns.take([CONVERSATION])

    # The time of an assistant is 5 s here, and each is asked for 2 s. Then what comes waits.
    assert asked[:4] == [1, 2, 3, 1]


@pytest.mark.parametrize(
    "meanwhile",
    [
        message("m", kind=Kind.REACTION),
        action("hand_back"),
        message("s", "start"),
    ],
    ids=["silent", "an action", "START"],
)
def test_only_what_the_assistant_would_answer_makes_a_turn_begin_anew(begin, meanwhile):
    asked = []

    async def assistant(turn):
        asked.append(texts(turn))
        if len(asked) == 1:
            bench.stores.mailboxes.receive([meanwhile], now=bench.clock.now())
            await asyncio.sleep(0.05)
        return "done"

    bench = begin("restart", assistant)
    bench.receive("one")
    bench.turns.take([CONVERSATION])

    assert asked[0] == ["one"]
    assert asked[1:] in ([], [["start"]])


def test_a_message_above_the_limit_makes_no_turn_begin_anew(begin):
    asked = []

    async def assistant(turn):
        asked.append(texts(turn))
        bench.receive("too many")
        await asyncio.sleep(0.05)
        return "done"

    bench = begin("restart", assistant, replace(QUICK, limits={**Policy().limits, MESSAGES.name: 1}))
    bench.receive("one")
    bench.turns.take([CONVERSATION])

    assert asked == [["one"]]
    assert events(bench, "limited") == [None, "1"]


def test_who_has_lost_the_turn_does_not_begin_it_anew(begin):
    async def assistant(turn):
        bench.receive("two")
        own = bench.stores.keys.of(CONVERSATION)
        bench.stores.client.hset(own.turn_lease, mapping={"holder": "another", "fence": "99"})
        await for_ever()

    bench = begin("restart", assistant)
    bench.receive("one")

    assert take(bench) == []
    assert bench.mailbox() == 2


# -- join


def test_an_assistant_gets_what_came_meanwhile_once_and_answers_it_in_the_same_turn(begin):
    got = []

    async def assistant(turn):
        if texts(turn) == ["one"]:
            bench.receive("two", "three")
            got.extend([await turn.more(), await turn.more()])
            assert [entry.text for entry in turn.history] == ["one", "two", "three"]
            bench.receive("four")
        return f"to {', '.join(texts(turn))}"

    bench = begin("join", assistant)
    bench.receive("one")

    # What nobody has asked for waits for its own turn.
    assert take(bench) == ["to one, two, three", "to four"]
    assert [[one.text for one in several] for several in got] == [["two", "three"], []]
    assert events(bench, "received") == ['["one","two","three"]', '["four"]']
    assert bench.session().message_count == 4


def test_a_message_that_joins_and_quotes_a_reply_says_which_one(begin):
    quoted = []

    async def assistant(turn):
        if turn.text == "which one?":
            bench.stores.mailboxes.receive([message("m3", "this", reply_to="p1")], now=bench.clock.now())
            quoted.extend(one.quoted.text for one in await turn.more())
        return f"to {turn.text}"

    bench = begin("join", assistant)
    bench.receive("one")
    take(bench)
    bench.receive("which one?")
    bench.turns.take([CONVERSATION])

    assert quoted == ["to one"]


def test_messages_that_joined_a_turn_that_fails_are_all_there_again(begin):
    asked = []

    async def assistant(turn):
        asked.append(texts(turn))
        if len(asked) == 1:
            bench.receive("two")
            await turn.more()
            raise ConnectionError
        return f"to {turn.text}"

    bench = begin("join", assistant)
    bench.receive("one")
    bench.turns.take([CONVERSATION])
    assert bench.mailbox() == 2
    bench.clock.move(seconds=60)

    assert take(bench) == ["to one", "to two"]
    assert asked == [["one"], ["one"], ["two"]]


def test_what_joins_counts_towards_the_limits_and_is_refused_above_them(begin):
    async def assistant(turn):
        bench.receive("two", "three")
        more = await turn.more()
        return f"and {[one.text for one in more]}"

    bench = begin("join", assistant, replace(QUICK, limits={**Policy().limits, MESSAGES.name: 2}))
    bench.receive("one")

    said = take(bench)

    assert said[0] == "and ['two']"
    assert len(said) == 2  # and that it was too much
    assert events(bench, "limited") == ["1"]
    assert int(bench.stores.client.get(bench.stores.keys.of(CONVERSATION).usage_of(MESSAGES))) == 2


@pytest.mark.parametrize(
    "end",
    [
        action("hand_back"),
        message("start", "start"),
        message("other", route=ROUTE.model_copy(update={"sender": "9"})),
    ],
    ids=["an action", "START", "another sender"],
)
def test_nothing_joins_beyond(begin, end):
    joined = []

    async def assistant(turn):
        if not joined:
            bench.stores.mailboxes.receive([end, message("two")], now=bench.clock.now())
            joined.append(await turn.more())

    bench = begin("join", assistant)
    bench.receive("one")
    bench.turns.take([CONVERSATION])

    assert joined == [()]
    assert bench.mailbox() == 0


def test_a_turn_has_no_more_messages_than_it_may_have(begin):
    sizes = []

    async def assistant(turn):
        if not sizes:
            bench.receive(*map(str, range(10)))
            while await turn.more():
                pass
        sizes.append(len(turn.messages))

    bench = begin("join", assistant, replace(QUICK, turn_messages=4))
    bench.receive("one")
    bench.turns.take([CONVERSATION])

    assert sizes == [4, 4, 3]


# -- what ends an assistant whatever is set


@pytest.mark.parametrize("on_new_message", ["after", "restart", "join"])
def test_after_a_takeover_the_assistant_is_not_waited_for(begin, on_new_message):
    async def assistant(turn):
        bench.does(action("take_over"))
        await for_ever()

    bench = begin(on_new_message, assistant)
    bench.receive("a villa")

    assert take(bench) == []
    assert bench.session().held_by == "mona"
    assert events(bench, "interrupted") == ["1", None]


@pytest.mark.parametrize("on_new_message", ["after", "restart", "join"])
def test_after_a_stop_the_assistant_is_not_waited_for(begin, on_new_message):
    async def assistant(turn):
        if "a villa" in texts(turn):
            bench.receive("two", "STOP")
            await for_ever()

    bench = begin(on_new_message, assistant)
    bench.receive("a villa")

    assert take(bench) == []
    assert bench.mailbox() == 0
    assert events(bench, "interrupted")[0] == "1"
    assert events(bench, "consent")[-1] == "out"


@pytest.mark.parametrize("comes", [action("take_over"), message("s", "STOP")], ids=["takeover", "stop"])
def test_what_was_approved_is_carried_out_to_its_end_and_not_told(begin, comes):
    done = []

    def assistant(turn):
        if turn.decision is None:
            turn.ask_approval("refund", text="Refund?")
            return None
        bench.stores.mailboxes.receive([comes])
        bench.clock.move(milliseconds=20)
        renewed = str(to_ms(bench.clock.now() + QUICK.lease_for))
        until(lambda: bench.stores.client.hget(f"lease:{CONVERSATION}", "until") == renewed, "it is renewed")
        done.append(turn.step("refund", lambda: "r-1"))
        return "Refunded."

    bench = begin("restart", assistant)
    bench.receive("refund please")
    take(bench)
    (asked,) = read_timers(
        [part for pair in bench.stores.client.hgetall(f"timers:{CONVERSATION}").items() for part in pair]
    ).values()
    bench.does(action("decide", timer=asked.message.id, approved=True))

    assert take(bench) == []
    assert done == ["r-1"]
    assert [event["approved"] for event in bench.stores.events() if "approval" in event] == ["yes"]


def test_a_stop_that_was_taken_back_before_the_turn_ends_nothing(begin):
    async def assistant(turn):
        await asyncio.sleep(0.05)
        return "welcome"

    bench = begin("after", assistant)
    bench.receive("STOP", "start", "a villa")

    assert take(bench)[-1] == "welcome"
    assert events(bench, "interrupted") == [None]


@pytest.mark.parametrize("what", ["takeover", "stop", "message"])
def test_it_hears_of_it_at_once_however_long_its_lease_is(begin, valkey, what):
    come = {"takeover": action("take_over"), "stop": message("s", "STOP"), "message": message("two")}[what]

    async def assistant(turn):
        if texts(turn) != ["one"]:
            return "to both"
        bench.stores.mailboxes.receive([come], now=bench.clock.now())
        await for_ever()
        return None

    async def main():
        listener = Listener(channel="turns:test", messages=True)
        bench.turns.notices = notices = Notices(partial(published, valkey), listener)
        with notices.of("whatsapp:+0") as subscription:
            subscription.call_back(lambda _: listening.set())
            await listening.wait()
            await bench.turns.service.take(CONVERSATION)
        await notices.close()

    listening = asyncio.Event()
    bench = begin("restart", assistant, Policy(lease_for=timedelta(hours=1)))
    bench.turns.answerer.answer_within = timedelta(minutes=1)
    bench.receive("one")
    asyncio.run(main())
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == (["to both"] if what == "message" else [])
    assert bench.mailbox() == 0
