"""A service that Sentinel watches: its master is killed or hangs, and whoever used it goes on with the next one."""

import asyncio
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest
from pydantic import SecretStr

from session.addresses import place_of, read_sentinel
from session.clock import SystemClock
from session.connection import connect
from session.errors import SettingsError, StoreUnavailable
from session.ids import new_id
from session.keys import Keys
from session.policy import Policy
from session.publishing import Publisher, WakeUp
from session.sentinels import broker_address
from session.store import AsyncRunner, IntakeStore, Redis, Runner, Scripts, published
from session.store.failures import FAILURES
from tests.chaos.program import Program
from tests.sentinel import SERVICE, watched_servers
from tests.valkey import until
from webhook.broker import INTAKE_QUEUE, wake_broker
from webhook.wake import Wake
from worker.cli.examining.broker import examine_broker
from worker.cli.examining.store import examine_store
from worker.cli.running.probes import worker_answers

pytestmark = pytest.mark.processes

PASSWORD = "hush-hush"


# -- what a URL means


@pytest.mark.parametrize(
    ("url", "nodes", "service", "database"),
    [
        ("redis+sentinel://a/inturn", (("a", 26379),), "inturn", 0),
        ("redis+sentinel://a:1,b:2,[::1]:3/in%20turn/7", (("a", 1), ("b", 2), ("::1", 3)), "in turn", 7),
        ("rediss+sentinel://u,v:p,w@a:1,b:2/inturn/", (("a", 1), ("b", 2)), "inturn", 0),
    ],
)
def test_a_url_names_sentinels_and_their_service(url, nodes, service, database):
    address = read_sentinel(url)

    assert (address.nodes, address.service, address.database) == (nodes, service, database)
    assert address.tls is url.startswith("rediss")


