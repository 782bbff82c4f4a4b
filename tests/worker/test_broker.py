"""Wake-ups pass through a Redis that is full, and so does all that a worker writes to the broker when it starts."""

import pytest
import redis as redis_py
from celery.app.control import Control
from pydantic import SecretStr

from session.pseudonyms import Pseudonyms
from tests.ports import free_ports
from tests.valkey import OPTIONS, running_server
from tests.values import CONVERSATION
from worker.app import build
from worker.settings import WorkerSettings
from worker.wakeups import QUEUES, TAKE_TURN, CeleryWaker


@pytest.fixture
def full(monkeypatch):
    """A full server: its port, and a client."""
    # Another test may have connected before, with the library's own transport.
    monkeypatch.setattr("kombu.transport._transport_cache", {})
    (port,) = free_ports(1)
    with (
        running_server(port=port) as socket,
        redis_py.Redis(unix_socket_path=socket, **OPTIONS) as client,
    ):
        client.config_set("maxmemory", "1")
        with pytest.raises(redis_py.exceptions.OutOfMemoryError):
            client.lpush("wake.turns", "x")
        yield port, client


def app_on(port: int):
    return build(WorkerSettings(redis_url=SecretStr(f"redis://127.0.0.1:{port}/0")), services=lambda _: None)


def test_a_wake_up_is_published_and_read_on_a_full_server(full, log):
    port, client = full
    app = app_on(port)

    waker = CeleryWaker(app, Pseudonyms("s"))
    waker.turns([CONVERSATION])

    assert waker.flush(5)
    assert client.llen(QUEUES[TAKE_TURN]) == 1
    assert log == []
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue(app.amqp.queues[QUEUES[TAKE_TURN]])
        assert queue.get(timeout=5).payload[0] == [[Pseudonyms("s").encode(CONVERSATION)]]


def test_a_worker_can_be_asked_things_on_a_full_server(full):
    port, _ = full
    control: Control = app_on(port).control

    # What `celery inspect` does, and a worker that starts: it binds a queue for the answers, which expires.
    assert control.ping(timeout=0.2) == []


def test_a_queue_without_readers_is_bounded(full):
    port, client = full
    client.config_set("maxmemory", "0")
    client.lpush(QUEUES[TAKE_TURN], *["x"] * 9_999)
    waker = CeleryWaker(app_on(port), Pseudonyms("s"))

    for _ in range(3):
        waker.turns([CONVERSATION])

    assert waker.flush(5)
    assert client.llen(QUEUES[TAKE_TURN]) == 10_000
