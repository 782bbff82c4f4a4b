"""Customers see that they are receipts: whom the worker tells so, and that nothing depends on it."""

import subprocess
import sys
import threading
from asyncio import run

import httpx
import pytest
from pywa import WhatsApp

from session import State
from session.agent_actions import AgentActionType
from session.messages import Kind
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


def test_a_receipt_is_sent_in_parallel_with_the_turn_with_typing_meanwhile():
    channel = ReadingChannel()
    receipts = Receipts({"meta": channel})

    with receipts.while_answered(message("m1")):
        until(lambda: channel.shown, "the provider is told")

    assert channel.shown == [("m1", True)]


def test_what_comes_too_late_is_shown_without_typing(hanging):
    receipts = Receipts({"meta": hanging.channel})
    answer(receipts, "m1")
    until(lambda: hanging.channel.shown, "the provider hangs")

    answer(receipts, "m2")
    hanging.let_go()

    until(lambda: len(hanging.channel.shown) == 2, "the provider is told of the other")
    assert hanging.channel.shown[1] == ("m2", False)


def test_receipts_beyond_the_queue_are_dropped_and_turns_do_not_wait(hanging, log):
    receipts = Receipts({"meta": hanging.channel}, room=2)
    answer(receipts, "m1")
    until(lambda: hanging.channel.shown, "the provider hangs")

    answer(receipts, "m2", "m3", "m4", "m5")
    hanging.let_go()
    until(lambda: len(hanging.channel.shown) == 3, "those that had room are told")
    answer(receipts, "m6")
    until(lambda: len(hanging.channel.shown) == 4, "there is room again")

    assert [name for name, _ in hanging.channel.shown] == ["m1", "m2", "m3", "m6"]
    assert [line for line in log if "too many wait" in line] == [
        f"DEBUG read mark not sent: too many wait {{'message': '{name}'}}\n" for name in ("m4", "m5")
    ]


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


def test_a_channel_that_cannot_show_it_is_not_asked(make_bench):
    before = threads()
    bench = make_bench(receipts=Receipts({"meta": ScriptedChannel()}).while_answered)
    bench.receive("one")

    bench.turns.take([CONVERSATION])
    bench.follow()

    assert bench.channel.texts == ["You said: one"]
    assert threads() == before


def test_nothing_is_started_before_the_first_message_and_one_thread_serves_all():
    channel, before = ReadingChannel(), threads()
    receipts = Receipts({"meta": channel})
    assert threads() == before

    turns = [threading.Thread(target=answer, args=(receipts, f"m{n}")) for n in range(20)]
    for turn in turns:
        turn.start()
    for turn in turns:
        turn.join()
    until(lambda: len(channel.shown) == 20, "all are told")

    (fresh,) = threads() - before
    assert fresh.daemon


_FORKING = """
import os, sys
from tests.fakes import ReadingChannel
from tests.valkey import until
from tests.values import message
from worker.receipts import Receipts

channel = ReadingChannel()
receipts = Receipts({"meta": channel})
with receipts.while_answered(message("before")):
    until(lambda: channel.shown, "the parent tells")
child = os.fork()
with receipts.while_answered(message("after")):
    until(lambda: "after" in dict(channel.shown), "both tell")
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_process_that_was_forked_tells_with_a_thread_of_its_own_and_ends():
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _FORKING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")


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


def threads():
    return {thread for thread in threading.enumerate() if thread.name == "receipts"}


def answer(receipts, *names):
    """Take turns that are over at once."""
    for name in names:
        with receipts.while_answered(message(name)):
            pass


class Hanging:
    """A provider whose answers wait until they are let go."""

    def __init__(self):
        self.channel, self._gate = ReadingChannel(), threading.Event()
        self.channel.before_show = self._wait
        self.let_go = self._gate.set

    def _wait(self, _message):
        assert self._gate.wait(30)


@pytest.fixture
def hanging():
    hanging = Hanging()
    yield hanging
    hanging.let_go()
