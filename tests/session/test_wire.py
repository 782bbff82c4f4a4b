"""The wire: whose answer is read, by whom, and what becomes of a connection that was left in the middle of a call."""

import os
import signal
import threading

import pytest
from pydantic import SecretStr
from redis.exceptions import ResponseError

from session.connection import connect
from session.store.wire import Wire
from tests.valkey import until


@pytest.fixture
def client(valkey, valkey_socket):
    with connect(SecretStr(f"unix://{valkey_socket}"), timeout=5) as own:
        yield own


@pytest.fixture
def wire(client):
    return Wire(client)


class Interrupted(BaseException):
    """What an alarm raises wherever the program happens to be."""


def test_an_answer_that_nobody_waited_for_is_never_read_by_the_next(wire):
    wire.call("SET", "mine", "my answer", "EX", 60)

    def ring(_signal, _frame):
        raise Interrupted

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(Interrupted):
            wire.call("BLPOP", "nothing-comes", 1)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert wire.call("GET", "mine") == "my answer"


def test_an_error_of_the_server_leaves_the_connection_as_it_is(wire, valkey):
    me = wire.call("CLIENT", "ID")
    valkey.rpush("list", "1")
    valkey.expire("list", 60)

    with pytest.raises(ResponseError):
        wire.call("GET", "list")

    assert wire.call("CLIENT", "ID") == me


def test_a_connection_that_the_server_closed_is_replaced(wire, valkey):
    me = wire.call("CLIENT", "ID")

    valkey.client_kill_filter(_id=me)

    assert wire.call("CLIENT", "ID") != me


def test_two_threads_never_share_a_connection_and_the_next_one_uses_what_is_idle(wire, valkey):
    waits = threading.Thread(target=lambda: wire.call("BLPOP", "comes-later", 30))
    waits.start()
    until(lambda: valkey.info("clients")["blocked_clients"] == 1, "the other thread waits")

    mine = wire.call("CLIENT", "ID")
    valkey.rpush("comes-later", "1")
    waits.join()

    theirs = {wire._idle[0], wire._idle[1]}
    assert len(theirs) == 2
    assert wire.call("CLIENT", "ID") != mine
    assert len(wire._idle) == 2


def test_a_forked_process_does_not_talk_into_its_parents_connection(wire):
    mine = wire.call("CLIENT", "ID")
    reads, writes = os.pipe()

    child = os.fork()
    if child == 0:
        os.write(writes, str(wire.call("CLIENT", "ID")).encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert int(os.read(reads, 20)) != mine
    assert wire.call("CLIENT", "ID") == mine
    os.close(reads)
    os.close(writes)
