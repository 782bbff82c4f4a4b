"""What `Publisher` writes is what Celery would write, on a real server."""

import json
from base64 import b64decode

import pytest
from celery import Celery

from session.ids import new_id
from session.publishing import KEPT_FOR, Publisher, WakeUp
from tests.valkey import until

INTAKE = WakeUp("drain_intake", "wake.intake", 3)
TURNS = WakeUp("take_turn", "wake.turns", ["A-pseudonym_1", "another"])
QUEUES = (INTAKE.queue, TURNS.queue)
#: What differs in each message of Celery's: ids, and the process that wrote it.
EACH_ITS_OWN = ("id", "root_id", "origin", "correlation_id", "reply_to", "delivery_tag")


@pytest.fixture
def app(valkey_socket, valkey):
    app = Celery("test", broker=f"redis+socket://{valkey_socket}", set_as_current=False)
    yield app
    valkey.delete(*QUEUES, *valkey.keys("_kombu.*"))


@pytest.fixture
def publisher(app):
    publisher = Publisher(app, patience=2, new_id=new_id)
    yield publisher
    publisher.close()


def comparable(text: str) -> dict:
    message = json.loads(text)
    message["body"] = json.loads(b64decode(message["body"]))
    for part in (message["headers"], message["properties"]):
        for name in EACH_ITS_OWN:
            if name in part:
                assert isinstance(part[name], str)
                part[name] = "of its own"
    return message


@pytest.mark.parametrize("wake_up", [INTAKE, TURNS])
def test_a_message_is_the_one_that_this_release_of_celery_writes(app, publisher, valkey, wake_up):
    app.send_task(wake_up.task, args=[wake_up.argument], queue=wake_up.queue, ignore_result=True)
    publisher.publish([wake_up])

    ours, celerys = valkey.lrange(wake_up.queue, 0, -1)
    assert comparable(ours) == comparable(celerys)


def test_each_message_has_an_id_of_its_own(publisher, valkey):
    publisher.publish([INTAKE, INTAKE])

    ids = {json.loads(text)["headers"]["id"] for text in valkey.lrange(INTAKE.queue, 0, -1)}
    assert len(ids) == 2


def test_many_go_out_in_order_with_one_script_for_each_queue(publisher, valkey):
    publisher.publish([INTAKE])
    valkey.config_resetstat()

    publisher.publish([INTAKE._replace(argument=n) for n in range(50)] + [TURNS])

    assert valkey.info("commandstats")["cmdstat_evalsha"]["calls"] == 2
    read = [valkey.rpop(INTAKE.queue) for _ in range(51)]
    assert [comparable(text)["body"][0] for text in read] == [[3], *([n] for n in range(50))]
    assert valkey.llen(TURNS.queue) == 1


def test_a_queue_without_readers_is_bounded(publisher, valkey):
    valkey.lpush(INTAKE.queue, *["x"] * 9_998)

    publisher.publish([INTAKE] * 5)
    publisher.publish([INTAKE])

    assert valkey.llen(INTAKE.queue) == 10_000


def test_a_full_server_takes_wake_ups(publisher, valkey):
    valkey.config_set("maxmemory", "1")
    try:
        publisher.publish([INTAKE])
    finally:
        valkey.config_set("maxmemory", "0")

    assert valkey.llen(INTAKE.queue) == 1


def test_a_server_that_has_forgotten_the_script_is_taught_it_again(publisher, valkey):
    publisher.publish([INTAKE])
    valkey.script_flush()

    publisher.publish([INTAKE, TURNS])

    assert [valkey.llen(queue) for queue in QUEUES] == [2, 1]


def test_a_connection_that_the_server_has_closed_costs_nothing(publisher, valkey):
    publisher.publish([INTAKE])
    valkey.client_kill_filter(_type="normal", skipme=True)
    until(lambda: len(valkey.client_list()) == 1, "only this client is left")

    publisher.publish([INTAKE])

    assert valkey.llen(INTAKE.queue) == 2


def test_what_the_server_refuses_is_an_error(publisher, valkey):
    valkey.set(INTAKE.queue, "not a list")

    with pytest.raises(Exception, match="WRONGTYPE"):
        publisher.publish([INTAKE])


def test_a_broker_that_is_not_redis_is_asked_through_celery():
    app = Celery("test", broker="memory://", set_as_current=False)
    publisher = Publisher(app, patience=2, new_id=new_id)

    publisher.publish([INTAKE, TURNS])

    with app.connection_for_read() as connection:
        for wake_up in (INTAKE, TURNS):
            message = connection.SimpleQueue(app.amqp.queues[wake_up.queue]).get(timeout=1)
            assert (message.headers["task"], message.payload[0]) == (wake_up.task, [wake_up.argument])
            # The consumer would compare `expires` with its own clock; the broker uses its own for the other.
            assert message.headers["expires"] is None
            assert message.properties["expiration"] == str(1000 * KEPT_FOR)


def test_a_library_that_loses_a_connection_while_it_closes_them_is_no_error(publisher, valkey):
    publisher.publish([INTAKE])

    class Vanishing:
        def collect(self, *, socket_timeout):
            raise RuntimeError("Set changed size during iteration")

    publisher._connection = Vanishing()
    publisher.close()

    publisher.publish([INTAKE])
    assert valkey.llen(INTAKE.queue) == 2
