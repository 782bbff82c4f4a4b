"""What was forgotten does not stay in the server's append-only file, where that can be helped."""

from contextlib import suppress

import pytest
import redis

from session import SessionManager
from session.results import Rewrite
from tests.stores import Stores
from tests.valkey import OPTIONS, running_server, until
from tests.values import CUSTOMER


@pytest.fixture
def server(tmp_path):
    with (
        running_server("--appendonly", "yes", "--dir", str(tmp_path)) as socket,
        redis.Redis(unix_socket_path=socket, **OPTIONS) as client,
    ):
        yield client


def written(folder):
    """What is in the files; the server takes away those that it has written anew."""
    found = b""
    for path in folder.rglob("*.aof"):
        with suppress(FileNotFoundError):
            found += path.read_bytes()
    return found


def test_the_file_holds_nothing_of_a_forgotten_customer(server, tmp_path):
    manager = SessionManager(server)
    manager.add_message(CUSTOMER, "user", "my secret")
    until(lambda: b"my secret" in written(tmp_path), "it is written")

    gone = manager.forget(CUSTOMER)

    assert gone.file is Rewrite.BEGUN
    digits = CUSTOMER.removeprefix("+").encode()
    until(lambda: digits not in written(tmp_path), "the file is written anew")
    assert b"my secret" not in written(tmp_path)


def test_a_server_without_the_file_is_left_alone(valkey):
    assert Stores.on(valkey).forgetting.rewrite_files() is Rewrite.OFF


@pytest.mark.parametrize("right", ["-bgrewriteaof", "-info"])
def test_without_permission_to_rewrite_forgetting_works_and_says_so(server, right):
    server.execute_command("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", right)
    path = server.connection_pool.connection_kwargs["path"]
    with redis.Redis(unix_socket_path=path, username="app", password="secret", **OPTIONS) as client:
        manager = SessionManager(client)
        manager.get_or_create(CUSTOMER)

        gone = manager.forget(CUSTOMER)

    assert (gone.removed > 0, gone.file) == (True, Rewrite.REFUSED)
