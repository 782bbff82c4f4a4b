"""A cluster of three primaries with a replica each, as real processes that can be killed: what a large deployment runs."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis
from redis.exceptions import RedisError

from tests.chaos.clock import wait_until
from tests.chaos.program import Program
from tests.ports import free_ports
from tests.valkey import server_binary

_PRIMARIES = 3
_SLOTS = 16384
#: Milliseconds after which the others agree that a node is gone.
_GONE_AFTER = 1500
_PATIENCE = 60


class Cluster:
    """Three primaries, three replicas. The first node is the one that clients are told of; it is never killed."""

    def __init__(self, folder: Path, appendfsync: str) -> None:
        self.ports = free_ports(2 * _PRIMARIES)
        buses = free_ports(2 * _PRIMARIES)
        self._buses = dict(zip(self.ports, buses, strict=True))
        self.url = f"redis://127.0.0.1:{self.ports[0]}"
        self.nodes = {
            port: _node(folder, port, bus, appendfsync) for port, bus in zip(self.ports, buses, strict=True)
        }

    def start(self) -> None:
        """Start all nodes, share the slots among the first three, and give each of them a replica."""
        for node in self.nodes.values():
            node.start()
        for port in self.ports:
            _must(lambda port=port: self._ask(port, "PING"), "a node answers")
        share = _SLOTS // _PRIMARIES + 1
        for n, port in enumerate(self.ports):
            if n < _PRIMARIES:
                slots = n * share, min((n + 1) * share, _SLOTS) - 1
                self._ask(port, "CLUSTER ADDSLOTSRANGE", *slots)
            for other in self.ports:
                self._ask(other, "CLUSTER MEET", "127.0.0.1", port, self._buses[port])
        _must(lambda: all(len(self._known(port)) == len(self.ports) for port in self.ports), "all have met")
        for primary, replica in zip(self.ports[:_PRIMARIES], self.ports[_PRIMARIES:], strict=True):
            name = self._ask(primary, "CLUSTER MYID")
            _must(
                lambda name=name, replica=replica: self._ask(replica, "CLUSTER REPLICATE", name) is not None,
                "a replica has its primary",
            )
        _must(self.is_whole, "the cluster is whole")

    def is_whole(self) -> bool:
        """Return whether every slot is served and every replica follows its primary."""
        for port in self.ports:
            info = self._ask(port, "INFO", "replication") or {}
            state = (self._ask(port, "CLUSTER INFO") or {}).get("cluster_state")
            if state != "ok" or (info.get("role") == "slave" and info.get("master_link_status") != "up"):
                return False
            if info.get("role") == "master" and self._slots(port) and not info.get("connected_slaves"):
                return False
        return True

    def killable(self) -> list[int]:
        """Return the ports of the primaries that may be killed: each has slots and a replica that follows it."""
        found = list[int]()
        for port in self.ports[1:]:
            info = self._ask(port, "INFO", "replication") or {}
            if info.get("role") == "master" and info.get("connected_slaves") and self._slots(port):
                found.append(port)
        return found

    def move_slot(self, slot: int, chance: float) -> None:
        """Move a slot to another primary, key by key, while it is read and written."""
        primaries = {port: self._ask(port, "CLUSTER MYID") for port in self.ports if self._slots(port)}
        source = next(port for port in primaries if slot in self._slots(port))
        others = [port for port in primaries if port != source]
        target = others[int(chance * len(others))]
        self._ask(target, "CLUSTER SETSLOT", slot, "IMPORTING", primaries[source])
        self._ask(source, "CLUSTER SETSLOT", slot, "MIGRATING", primaries[target])
        while keys := self._ask(source, "CLUSTER GETKEYSINSLOT", slot, 10):
            self._ask(source, "MIGRATE", "127.0.0.1", target, "", 0, 5000, "KEYS", *keys)
        for port in (target, source, *others):
            self._ask(port, "CLUSTER SETSLOT", slot, "NODE", primaries[target])

    def end(self) -> None:
        for node in self.nodes.values():
            node.kill()

    def _slots(self, port: int) -> range | list[int]:
        """Return the slots of a node if it is a primary."""
        for line in str(self._ask(port, "CLUSTER NODES", raw=True) or "").splitlines():
            words = line.split()
            if "myself" in words[2] and "master" in words[2]:
                spans = [span.split("-") for span in words[8:] if not span.startswith("[")]
                return [slot for span in spans for slot in range(int(span[0]), int(span[-1]) + 1)]
        return []

    def _known(self, port: int) -> list[str]:
        lines = str(self._ask(port, "CLUSTER NODES", raw=True) or "").splitlines()
        return [line for line in lines if "handshake" not in line]

    def _ask(self, port: int, command: str, *values: Any, raw: bool = False) -> Any:
        """Return the answer of a node, None if it gives none."""
        with (
            suppress(RedisError, OSError),
            redis.Redis(port=port, decode_responses=True, socket_timeout=6) as node,
        ):
            if raw:
                node.response_callbacks.pop(command, None)
            return node.execute_command(command, *values)
        return None


def _node(folder: Path, port: int, bus: int, appendfsync: str) -> Program:
    data = folder / f"node{port}"
    data.mkdir(parents=True)
    flags = {
        "bind": "127.0.0.1",
        "port": port,
        "dir": data,
        "cluster-enabled": "yes",
        "cluster-port": bus,
        "cluster-node-timeout": _GONE_AFTER,
        "appendonly": "yes",
        "appendfsync": appendfsync,
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    words = [word for name, value in flags.items() for word in (f"--{name}", str(value))]
    return Program(f"node{port}", [server_binary(), *words], env=os.environ, folder=folder)


def _must(holds: Any, what: str) -> None:
    if not wait_until(holds, within=_PATIENCE):
        raise RuntimeError(f"waited in vain until {what}")


@contextmanager
def cluster_with_replicas(folder: Path, appendfsync: str = "everysec") -> Iterator[Cluster]:
    """Run one; it is ended whatever happens."""
    cluster = Cluster(folder, appendfsync)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.end()
