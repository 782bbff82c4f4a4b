"""Junk in a queue of RabbitMQ: it is dropped, and the worker goes on."""

import json

from kombu import Connection

from tests.e2e.servers import rabbitmq
from tests.e2e.workers import workers
from worker.wakeups import QUEUES

ECHO = "def assistant(turn):\n    return f're {turn.text}'\n"
EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
WELL = {"content_type": "application/json", "content_encoding": "utf-8"}


def junk():
    """Yield body, headers and properties."""
    headers = {"task": "take_turn", "id": "1"}
    yield b"garbage", {}, {}
    yield b"\xff\xfe", headers, WELL
    yield b"{", headers, WELL
    yield b"[]", headers, WELL
    yield json.dumps([[{"a": 1}], {}, EMBED]).encode(), headers, WELL
    yield json.dumps([[], {}, EMBED]).encode(), {"task": "rm_rf"}, WELL
    yield json.dumps([[["x"]], {}, EMBED]).encode(), headers | {"timelimit": "never"}, WELL
    yield json.dumps({"task": "take_turn", "args": [], "id": "1"}).encode(), {}, WELL
    yield b"cos\nsystem\n(S'true'\ntR.", headers, {"content_type": "application/x-python-serialize"}
    yield b"x" * 5_000_000, headers, WELL


def test_a_worker_on_rabbitmq_goes_on(tmp_path):
    with (
        rabbitmq(tmp_path / "rabbit") as server,
        workers(tmp_path, ECHO, BROKER_URL=server.url) as system,
        Connection(server.url) as connection,
    ):
        worker = system.worker("w", "--pool", "threads", "--concurrency", "2")
        system.wait(worker.is_ready, "the worker is ready")
        first, channel = worker.pid, connection.channel()
        for body, headers, properties in junk():
            for queue in QUEUES.values():
                message = channel.prepare_message(body, headers=headers, **properties)
                channel.basic_publish(message, exchange="", routing_key=queue)
        system.beat()
        system.writes("+201000000001", "hello")
        system.wait(lambda: system.answers("+201000000001") == ["re hello"], "the customer is answered")

        assert worker.pid == first
        log = worker.tail(10_000_000)
        assert "dropped from a queue because it is not a wake-up" in log
        assert "Traceback" not in log
