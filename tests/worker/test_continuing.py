"""Who commits a turn sends what it says, with a send place that it has kept for that."""

import asyncio

import pytest

from session.errors import StoreUnavailable
from session.leases import Stale
from tests.values import CONVERSATION
from worker.channels.outcomes import Throttled
from worker.continuing import CommitAndSend


class Loop:
    """Begins work on the loop of the test."""

    stopping = False

    def begin(self, work):
        asyncio.get_running_loop().create_task(work())


@pytest.fixture
def bench(bench):
    bench.turns.commit = CommitAndSend(courier=bench.courier.service, engine=Loop())
    return bench


def places(bench):
    return bench.courier.slots._value


def follow_the_commit(bench, after):
    """Let something happen to each answer of a commit."""
    commit = bench.turns.commit

    async def changed(conversation, write):
        async def wrapped(courier):
            return await after(write, courier)

        return await commit(conversation, wrapped)

    bench.turns.commit = changed


def test_what_a_turn_says_is_sent_without_a_wake_up(bench):
    bench.receive("one", "two")

    bench.turns.take([CONVERSATION])

    assert len(bench.channel.sent) == 1
    assert bench.waker.taken() == []
    assert (bench.outbox(), places(bench)) == (0, bench.courier.at_once)


def test_without_a_free_place_the_reply_waits_for_its_wake_up(bench):
    bench.courier.slots = asyncio.Semaphore(0)
    bench.receive("one")

    bench.turns.take([CONVERSATION])

    assert bench.channel.sent == []
    assert bench.waker.taken() == [("deliver", CONVERSATION)]


def test_a_process_that_stops_leaves_its_replies_to_others(bench):
    bench.turns.commit.engine.stopping = True
    bench.receive("one")

    bench.turns.take([CONVERSATION])

    assert bench.channel.sent == []
    assert bench.waker.taken() == [("deliver", CONVERSATION)]


def test_a_turn_without_a_reply_keeps_no_place(bench):
    bench.assistant.next = [None]
    bench.receive("one")

    bench.turns.take([CONVERSATION])

    assert bench.channel.sent == []
    assert places(bench) == bench.courier.at_once


def test_if_the_answer_is_lost_the_reply_is_sent_all_the_same_and_is_in_no_doubt(bench):
    async def lose(write, courier):
        await write(courier)
        raise StoreUnavailable("commit_turn: TimeoutError")

    follow_the_commit(bench, lose)
    bench.receive("one")

    bench.turns.take([CONVERSATION])

    (event,) = [event for event in bench.stores.events() if "sent" in event]
    assert "resent" not in event
    assert len(bench.channel.sent) == 1
    assert (bench.outbox(), places(bench)) == (0, bench.courier.at_once)


def test_if_the_commit_is_repeated_the_reply_is_sent_once(bench):
    async def repeat(write, courier):
        await write(courier)
        again = await write(courier)
        assert isinstance(again, Stale)
        return again

    follow_the_commit(bench, repeat)
    bench.receive("one")

    bench.turns.take([CONVERSATION])

    assert len(bench.channel.sent) == 1
    assert (bench.outbox(), places(bench)) == (0, bench.courier.at_once)


def test_behind_a_reply_that_waits_nothing_is_handed_over(bench):
    bench.channel.outcomes = [Throttled(code="429", words="slow down")]
    bench.receive("one")
    bench.turns.take([CONVERSATION])
    bench.receive("two")

    bench.turns.take([CONVERSATION])

    assert [one.reply.text for one in bench.channel.sent] == ["You said: one"]
    assert bench.outbox() == 2
