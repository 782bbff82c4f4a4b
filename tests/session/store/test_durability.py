"""DURABILITY: a write counts as done when a disk or a replica has it, and as failed when that is not confirmed in time."""

import asyncio
import os
import signal
import threading
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
import redis as redis_py

from session.errors import NotDurable
from session.events import ReplySent
from session.keys import Keys
from session.leases import Held
from session.messages import DeliveryState
from session.policy import Policy
from session.results import Settled
from session.store import IntakeStore, MailboxStore, OutboxStore, Runner
from session.store.async_runner import AsyncRunner
from session.store.calls import command
from session.store.durability import durable
from tests.clocks import START
from tests.ports import free_ports
from tests.stores import AtOnce, Stores, scripts_by
from tests.valkey import OPTIONS, running_server, until
from tests.values import CONVERSATION, delivery, message, turn_result

SCRIPTS, KEYS = scripts_by(), Keys(1)
SOON = Policy(durable_within=timedelta(milliseconds=50))
FSYNC, REPLICA = replace(SOON, durability="fsync"), replace(SOON, durability="replica")
FIRST, SECOND = delivery("t1.0", "one"), delivery("t1.1", "two")
PATIENT = replace(REPLICA, durable_within=timedelta(seconds=20))


@contextmanager
def server(*options, port=0):
    with (
        running_server(*options, port=port) as socket,
        redis_py.Redis(unix_socket_path=socket, socket_timeout=5, **OPTIONS) as client,
    ):
        yield client


@contextmanager
def pair():
    """A server and its replica, which follows it."""
    (port,) = free_ports(1)
    with server(port=port) as first, server("--replicaof", "127.0.0.1", str(port)) as second:
        until(lambda: first.info("replication")["connected_slaves"] == 1, "the replica follows", seconds=30)
        until(lambda: second.info("replication")["master_link_status"] == "up", "it has all", seconds=30)
        yield first, second


def store(client, policy, body=b"a"):
    work = IntakeStore(SCRIPTS, KEYS, policy).store(body, source="meta", ordering_key="x")
    return Runner(client)(work).wake


def test_memory_waits_for_nothing():
    call = command("push", "RPUSH", "list", "a")

    assert durable(call, SOON) is call


def test_fsync_is_confirmed_by_a_server_with_an_append_only_file():
    with server("--appendonly", "yes", "--appendfsync", "always") as client:
        assert store(client, replace(FSYNC, durable_within=timedelta(seconds=20))) == 0


def test_without_an_append_only_file_the_body_is_refused_with_the_reason_though_it_is_stored():
    with server() as client:
        with pytest.raises(NotDurable, match=r"store_body: .*appendonly"):
            store(client, FSYNC)

        assert client.xlen("intake") == 1


def test_a_replica_confirms():
    with pair() as (first, second):
        assert store(first, PATIENT) == 0

        assert second.xlen("intake") == 1


def test_a_replica_that_hangs_confirms_nothing():
    with pair() as (first, second):
        pid = second.info("server")["process_id"]
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(NotDurable, match="WAIT was not reached within"):
                store(first, REPLICA)
        finally:
            os.kill(pid, signal.SIGCONT)


def test_without_a_replica_readiness_says_so():
    with server() as client, pytest.raises(NotDurable, match="try_body"):
        Runner(client)(IntakeStore(SCRIPTS, KEYS, REPLICA).try_body())


def test_the_error_has_the_result_and_other_calls_of_the_same_write_have_theirs():
    with server() as client:
        client.rpush("list", "before")
        usual = command("length", "LLEN", "list")
        found = Runner(client).outcomes(
            [usual, durable(command("push", "RPUSH", "list", "a"), REPLICA), usual]
        )

        assert isinstance(found[1], NotDurable)
        assert (found[0], found[1].result, found[2]) == (1, 2, 2)


def test_a_server_that_does_not_know_the_script_yet_is_taught_it_and_waited_for():
    with pair() as (first, _):
        put = durable(SCRIPTS.put_field(hash="hash", field="x", value="1"), PATIENT)

        assert Runner(first).together([put, put]) == [[], []]
        assert first.hget("hash", "x") == "1"


