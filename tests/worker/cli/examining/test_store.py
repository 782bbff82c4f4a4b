"""What `inturn doctor` says about Redis."""

from datetime import timedelta

import pytest
import redis as redis_py
from pydantic import SecretStr

from session.addresses import place_of
from session.clock import SystemClock
from tests.clocks import ManualClock
from tests.ports import free_ports
from tests.valkey import running_server, until
from worker.cli.examining.finding import Finding, Severity
from worker.cli.examining.store import _memory, examine_password, examine_store

NOWHERE = SecretStr("redis://:hidden@127.0.0.1:1/0")


def by_name(findings) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def store(socket: str, clock=None, durability="memory") -> dict[str, Finding]:
    url = SecretStr(f"unix://{socket}")
    return by_name(examine_store(url, cluster=False, clock=clock or SystemClock(), durability=durability))


def test_a_server_without_persistence_is_a_warning(valkey_socket):
    findings = store(valkey_socket)
    assert findings["redis"].verdict is Severity.OK
    assert findings["persistence"].verdict is Severity.WARN
    assert "appendonly yes" in findings["persistence"].mend
    assert findings["eviction"].verdict is Severity.OK
    assert findings["clock"].verdict is Severity.OK


def test_a_server_with_persistence_is_ok():
    with running_server("--appendonly", "yes") as socket:
        assert all(finding.verdict is Severity.OK for finding in store(socket).values())


def test_a_server_that_evicts_keys_is_a_failure():
    with running_server("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru") as socket:
        eviction = store(socket)["eviction"]
    assert eviction.verdict is Severity.FAIL
    assert "noeviction" in eviction.mend


def test_a_full_server_is_a_failure_and_a_nearly_full_one_a_warning():
    with running_server() as socket, redis_py.Redis(unix_socket_path=socket) as client:
        used = client.info("memory")["used_memory"]
        for limit, verdict in (
            (4 * used, Severity.OK),
            (used * 10 // 7, Severity.WARN),
            (used, Severity.FAIL),
        ):
            client.config_set("maxmemory", limit)
            memory = store(socket)["memory"]
            assert (memory.verdict, "503" in memory.words) == (verdict, verdict is not Severity.OK)


def test_a_server_on_another_machine_without_a_memory_limit_is_a_warning():
    info = {"used_memory": 1, "maxmemory": 0}
    assert _memory(info, 80, here=False).verdict is Severity.WARN
    assert _memory(info, 80, here=True).verdict is Severity.OK


def test_replicas_that_may_fall_behind_are_reported():
    (port,) = free_ports(1)
    with (
        running_server(port=port) as socket,
        running_server("--replicaof", "127.0.0.1", str(port)),
        redis_py.Redis(unix_socket_path=socket) as client,
    ):
        until(lambda: client.info("replication")["connected_slaves"] == 1, "the replica follows")
        found = store(socket)["replication"]
        assert found.verdict is Severity.WARN
        assert "min-replicas-to-write 1" in found.mend
        # Then each body is confirmed by one, whatever the server requires.
        assert store(socket, durability="replica")["replication"].verdict is Severity.OK
        client.config_set("min-replicas-to-write", 1)
        until(lambda: store(socket)["replication"].verdict is Severity.OK, "the replica has caught up")
    with running_server("--min-replicas-to-write", "1") as socket:
        assert store(socket)["replication"].verdict is Severity.FAIL


def test_a_server_without_replicas_has_no_finding_about_them(valkey_socket):
    assert "replication" not in store(valkey_socket)


@pytest.mark.parametrize(("skew", "verdict"), [(2, Severity.WARN), (-2, Severity.WARN), (60, Severity.WARN)])
def test_a_clock_that_differs_is_reported(valkey_socket, skew, verdict):
    clock = ManualClock(SystemClock().now() + timedelta(seconds=skew))
    found = store(valkey_socket, clock)["clock"]
    assert found.verdict is verdict
    assert ("behind" if skew > 0 else "ahead of") in found.words


def test_a_cluster_that_is_not_configured_as_one_is_reported():
    with running_server("--cluster-enabled", "yes") as socket:
        assert "REDIS_CLUSTER=true" in store(socket)["cluster"].mend


def test_an_unreachable_server_is_reported_without_its_password():
    findings = by_name(examine_store(NOWHERE, cluster=False, clock=SystemClock()))
    assert list(findings) == ["redis"]
    assert findings["redis"].verdict is Severity.FAIL
    assert "127.0.0.1:1" in findings["redis"].words
    assert "hidden" not in findings["redis"].words


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://redis.internal:1/0", True),
        ("redis://:secret@redis.internal:1/0", False),
        ("redis://127.0.0.1:1/0", False),
        ("unix:///run/redis", False),
    ],
)
def test_a_redis_on_another_machine_needs_a_password(url, told):
    found = list(examine_password(SecretStr(url), place_of(url)))
    assert [finding.verdict for finding in found] == [Severity.WARN] * told
    assert "secret" not in str(found)
