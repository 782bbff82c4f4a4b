"""The wire: which connections commands go over, and that an answer never reaches the wrong command."""

import subprocess
import sys
import threading

import pytest
import redis as redis_py

from session.store.wire import Wire
from tests.valkey import OPTIONS, running_server, until


@pytest.fixture
def client(valkey_socket):
    with redis_py.Redis(unix_socket_path=valkey_socket, socket_timeout=10, **OPTIONS) as own:
        yield own


def connections(valkey) -> set[str]:
    return {client["id"] for client in valkey.client_list()}


def test_one_after_the_other_commands_share_a_connection(client):
    wire = Wire(client)

    assert len({wire.call(("CLIENT", "ID")) for _ in range(5)}) == 1


def test_a_command_that_waits_has_its_connection_to_itself(client, valkey):
    wire, answers = Wire(client), []
    wire.call(("PING",))
    waiting = threading.Thread(target=lambda: answers.append(wire.call(("BLPOP", "box", 0))), daemon=True)
    waiting.start()
    until(lambda: valkey.info("clients")["blocked_clients"] == 1, "somebody waits")

    assert wire.call(("LPUSH", "box", "for you")) == 1

    waiting.join(timeout=10)
    assert answers == [["box", "for you"]]


def test_an_error_that_the_server_answers_with_costs_no_connection(client):
    wire = Wire(client)
    before = wire.call(("CLIENT", "ID"))

    with pytest.raises(redis_py.ResponseError):
        wire.call(("NONSENSE",))

    assert wire.call(("CLIENT", "ID")) == before


def test_a_late_answer_is_not_mistaken_for_the_next_one(valkey_socket):
    pool = redis_py.ConnectionPool(connection_class=Interrupted, path=valkey_socket, **OPTIONS)
    with redis_py.Redis(connection_pool=pool) as client:
        wire = Wire(client)
        assert wire.call(("ECHO", "first")) == "first"

        Interrupted.now = True
        with pytest.raises(KeyboardInterrupt):
            wire.call(("ECHO", "second"))

        assert wire.call(("ECHO", "third")) == "third"


class Interrupted(redis_py.UnixDomainSocketConnection):
    """Is interrupted once, after a command was sent and before its answer is read."""

    now = False

    def send_packed_command(self, command, check_health=True):  # noqa: FBT002
        super().send_packed_command(command, check_health)
        if Interrupted.now:
            Interrupted.now = False
            raise KeyboardInterrupt


def test_released_connections_are_reused(valkey_socket):
    pool = redis_py.ConnectionPool(
        connection_class=redis_py.UnixDomainSocketConnection, path=valkey_socket, max_connections=1, **OPTIONS
    )
    with redis_py.Redis(connection_pool=pool) as client:
        assert Wire(client).call(("PING",)) == "PONG"
        assert Wire(client).call(("PING",)) == "PONG"
        assert client.ping()


def test_a_client_that_is_closed_closes_them_and_a_later_command_opens_one(client, valkey):
    wire = Wire(client)
    kept = str(wire.call(("CLIENT", "ID")))

    client.close()

    until(lambda: kept not in connections(valkey), "the connection is gone")
    assert wire.call(("PING",)) == "PONG"
    client.close()


def test_a_forked_process_has_connections_of_its_own(valkey_socket):
    forking = (
        "import os, sys, redis\n"
        "from session.store.wire import Wire\n"
        "client = redis.Redis(unix_socket_path=sys.argv[1], protocol=2)\n"
        "wire = Wire(client)\n"
        "print(wire.call(('CLIENT', 'ID',)), flush=True)\n"
        "if child := os.fork():\n"
        "    os.waitpid(child, 0)\n"
        "print(wire.call(('CLIENT', 'ID',)), flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", forking, valkey_socket],
        capture_output=True,
        text=True,
        check=True,
    )

    before, child, parent = done.stdout.split()
    assert parent == before
    assert child != before
    assert done.stderr == ""


def test_a_server_that_has_become_a_replica_costs_its_connection():
    with running_server() as socket, redis_py.Redis(unix_socket_path=socket, **OPTIONS) as client:
        wire = Wire(client)
        before = wire.call(("CLIENT", "ID"))
        client.replicaof("127.0.0.1", 1)

        with pytest.raises(redis_py.ReadOnlyError):
            wire.call(("SET", "x", "y"))

        # Behind a name or a proxy it may be another server by now.
        assert wire.call(("CLIENT", "ID")) != before
