"""A master, a replica and three Sentinels as real processes that can be killed: what a deployment without a cluster runs."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis
from redis.exceptions import RedisError

from tests.chaos.program import Program
from tests.ports import free_ports
from tests.valkey import server_binary, until

SERVICE = "inturn"
_SENTINELS = 3
#: Milliseconds after which a Sentinel takes a server for gone, and after which it tries another failover.
_GONE_AFTER, _AGAIN_AFTER = 1000, 4000
_PATIENCE = 60


class Watched:
    """Two servers, one of which follows the other, and three Sentinels that make it the master if that one is gone."""

    def __init__(self, folder: Path, *, appendfsync: str = "everysec", password: str = "") -> None:
        ports = free_ports(2 + _SENTINELS)
        self.ports, self.sentinel_ports = ports[:2], ports[2:]
        self.password = password
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinel_ports)
        self.url = f"redis+sentinel://{f':{password}@' if password else ''}{hosts}/{SERVICE}/0"
        self.servers = {port: self._server(folder, port, appendfsync) for port in self.ports}
        self.sentinels = [self._sentinel(folder, port) for port in self.sentinel_ports]

    def start(self) -> None:
        """Start all, and wait until the Sentinels know of each other and of the replica."""
        for program in (*self.servers.values(), *self.sentinels):
            program.start()
        until(self.is_whole, "the replica follows and all Sentinels know it", seconds=_PATIENCE)

    def master(self) -> int | None:
        """Return the port of the master on which the Sentinels agree, None if they do not or it does not answer as one."""
        named = {
            self._ask(port, "SENTINEL GET-MASTER-ADDR-BY-NAME", SERVICE, own=True)
            for port in self.sentinel_ports
        }
        if len(named) != 1 or None in named:
            return None
        port = int(named.pop().split()[-1])
        role = str(self._ask(port, "ROLE") or "").split()
        return port if role[:1] == ["master"] else None

    def is_whole(self) -> bool:
        """Return whether there is a master with a replica that follows it, and another failover could follow."""
        master = self.master()
        if master is None:
            return False
        (replica,) = (port for port in self.ports if port != master)
        info = str(self._ask(replica, "INFO", "replication"))
        follows = "role:slave" in info and f"master_port:{master}" in info and "master_link_status:up" in info
        return follows and all(self._sees_all(port) for port in self.sentinel_ports)

    def replace_master(self, *, hangs: bool = False) -> int:
        """Kill the master, or let it hang, and wait until the other server is it; returns the port of the former one."""
        former = self.master()
        assert former
        if hangs:
            self.servers[former].signal(signal.SIGSTOP)
        else:
            self.servers[former].kill()
        until(lambda: self.master() not in (None, former), "the replica is the master", seconds=_PATIENCE)
        return former

    def end(self) -> None:
        for program in (*self.sentinels, *self.servers.values()):
            program.signal(signal.SIGCONT)
            program.kill()

    def _sees_all(self, port: int) -> bool:
        state = str(self._ask(port, "SENTINEL MASTER", SERVICE, own=True) or "").split()
        known = dict(zip(state[::2], state[1::2], strict=False))
        return (
            known.get("flags") == "master"
            and known.get("num-slaves") == "1"
            and known.get("num-other-sentinels") == str(_SENTINELS - 1)
        )

    def _ask(self, port: int, command: str, *values: Any, own: bool = False) -> Any:
        """Return the answer of a server or a Sentinel as words, None if it gives none."""
        with (
            suppress(RedisError, OSError),
            redis.Redis(
                port=port,
                password=None if own else self.password or None,
                decode_responses=True,
                protocol=2,
                socket_timeout=1,
                retry=None,
            ) as server,
        ):
            server.response_callbacks.clear()
            answer = server.execute_command(*command.split(), *values)
            return " ".join(map(str, answer)) if isinstance(answer, list) else answer
        return None

    def _server(self, folder: Path, port: int, appendfsync: str) -> Program:
        data = folder / f"server{port}"
        data.mkdir(parents=True)
        flags = {
            "bind": "127.0.0.1",
            "port": port,
            "dir": data,
            "appendonly": "yes",
            "appendfsync": appendfsync,
            "save": "",
            "maxmemory-policy": "noeviction",
            "repl-diskless-sync-delay": 0,
        }
        if port != self.ports[0]:
            flags["replicaof"] = f"127.0.0.1 {self.ports[0]}"
        if self.password:
            flags |= {"requirepass": self.password, "masterauth": self.password}
        words = [word for name, value in flags.items() for word in (f"--{name}", *str(value).split())]
        return Program(f"server{port}", [server_binary(), *words], env=os.environ, folder=folder)

    def _sentinel(self, folder: Path, port: int) -> Program:
        # A Sentinel writes what it has learned into its own file.
        written = folder / f"sentinel{port}.conf"
        lines = [
            "bind 127.0.0.1",
            f"port {port}",
            f"dir {folder}",
            f"sentinel monitor {SERVICE} 127.0.0.1 {self.ports[0]} 2",
            # Else it would hear of the replica from the master, after ten seconds.
            f"sentinel known-replica {SERVICE} 127.0.0.1 {self.ports[1]}",
            f"sentinel down-after-milliseconds {SERVICE} {_GONE_AFTER}",
            f"sentinel failover-timeout {SERVICE} {_AGAIN_AFTER}",
        ]
        if self.password:
            lines.append(f"sentinel auth-pass {SERVICE} {self.password}")
        written.write_text("\n".join([*lines, ""]))
        command = [server_binary(), str(written), "--sentinel"]
        return Program(f"sentinel{port}", command, env=os.environ, folder=folder)


@contextmanager
def watched_servers(folder: Path, *, appendfsync: str = "everysec", password: str = "") -> Iterator[Watched]:
    """Run them; they are ended whatever happens."""
    watched = Watched(folder, appendfsync=appendfsync, password=password)
    try:
        watched.start()
        yield watched
    finally:
        watched.end()