def test_tls_and_its_options_hold_for_sentinels_and_servers_of_both_libraries():
    url = "rediss+sentinel://:pw@a:1,b:2/inturn/3?ssl_ca_certs=/ca.pem"

    with connect(SecretStr(url), timeout=1) as client:
        pool = client.connection_pool
        asked = [one.connection_pool.connection_kwargs for one in pool.sentinel_manager.sentinels]
        assert (pool.connection_kwargs["password"], pool.connection_kwargs["db"]) == ("pw", 3)
        assert {one["ssl_ca_certs"] for one in [*asked, pool.connection_kwargs]} == {"/ca.pem"}
        assert "SSL" in pool.connection_class.__name__
        assert not any("password" in one and one["password"] for one in asked)
    broker = broker_address(SecretStr(url), timeout=1)
    assert broker.url == "sentinel://:pw@a:1/3;sentinel://:pw@b:2/3"
    assert broker.tls == {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": "/ca.pem"}
    assert broker.options["master_name"] == "inturn"
    assert broker.options["sentinel_kwargs"]["ssl_ca_certs"] == "/ca.pem"


def test_a_cluster_has_no_sentinels():
    with pytest.raises(SettingsError, match="a cluster replaces its primaries by itself") as error:
        connect(SecretStr("redis+sentinel://:hush-hush@a/inturn"), timeout=1, cluster=True)

    assert PASSWORD not in str(error.value)


def test_another_url_is_left_as_it_is():
    assert broker_address(SecretStr("amqp://rabbit"), timeout=1) == ("amqp://rabbit", {}, None)


# -- a failover


@pytest.fixture
def watched(tmp_path):
    with watched_servers(tmp_path, password=PASSWORD) as watched:
        yield watched


@pytest.fixture
def client(watched):
    with connect(SecretStr(watched.url), timeout=0.5) as client:
        yield client


def stored(client: Redis) -> list[str]:
    return [fields["body"] for _, fields in client.xrange(Keys(1).shard(0).intake)]


def goes_on(attempt: Callable[[], Any]) -> None:
    """Try again while the store is unavailable, as a provider does."""

    def tried() -> bool:
        try:
            attempt()
        except StoreUnavailable:
            return False
        return True

    until(tried, "the new master takes it", seconds=20)


@pytest.mark.parametrize("hangs", [False, True], ids=["killed", "hangs"])
def test_calls_go_on_with_the_new_master_and_what_a_replica_confirmed_is_there(watched, client, hangs):
    run, intake = Runner(client), an_intake()
    run(intake.store(b"before", source="meta", ordering_key="x"))
    assert client.wait(1, 2000) == 1

    former = watched.replace_master(hangs=hangs)
    goes_on(lambda: run(intake.store(b"after", source="meta", ordering_key="x")))

    assert stored(client) == ["before", "after"]
    # A server that hung finds that it is the replica of the other one by now.
    if hangs:
        watched.servers[former].signal(signal.SIGCONT)
    else:
        watched.servers[former].start()
    until(watched.is_whole, "the former master follows the new one", seconds=30)
    assert stored(client) == ["before", "after"]


def test_a_loop_goes_on_with_the_new_master_and_nothing_on_it_waits_for_the_old_one(watched, client):
    intake = an_intake()

    async def store(run: AsyncRunner, body: bytes) -> None:
        await run(intake.store(body, source="meta", ordering_key="x"))

    async def work() -> None:
        run = AsyncRunner(client)
        await asyncio.gather(*(store(run, b"before") for _ in range(20)))
        await asyncio.to_thread(client.wait, 1, 2000)
        replaced = asyncio.create_task(asyncio.to_thread(watched.replace_master))
        while not replaced.done():
            try:
                await store(run, b"meanwhile")
            except StoreUnavailable:
                await asyncio.sleep(0.02)
        await replaced
        while "after" not in await asyncio.to_thread(stored, client):
            try:
                await store(run, b"after")
            except StoreUnavailable:
                await asyncio.sleep(0.02)
        await run.close()

    asyncio.run(work())

    assert stored(client).count("before") == 20


def test_who_listens_to_a_channel_is_told_that_the_master_is_gone_and_hears_the_new_one(watched, client):
    async def heard() -> AsyncIterator[str | None]:
        while True:
            with suppress(*FAILURES):
                async for notice in published(client, "turns:test", quiet_for=0.5):
                    yield notice
            await asyncio.sleep(0.05)

    async def listen() -> None:
        notices = heard()
        assert await anext(notices) is None
        replaced = asyncio.create_task(asyncio.to_thread(watched.replace_master))
        # From here on nothing is missed again.
        assert await anext(notices) is None
        await replaced
        until(lambda: says("stop"), "the new master takes it")
        while (notice := await anext(notices)) is None:
            pass
        assert notice == "stop"
        await notices.aclose()

    def says(notice: str) -> bool:
        try:
            return bool(client.publish("turns:test", notice))
        except FAILURES:
            return False

    asyncio.run(listen())


def test_wake_ups_reach_the_new_master(watched):
    broker, clock = wake_broker(SecretStr(watched.url)), SystemClock()
    publisher, wake = Publisher(broker, patience=0.5, new_id=new_id), Wake(broker, clock)
    publisher.publish([WakeUp("drain_intake", INTAKE_QUEUE, 0)])
    assert wake.check() == "ok"

    watched.replace_master()
    until(lambda: is_published(publisher), "a wake-up is published on the new master", seconds=20)

    until(lambda: wake.check() == "ok", "the trial reaches the new master")
    with connect(SecretStr(watched.url), timeout=1) as client:
        until(lambda: client.llen(INTAKE_QUEUE) >= 1, "it is there")
    publisher.close()
    wake.close()


def test_doctor_names_service_and_sentinels_and_no_password(watched):
    url = SecretStr(watched.url)

    findings = [*examine_store(url, cluster=False, clock=SystemClock()), *examine_broker(url, named=False)]

    by_name = {finding.name: finding.words for finding in findings}
    assert place_of(watched.url) in by_name["redis"]
    assert by_name["broker"] == place_of(watched.url)
    assert f"{SERVICE} of Sentinel 127.0.0.1:{watched.sentinel_ports[0]}" in by_name["broker"]
    assert PASSWORD not in str(findings)


def test_a_service_that_the_sentinels_do_not_know_is_named_by_doctor(watched):
    url = SecretStr(watched.url.replace(f"/{SERVICE}/", "/elsewhere/"))

    (found,) = examine_store(url, cluster=False, clock=SystemClock())

    assert "elsewhere" in found.words
    assert PASSWORD not in str(found)


def an_intake() -> IntakeStore:
    return IntakeStore(Scripts.load(), Keys(1), Policy())


def is_published(publisher: Publisher) -> bool:
    try:
        publisher.publish([WakeUp("drain_intake", INTAKE_QUEUE, 0)])
    except Exception:  # noqa: BLE001  (whatever the library of the broker raises)
        return False
    return True


def test_a_worker_takes_its_wake_ups_from_the_new_master(watched, tmp_path):
    argv = [sys.executable, "-m", "celery", "-q", "-A", "worker.app", "worker", "-n", "somebody@here"]
    env = {
        **os.environ,
        "REDIS_URL": watched.url,
        "BROKER_URL": watched.url,
        "ASSISTANT": "worker.assistants.echo:assistant",
    }
    worker = Program("worker", argv, env=env, folder=tmp_path)
    answers = worker_answers(SecretStr(watched.url), "somebody@here")
    assert not answers()
    worker.start()
    try:
        until(answers, "the worker answers", seconds=30)

        watched.replace_master()

        until(answers, "the worker answers on the new master", seconds=40)
        log = worker.tail()
        assert PASSWORD not in log, log
    finally:
        worker.kill()
