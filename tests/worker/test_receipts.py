"""Customers see that they are receipts: whom the worker tells so, and that nothing depends on it."""

import asyncio
from asyncio import run

import httpx
import pytest
from pywa import WhatsApp

from session import State
from session.agent_actions import AgentActionType
from session.content_parts import Kind
from session.policy import Policy
from tests.fakes import ReadingChannel, RecordingReceipts, ScriptedChannel
from tests.valkey import until
from tests.values import CONVERSATION, CUSTOMER, ROUTE, action, message
from tests.worker.channels.provider import AWAY, LOST, TOKEN, Provider, meta
from worker.channels.meta.channel import Meta
from worker.channels.protocols import ReceiptSender
from worker.channels.twilio.channel import Twilio
from worker.receipts import Receipts


@pytest.fixture
def receipts():
    return RecordingReceipts()


@pytest.fixture
def bench(make_bench, receipts):
    return make_bench(receipts=receipts.while_answered)


# -- who is told


def test_the_newest_message_of_a_turn_is_shown_as_read_while_the_assistant_thinks(bench, receipts):
    bench.receive("one", "two")
    bench.assistant.next = [lambda _: str(receipts.shown)]

    bench.turns.take([CONVERSATION])
    bench.follow()

    assert bench.channel.texts == ["[('read', 'two')]"]
    assert receipts.shown == [("read", "two"), ("answered", "two")]


def test_typing_ends_when_the_assistant_fails_and_begins_with_the_next_attempt(bench, receipts):
    bench.receive("one")
    bench.assistant.next = [ValueError("no idea")]
    bench.turns.take([CONVERSATION])
    assert receipts.shown == [("read", "one"), ("answered", "one")]

    bench.clock.move(minutes=1)
    bench.sweep()
    bench.turns.take([CONVERSATION])

    assert receipts.read == ["one", "one"]
    assert bench.assistant.texts == ["one", "one"]


@pytest.mark.parametrize("kind", [Kind.REACTION, Kind.SYSTEM, Kind.REVOKE])
def test_what_asks_for_no_answer_is_not_shown_as_read(bench, receipts, kind):
    bench.stores.mailboxes.receive([message(kind=kind)], now=bench.clock.now())

    bench.turns.take([CONVERSATION])

    assert bench.mailbox() == 0
    assert receipts.shown == []


def test_a_silent_kind_behind_a_message_leaves_that_the_newest(bench, receipts):
    batch = [message("m1", "hello"), message("m2", "", kind=Kind.REACTION)]
    bench.stores.mailboxes.receive(batch, now=bench.clock.now())

    bench.turns.take([CONVERSATION])

    assert receipts.read == ["m1"]


def test_while_an_agent_has_the_conversation_no_receipt_is_sent(bench, receipts):
    bench.receive("one")
    bench.does(action())
    bench.receive("two")
    bench.turns.take([CONVERSATION])
    assert bench.session().state is State.WAITING_AGENT
    assert receipts.read == ["one"]

    bench.does(action(AgentActionType.HAND_BACK))
    bench.receive("three")
    bench.turns.take([CONVERSATION])
    assert receipts.read == ["one", "three"]


def test_a_customer_who_has_opted_out_sees_no_receipt(bench, receipts):
    bench.receive("stop")
    bench.turns.take([CONVERSATION])
    bench.receive("hello?")
    bench.turns.take([CONVERSATION])

    assert receipts.shown == []


def test_a_customer_who_opts_out_in_the_same_turn_sees_no_receipt(bench, receipts):
    bench.receive("hello", "stop")

    bench.turns.take([CONVERSATION])

    assert bench.assistant.texts == ["hello"]
    assert receipts.shown == []


def test_above_the_limit_nothing_is_shown(make_bench, receipts):
    bench = make_bench(Policy(limits={"messages": 1}), receipts=receipts.while_answered)
    bench.receive("one", "two")
    bench.turns.take([CONVERSATION])
    bench.receive("three")
    bench.turns.take([CONVERSATION])

    assert receipts.read == ["one"]


def test_a_turn_that_is_given_up_reads_nothing(make_bench, receipts):
    bench = make_bench(Policy(turn_attempts=1), receipts=receipts.while_answered)
    bench.receive("one")
    bench.stores.turns.take(CONVERSATION, holder="a worker that dies", now=bench.clock.now(), alone=True)
    bench.clock.move(minutes=1)

    bench.turns.take([CONVERSATION])

    assert len(bench.stores.dead()) == 1
    assert receipts.shown == []


# -- how it is told


