"""The servers of a larger deployment, started by the tests themselves: RabbitMQ, and a Valkey cluster of three."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import redis

from tests.ports import free_ports
from tests.valkey import running_server, until

_SLOTS = 16384


def _rabbitmq_program() -> str:
    """The server itself: what Debian puts on the PATH would change the user first."""
    beside = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    found = str(beside) if beside.exists() else shutil.which("rabbitmq-server")
    if found is None and not os.environ.get("CI"):
        pytest.skip("rabbitmq-server is not installed (Debian: apt-get install rabbitmq-server)")
    assert found, "CI must not do without rabbitmq-server"
    return found


class RabbitMq:
    """A RabbitMQ of its own, which can be killed and started again with what it has on its disk."""

    def __init__(self, folder: Path) -> None:
        self._server = _rabbitmq_program()
        port, distribution, self._epmd = free_ports(3)
        folder.mkdir()
        self.url = f"amqp://guest:guest@127.0.0.1:{port}//"
        self._env = {
            **os.environ,
            "HOME": str(folder),
            "RABBITMQ_NODENAME": f"inturn{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_PORT": str(self._epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
        }
        self._log = folder / "out"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        with self._log.open("wb") as output:
            process = subprocess.Popen(
                [self._server], env=self._env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._process = process
        until(
            lambda: "completed with" in self._log.read_text() or process.poll() is not None,
            "RabbitMQ has started",
            seconds=60,
        )
        assert process.poll() is None, self._log.read_text()

    def kill(self) -> None:
        """SIGKILL for the node."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def end(self) -> None:
        if self._process:
            _end_session(self._process)
        command = ["epmd", "-port", str(self._epmd), "-kill"]
        subprocess.run(command, check=False, capture_output=True, env=self._env, timeout=10)


@contextmanager
def rabbitmq(folder: Path) -> Iterator[RabbitMq]:
    """Run one; it is ended whatever happens."""
    server = RabbitMq(folder)
    try:
        server.start()
        yield server
    finally:
        server.end()


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def valkey_cluster() -> Iterator[str]:
    """Run three Valkey nodes that share the slots; yields the URL of one of them."""
    ports = free_ports(3)
    with ExitStack() as stack:
        for port in ports:
            options = ["--cluster-enabled", "yes", "--cluster-port", str(free_ports(1)[0])]
            stack.enter_context(running_server(*options, port=port))
        nodes = [stack.enter_context(redis.Redis(port=port, decode_responses=True)) for port in ports]
        share = _SLOTS // len(nodes) + 1
        for n, node in enumerate(nodes):
            node.execute_command("CLUSTER ADDSLOTSRANGE", n * share, min((n + 1) * share, _SLOTS) - 1)
            bus = node.config_get("cluster-port")["cluster-port"]
            for other in nodes[:n] + nodes[n + 1 :]:
                other.execute_command("CLUSTER MEET", "127.0.0.1", ports[n], bus)
        until(
            lambda: all(node.execute_command("CLUSTER INFO")["cluster_state"] == "ok" for node in nodes),
            "the cluster is whole",
            seconds=30,
        )
        yield f"redis://127.0.0.1:{ports[0]}"
