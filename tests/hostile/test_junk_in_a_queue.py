"""Junk in a queue of the broker: it is dropped with one line of log, and the worker goes on."""

import base64
import json

import pytest

from tests.e2e.workers import workers
from worker.wakeups import QUEUES, is_wake_up

ECHO = "def assistant(turn):\n    return f're {turn.text}'\n"


def wrapped(body, **changes):
    """A message as Celery's transport on Redis writes it."""
    properties = {
        "body_encoding": "base64",
        "delivery_tag": "x",
        "delivery_info": {"routing_key": "wake.turns"},
    }
    message = {
        "body": base64.b64encode(body if isinstance(body, bytes) else json.dumps(body).encode()).decode(),
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": "take_turn", "id": "1"},
        "properties": properties
        | {"reply_to": "x", "correlation_id": "1", "delivery_mode": 2, "priority": 0},
    } | changes
    return json.dumps(message).encode()


EMBED = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
JUNK = {
    "garbage": b"garbage",
    "nothing": b"",
    "bytes": b"\xff\xfe\x00",
    "a number": b"7",
    "an empty object": b"{}",
    "no properties": b'{"body": "e30="}',
    "properties of another kind": b'{"body": "e30=", "properties": []}',
    "deep": b"[" * 100_000,
    "no base64": wrapped(b"").replace(b'"body": ""', b'"body": "!!!"'),
    "no JSON inside": wrapped(b"{"),
    "no triple": wrapped({"a": 1}),
    "another task": wrapped([[], {}, EMBED], headers={"task": "rm_rf", "id": "1"}),
    "a task without an id": wrapped([[["x"]], {}, EMBED], headers={"task": "rm_rf"}),
    "no task": wrapped([[], {}, EMBED], headers={}),
    "headers of another kind": wrapped([[], {}, EMBED], headers=[1]),
    "a task of another kind": wrapped([[], {}, EMBED], headers={"task": {"x": 1}, "id": "1"}),
    "a task of Celery": wrapped([[], {}, EMBED], headers={"task": "celery.backend_cleanup", "id": "1"}),
    "wrong arguments": wrapped([[{"a": 1}], {}, EMBED]),
    "arguments by name": wrapped([[], {"aliases": ["x"]}, EMBED]),
    "too many arguments": wrapped([[["x"] * 10_000], {}, EMBED]),
    "no arguments": wrapped([[], {}, EMBED]),
    "an alias that is none": wrapped([[["!!!", "é"]], {}, EMBED]),
    "a shard that is none": wrapped([["x"], {}, EMBED], headers={"task": "drain_intake", "id": "1"}),
    "a date that is none": wrapped(
        [[["x"]], {}, EMBED], headers={"task": "take_turn", "id": "1", "expires": "soon"}
    ),
    "some time in the future": wrapped(
        [[["x"]], {}, EMBED], headers={"task": "take_turn", "id": "1", "eta": "2999-01-01T00:00:00+00:00"}
    ),
    "limits that are none": wrapped(
        [[["x"]], {}, EMBED], headers={"task": "take_turn", "id": "1", "timelimit": "never"}
    ),
    "pickle": wrapped(b"cos\nsystem\n(S'true'\ntR.", **{"content-type": "application/x-python-serialize"}),
    "another content type": wrapped([[["x"]], {}, EMBED], **{"content-type": "text/html"}),
    "another encoding": wrapped([[["x"]], {}, EMBED], **{"content-encoding": "rot13"}),
    "the old protocol": wrapped({"task": "take_turn", "args": [["x"]], "kwargs": {}, "id": "1"}, headers={}),
    "a huge one": wrapped(b"x" * 20_000_000),
    "a chain": wrapped([[["x"]], {}, EMBED | {"chain": [{"task": "sweep"}]}]),
    "many times": wrapped([[["x"]], {}, EMBED], headers={"task": "take_turn", "id": "1", "retries": "many"}),
    "no id": wrapped([[["x"]], {}, EMBED], headers={"task": "take_turn", "id": {}}),
    "a place that is none": wrapped(
        [[["x"]], {}, EMBED], properties={"delivery_tag": "y", "delivery_info": [1]}
    ),
    "a tag that is none": wrapped(
        [[["x"]], {}, EMBED], properties={"delivery_tag": {}, "body_encoding": "base64"}
    ),
}


def test_a_worker_on_redis_goes_on(tmp_path):
    with workers(tmp_path, ECHO, LEASE_SECONDS="15") as system:
        worker = system.worker("w", "--pool", "prefork", "--concurrency", "2")
        system.wait(worker.is_ready, "the worker is ready")
        first, client = worker.pid, system.stores.client
        for raw in JUNK.values():
            for queue in QUEUES.values():
                client.lpush(queue, raw)
        system.wait(
            lambda: not any(client.llen(queue) for queue in QUEUES.values()), "everything is off the queues"
        )

        system.beat()
        system.writes("+201000000001", "hello")
        system.wait(lambda: system.answers("+201000000001") == ["re hello"], "the customer is answered")

        assert worker.pid == first, worker.tail(8000)
        lines = worker.tail(10_000_000).splitlines()
        # What is said often is said once and counted.
        assert any("dropped from a queue because it is not a wake-up" in line for line in lines)
        assert len(lines) < len(JUNK) * len(QUEUES) + 60
        assert max(map(len, lines)) < 1000
        assert not any("Traceback" in line for line in lines)


@pytest.mark.parametrize(
    ("task", "arguments", "fits"),
    [
        ("sweep", [], True),
        ("sweep", [1], False),
        ("drain_intake", [3], True),
        ("drain_intake", [-1], False),
        ("drain_intake", ["3"], False),
        ("take_turn", [["a", "b"]], True),
        ("deliver", [[1]], False),
        ("deliver", ["abc"], False),
        (None, [], False),
        (["take_turn"], [[]], False),
    ],
)
def test_a_wake_up_is_known_by_its_form(task, arguments, fits):
    assert is_wake_up(task, arguments) is fits


def test_what_we_send_ourselves_has_that_form():
    sent = []

    class Recording:
        def publish(self, wake_ups):
            sent.extend((one.task, [one.argument]) for one in wake_ups)

    from session.pseudonyms import Pseudonyms  # noqa: PLC0415
    from worker.wakeups import CeleryWaker  # noqa: PLC0415

    waker = CeleryWaker(None, Pseudonyms("secret"), Recording())
    waker.intake(2)
    waker.turns([f"whatsapp:+2010{n}" for n in range(40)])
    waker.deliveries(["whatsapp:+2010"])

    assert waker.flush(5)
    assert sent
    assert all(is_wake_up(*one) for one in sent)