def test_meta_can_show_it_and_twilio_has_no_way():
    assert issubclass(Meta, ReceiptSender)
    assert not issubclass(Twilio, ReceiptSender)


def test_a_receipt_is_sent_while_the_assistant_thinks_with_typing_meanwhile():
    channel = ReadingChannel()

    async def turn():
        with Receipts({"meta": channel}).while_answered(message("m1")):
            await asyncio.sleep(0)
            assert channel.shown == [("m1", True)]

    run(turn())


def test_what_comes_too_late_is_shown_without_typing():
    channel = ReadingChannel()

    async def turn():
        with Receipts({"meta": channel}).while_answered(message("m1")):
            pass  # the answer is there before the loop does anything else
        await asyncio.sleep(0)

    run(turn())

    assert channel.shown == [("m1", False)]


def test_receipts_beyond_the_room_are_dropped_and_turns_do_not_wait(log):
    channel = ReadingChannel()

    async def turns():
        gate = asyncio.Event()
        channel.before_show = lambda _: gate.wait()
        receipts = Receipts({"meta": channel}, room=2)
        for name in ("m1", "m2", "m3", "m4"):
            with receipts.while_answered(message(name)):
                await asyncio.sleep(0)
        gate.set()
        await others_are_done()
        with receipts.while_answered(message("m5")):
            await asyncio.sleep(0)

    run(turns())

    assert [name for name, _ in channel.shown] == ["m1", "m2", "m5"]
    assert [line for line in log if "too many wait" in line] == [
        f"DEBUG read mark not sent: too many wait {{'message': '{name}'}}\n" for name in ("m3", "m4")
    ]


def test_nothing_waits_at_the_end_for_a_provider_that_hangs():
    channel = ReadingChannel()

    async def turn():
        channel.before_show = lambda _: asyncio.Event().wait()  # for ever
        receipts = Receipts({"meta": channel})
        with receipts.while_answered(message("m1")):
            await asyncio.sleep(0)
        receipts.close()
        await others_are_done()

    run(turn())

    assert channel.shown == [("m1", True)]


async def others_are_done():
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})


@pytest.mark.parametrize("wrong", ["refused", "raises"])
def test_an_error_is_a_line_for_the_curious_and_changes_nothing(make_bench, log, wrong):
    channel = ReadingChannel(why_not="100: no such message" if wrong == "refused" else None)
    if wrong == "raises":
        channel.before_show = {}.__getitem__
    bench = make_bench(receipts=Receipts({"meta": channel}).while_answered)

    for number, text in enumerate(("one", "two"), 1):
        bench.receive(text)
        bench.turns.take([CONVERSATION])
        bench.follow()
        until(lambda number=number: len(told(log)) == number, "the failure is logged")

    assert [name for name, _ in channel.shown] == ["one", "two"]
    assert bench.channel.texts == ["You said: one", "You said: two"]
    assert {line.split()[0] for line in told(log)} == {"DEBUG"}
    assert not [line for line in log if CUSTOMER in line]


def told(log):
    return [line for line in log if "read mark not sent" in line]


def test_a_channel_that_cannot_show_it_is_not_asked():
    async def turn():
        with Receipts({"meta": ScriptedChannel()}).while_answered(message("m1")):
            assert asyncio.all_tasks() == {asyncio.current_task()}

    run(turn())


# -- on the wire


def test_meta_takes_what_pywa_would_write():
    for typing, say in ((True, WhatsApp.indicate_typing), (False, WhatsApp.mark_message_as_read)):
        theirs = Provider(httpx.Response(200, json={"success": True}))
        say(WhatsApp(phone_id="2002", token=TOKEN, session=theirs.client()), "wamid.1")
        channel, ours = meta(httpx.Response(200, json={"success": True}))

        assert run(channel.show_read(message(route=SENDER), typing=typing)) is None

        assert ours.posted_json == theirs.posted_json
        assert ours.request.url == "https://graph.test/v23.0/2002/messages"
        assert ours.request.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (httpx.Response(400, json={"error": {"code": 100, "message": f"bad {TOKEN}"}}), "100: bad ***"),
        (LOST, "TimeoutError after the request may have been written"),
        (AWAY, "ClientConnectorError: the provider could not be reached"),
    ],
    ids=["refused", "late", "away"],
)
def test_a_rejected_receipt_is_logged_without_secrets(answer, why):
    channel, _ = meta(answer)

    assert run(channel.show_read(message(route=SENDER), typing=True)) == why


# -- the parts of these tests


SENDER = ROUTE.model_copy(update={"sender": "2002"})
