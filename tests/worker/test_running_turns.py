"""A turn while its assistant is at work: steps and early replies are kept, the lease lasts, an agent ends it."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest

from session.errors import StoreUnavailable
from session.leases import Held
from session.policy import Policy
from tests.values import CONVERSATION, action
from worker.senders import Sender, Senders


def test_a_step_is_not_repeated_and_an_early_reply_not_said_again_when_a_turn_is_tried_again(bench):
    bookings = []

    def book(key):
        bookings.append(key)
        return len(bookings)

    def fails(turn):
        turn.say_now("One moment.")
        turn.step("book", book)
        raise ConnectionError

    def answers(turn):
        turn.say_now("One moment.")
        return f"Booked as {turn.step('book', book)}."

    bench.assistant.next = [fails, answers]
    bench.receive("book it")
    bench.turns.take([CONVERSATION])
    assert bench.waker.taken() == [("deliver", CONVERSATION)]
    bench.clock.move(seconds=60)
    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["One moment.", "Booked as 1."]
    assert len(bookings) == 1
    said = [entry.text for entry in bench.session().context.message_history]
    assert said == ["book it", "One moment.", "Booked as 1."]
    assert bench.stores.client.exists(f"steps:{CONVERSATION}") == 0


def test_replies_of_a_turn_come_after_what_it_said_early_each_with_an_id_of_its_own(bench):
    bench.assistant.next = [lambda turn: turn.say_now("One moment.") or "Done."]
    bench.receive("book it")

    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])

    ids = [delivery.id for delivery in bench.channel.sent]
    assert bench.channel.texts == ["One moment.", "Done."]
    assert [id_.rpartition(".")[2] for id_ in ids] == ["0", "1"]


def test_a_reply_never_has_the_id_of_an_early_one_whose_answer_was_lost(bench):
    def says(turn):
        with suppress(StoreUnavailable):
            turn.say_now("One moment.")
        return "Done."

    def say_and_lose_the_answer(*args, **options):
        yield from say(*args, **options)
        raise StoreUnavailable("the answer was lost")

    say = bench.turns.running.say
    bench.turns.running = SimpleNamespace(say=say_and_lose_the_answer, renew=bench.turns.running.renew)
    bench.assistant.next = [says]
    bench.receive("book it")

    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts == ["One moment.", "Done."]
    assert len({delivery.id for delivery in bench.channel.sent}) == 2


def test_a_process_that_stops_begins_no_further_turn(make_bench):
    bench = make_bench(Policy(turn_messages=1))
    bench.receive("one", "two")
    bench.turns.works = SimpleNamespace(stopping=True)

    bench.turns.take([CONVERSATION])

    assert bench.mailbox() == 1
    assert ("turn", CONVERSATION) in bench.waker.taken()


def test_who_gives_its_turns_back_asks_no_assistant_any_more(bench):
    bench.receive("one")
    asyncio.run(bench.turns.thinking.end())

    bench.turns.take([CONVERSATION])

    assert bench.assistant.turns == []
    assert bench.mailbox() == 1
    assert bench.waker.taken() == [("turn", CONVERSATION)]
    assert bench.stores.client.hget(f"lease:{CONVERSATION}", "crashes") in (None, "0")


@pytest.mark.parametrize("ending", [SystemExit, asyncio.CancelledError], ids=lambda ending: ending.__name__)
def test_an_assistant_that_ends_itself_is_an_attempt_and_is_given_up_in_the_end(bench, ending):
    async def ends(turn):
        raise ending

    bench.turns.answerer.senders = Senders(usual=Sender(assistant=ends), named={})
    bench.receive("one")

    for _ in range(bench.turns.policy.turn_attempts):
        bench.turns.take([CONVERSATION])
        assert ("turn", CONVERSATION) not in bench.waker.taken()
        bench.clock.move(minutes=5)

    (letter,) = bench.stores.dead()
    assert letter["why"] == f"EndedItself: it ended with {ending.__name__}"
    assert bench.mailbox() == 0


def test_after_a_takeover_the_assistant_is_not_waited_for(make_bench):
    bench = make_bench(Policy(lease_for=timedelta(seconds=0.06)))

    async def waits(turn):
        bench.does(action("take_over"))
        await asyncio.Event().wait()

    bench.turns.answerer.senders = Senders(usual=Sender(assistant=waits), named={})
    bench.receive("a villa")

    bench.turns.take([CONVERSATION])

    assert bench.mailbox() == bench.outbox() == 0
    assert bench.session().held_by == "mona"
    assert [event.get("interrupted") for event in bench.stores.events() if "received" in event] == ["1", None]


def test_a_turn_lasts_longer_than_its_lease_and_nobody_else_begins_it(make_bench):
    lease = timedelta(seconds=0.06)
    bench = make_bench(Policy(lease_for=lease))
    held = []

    def ends():
        return int(bench.stores.client.hget(f"lease:{CONVERSATION}", "until"))

    async def thinks(turn):
        for _ in range(4):
            before = ends()
            bench.clock.move(seconds=0.05)
            while ends() == before:  # noqa: ASYNC110  (another coroutine renews it)
                await asyncio.sleep(0.001)
            held.append(bench.stores.turns.take(CONVERSATION, holder="other", now=bench.clock.now()))
        return "At last."

    bench.turns.answerer.senders = Senders(usual=Sender(assistant=thinks), named={})
    bench.receive("a villa")

    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])

    assert [type(answer) for answer in held] == [Held] * 4
    assert bench.channel.texts == ["At last."]


def test_what_is_said_early_waits_for_the_end_of_the_turn_in_which_the_customer_comes_back(bench):
    def says(turn):
        turn.say_now("One moment.")
        return f"To {turn.text}."

    bench.assistant.next = [says, says]
    # STOP and START in one turn, and START in the turn after that of the STOP.
    bench.receive("STOP", "start", "one")
    bench.turns.take([CONVERSATION])
    bench.receive("Stop.")
    bench.turns.take([CONVERSATION])
    bench.receive("Start.", "two")
    bench.turns.take([CONVERSATION])
    bench.courier.deliver([CONVERSATION])

    assert bench.channel.texts[-2:] == ["One moment.", "To two."]
    assert bench.outbox() == 0


def test_what_an_assistant_was_cancelled_in_is_part_of_its_turn(make_bench):
    bench = make_bench(Policy(lease_for=timedelta(seconds=0.06)))
    cancelled = asyncio.Event()

    async def slowly(call):
        # It is carried out, and the answer comes when the assistant was cancelled meanwhile.
        answer = bench.stores.run(call)
        if getattr(call, "__name__", "") == "say":
            bench.does(action("take_over"))
            await cancelled.wait()
        return answer

    async def says(turn):
        try:
            await turn.say_now("One moment.")
        finally:
            cancelled.set()

    bench.turns.run = slowly
    bench.turns.answerer.senders = Senders(usual=Sender(assistant=says), named={})
    bench.receive("a villa")

    bench.turns.take([CONVERSATION])

    said = [entry.text for entry in bench.session().context.message_history]
    assert said == ["a villa", "One moment."]
    assert bench.stores.client.exists(f"steps:{CONVERSATION}") == 0