def test_what_was_written_when_the_connection_broke_during_the_wait_is_not_durable():
    errors = []

    def write(client):
        try:
            Runner(client)(durable(command("push", "RPUSH", "list", "a"), PATIENT))
        except NotDurable as error:
            errors.append(error)

    with server() as client:
        writer = threading.Thread(target=write, args=(client,), daemon=True)
        writer.start()
        until(lambda: client.info("clients")["blocked_clients"] == 1, "it waits")
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        writer.join(10)

    assert [error.result for error in errors] == [1]


@pytest.fixture
def queued(valkey):
    """Two replies wait on a server that has no replica."""
    stores = Stores.on(valkey)
    stores.mailboxes.receive([message()], now=START)
    taken = stores.turns.take(CONVERSATION, holder="t", now=START)
    stores.turns.commit(CONVERSATION, taken.lease, turn_result(replies=(FIRST, SECOND)), now=START)
    yield stores
    valkey.flushall()


def on(stores, policy):
    return AtOnce(stores.run, OutboxStore(SCRIPTS, KEYS, policy))


def test_a_reply_whose_taking_is_not_durable_is_not_sent_and_not_in_doubt(queued):
    assert isinstance(on(queued, REPLICA).take(CONVERSATION, holder="w1", now=START), Held)

    taken = on(queued, SOON).take(CONVERSATION, holder="w2", now=START + timedelta(seconds=2))
    assert (taken.attempt, taken.doubts, taken.deliveries) == (1, 0, (FIRST, SECOND))


def test_the_doubts_of_a_reply_survive_that(queued):
    on(queued, SOON).take(CONVERSATION, holder="dies", now=START)
    later = START + timedelta(minutes=1)
    assert isinstance(on(queued, REPLICA).take(CONVERSATION, holder="w1", now=later), Held)

    taken = on(queued, SOON).take(CONVERSATION, holder="w2", now=later + timedelta(seconds=2))
    assert (taken.attempt, taken.doubts, taken.interrupted) == (2, 1, True)


def test_after_a_reply_that_was_sent_the_next_one_waits_until_it_is_durable_that_it_may_be(queued):
    taken = on(queued, SOON).take(CONVERSATION, holder="w1", now=START)
    sent = ReplySent(delivery=FIRST.id, sent="p1")
    settled = on(queued, REPLICA).settle(FIRST, taken.lease, DeliveryState.SENT, event=sent, now=START)
    assert settled == Settled(left=1, lease=None)

    taken = on(queued, SOON).take(CONVERSATION, holder="w2", now=START + timedelta(seconds=2))
    assert (taken.attempt, taken.doubts, taken.deliveries) == (1, 0, (SECOND,))


def test_who_sends_nothing_more_waits_for_nothing(queued):
    taken = on(queued, SOON).take(CONVERSATION, holder="w1", now=START)
    sent = ReplySent(delivery=FIRST.id, sent="p1")

    settled = on(queued, REPLICA).settle(
        FIRST, taken.lease, DeliveryState.SENT, event=sent, now=START, more=False
    )

    assert settled.lease is not None


@pytest.mark.parametrize(("shards", "error"), [(1, None), (2, NotDurable)])
def test_an_entry_from_the_intake_of_another_server_is_durable_before_that_one_forgets_it(
    valkey, shards, error
):
    store = MailboxStore(SCRIPTS, Keys(shards), REPLICA)
    with pytest.raises(error) if error else nullcontext():
        Runner(valkey)(store.receive([message()]))
    valkey.flushall()


def test_coroutines_share_a_wait_and_each_has_its_own_result(valkey):
    usual = command("echo", "ECHO", "hello")
    valkey.config_resetstat()

    async def push_many():
        run = AsyncRunner(valkey)
        pushes = [durable(command("push", "RPUSH", "list", "a"), REPLICA) for _ in range(20)]
        first = await run.outcomes([usual, *pushes[:10]])
        second = await asyncio.gather(*(run(one) for one in pushes[10:]), return_exceptions=True)
        await run.close()
        return first[0], [*first[1:], *second]

    echo, found = asyncio.run(push_many())
    waited = valkey.info("commandstats")["cmdstat_wait"]["calls"]
    valkey.flushall()

    assert echo == "hello"
    assert {type(one) for one in found} == {NotDurable}
    assert sorted(one.result for one in found) == list(range(1, 21))
    assert waited <= 4
