"""Publishes wake-ups on the broker: to Redis as messages that are written here, to any other broker through Celery.

Celery takes seven times as long to write the same message. Its application is handed in: this module imports no task queue.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha1
from typing import Any, NamedTuple

import redis
from redis.exceptions import NoScriptError
from redis.exceptions import TimeoutError as RedisTimeout

from session.store.wire import Wire, Words

#: Exempt from the memory limit of the server: wake-ups are small and soon taken, and let the work go on that frees memory.
EXEMPT = "#!lua flags=allow-oom\n"
#: Puts messages into a queue. With 10,000 messages it accepts no more: the sweep replaces what is dropped.
PUSH = EXEMPT + (
    "local waiting = redis.call('LLEN', KEYS[1])\n"
    "local room = math.min(10000 - waiting, #ARGV)\n"
    "return room > 0 and redis.call('LPUSH', KEYS[1], unpack(ARGV, 1, room)) or waiting"
)
#: Seconds after which RabbitMQ removes a message that nobody has fetched, by its own clock: the sweep has replaced it long ago.
KEPT_FOR = 300
_PUSH_DIGEST = sha1(PUSH.encode(), usedforsecurity=False).hexdigest()


class WakeUp(NamedTuple):
    """A call of a task, which finds its work by itself."""

    task: str
    queue: str
    argument: int | list[str]  #: a shard, the pseudonyms of conversations, or hooks


class Publisher:
    """One connection to the broker of a Celery application, opened at the first use and again after an error.

    Only one thread may use it at a time.
    """

    def __init__(self, app: Any, *, patience: float, new_id: Callable[[], str]) -> None:
        """Take the application, the seconds for an answer of the broker, and what makes ids of messages."""
        self._app = app
        self._patience = patience
        self._new_id = new_id
        self._connection: Any = None
        self._send: Callable[[Sequence[WakeUp]], None] = _nothing

    def publish(self, wake_ups: Sequence[WakeUp]) -> None:
        """Publish wake-ups, on Redis in one round trip. On a connection that the broker has closed they are sent once more.

        Raises whatever the library of the broker raises; then any of them may be published.
        """
        kept = self._connection is not None
        try:
            self._try(wake_ups)
        except Exception as error:
            # A connection that was closed while idle is not an outage. A time-out has already used up its time.
            if not kept or is_late(error):
                raise
            self._try(wake_ups)

    def close(self) -> None:
        """Drop the connection; the next wake-up opens another one."""
        connection, self._connection, self._send = self._connection, None, _nothing
        if connection is not None:
            # Not `close`, which would wait for a broker that does not answer. While the library goes through its connections,
            # Python may free one of them; what is left then is closed with its last reference.
            with suppress(RuntimeError):
                connection.collect(socket_timeout=self._patience)

    def _try(self, wake_ups: Sequence[WakeUp]) -> None:
        try:
            if self._connection is None:
                # Without heartbeats: none would be sent between two wake-ups, and the broker would close the connection.
                self._connection = self._app.connection_for_write(heartbeat=0)
                on_redis = self._connection.transport.driver_type == "redis"
                self._send = self._on_redis() if on_redis else self._through_celery()
            self._send(wake_ups)
        except Exception:
            self.close()
            raise

    def _on_redis(self) -> Callable[[Sequence[WakeUp]], None]:
        wire = Wire(self._connection.default_channel.client)

        def send(wake_ups: Sequence[WakeUp]) -> None:
            queues: dict[str, list[str]] = {}
            for one in wake_ups:
                queues.setdefault(one.queue, []).append(message_of(one, self._new_id()))
            push(wire, queues)

        return send

    def _through_celery(self) -> Callable[[Sequence[WakeUp]], None]:
        producer = self._app.amqp.Producer(self._connection, auto_declare=False)

        def send(wake_ups: Sequence[WakeUp]) -> None:
            for task, queue, argument in wake_ups:
                self._app.send_task(
                    task,
                    args=[argument],
                    queue=queue,
                    producer=producer,
                    ignore_result=True,
                    retry=False,
                    expiration=KEPT_FOR,
                    timeout=self._patience,
                    confirm_timeout=self._patience,
                )

        return send


def push(wire: Wire, queues: dict[str, list[str]]) -> None:
    """Put messages into queues, in one round trip. Raises the first error of the server or of the connection."""
    calls: list[Words] = [
        ("EVALSHA", _PUSH_DIGEST, 1, queue, *messages) for queue, messages in queues.items()
    ]
    answers = wire.call_many(calls)
    if unknown := [call for call, one in zip(calls, answers, strict=True) if isinstance(one, NoScriptError)]:
        answers += wire.call_many([("EVAL", PUSH, *call[2:]) for call in unknown])
    for answer in answers:
        if isinstance(answer, Exception) and not isinstance(answer, NoScriptError):
            raise answer


def message_of(wake_up: WakeUp, id_: str) -> str:
    """Return a wake-up as Celery's `send_task` writes it into the list of a queue (protocol 2, JSON).

    Celery cuts `argsrepr`, which is shown to people, at 1,024 characters. `tests/session/test_publishing.py` compares the
    rest with the installed release.
    """
    task, queue, argument = wake_up
    body = json.dumps([[argument], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
    message = {
        "body": b64encode(body.encode()).decode(),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {
            "lang": "py",
            "task": task,
            "id": id_,
            "shadow": None,
            "eta": None,
            "expires": None,
            "group": None,
            "group_index": None,
            "retries": 0,
            "timelimit": [None, None],
            "root_id": id_,
            "parent_id": None,
            "argsrepr": repr([argument]),
            "kwargsrepr": "{}",
            "origin": "inturn",
            "ignore_result": True,
            "replaced_task_nesting": 0,
            "stamped_headers": None,
            "stamps": {},
        },
        "properties": {
            "correlation_id": id_,
            "reply_to": "",
            "delivery_mode": 2,
            "delivery_info": {"exchange": "", "routing_key": queue},
            "priority": 0,
            "body_encoding": "base64",
            "delivery_tag": id_,
        },
    }
    return json.dumps(message)


def is_late(error: Exception) -> bool:
    """Whether the broker did not answer in time."""
    return isinstance(error.__cause__ or error, TimeoutError | RedisTimeout)


def kind_of(error: Exception) -> str:
    """Return only the class, because an error's text may contain the address with its password."""
    return type(error.__cause__ or error).__name__


def _nothing(_: Sequence[WakeUp]) -> None:
    raise redis.ConnectionError("there is no connection")
