"""Faults of the wake-ups that Celery carries: lost, and doubled many times over. Both must be harmless."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery import Celery
from kombu import Queue
from kombu.exceptions import OperationalError
from pydantic import SecretStr
from redis.exceptions import RedisError

from session.connection import connect
from session.conversations import conversation_of
from session.pseudonyms import Pseudonyms
from session.store import Runner, shared_secret
from tests.chaos.faults.field import Field, Maker
from tests.chaos.strikes import Strike
from webhook.broker import wake_broker
from worker.wakeups import DELIVER, DRAIN_INTAKE, QUEUES, TAKE_TURN

_EVERY = 0.1


def wakes_lost(field: Field) -> Strike:
    """Whatever waits in the broker is gone, again and again."""

    def lose() -> None:
        with connect(SecretStr(field.system.direct_broker_url), timeout=2) as client:
            client.delete(*QUEUES.values())

    return _repeated("wakes-lost", field, lose)


def wakes_doubled(field: Field) -> Strike:
    """Everybody is woken for the same conversations, many times and all at once."""
    names = [one.name for one in field.some_customers(30)]
    made: list[tuple[Celery, Pseudonyms]] = []

    def double() -> None:
        if not made:
            with field.system.client() as client:
                pseudonyms = Pseudonyms(Runner(client)(shared_secret(field.system.keys, fresh="none")))
            app: Any = wake_broker(SecretStr(field.system.broker_url))
            app.conf.task_create_missing_queues = True
            made.append((app, pseudonyms))
        app, pseudonyms = made[0]
        with app.producer_or_acquire() as producer:
            for name in names:
                for task in (TAKE_TURN, DELIVER):
                    hidden = pseudonyms.encode(conversation_of(name))
                    _send(app, task, [hidden], producer)
            for shard in range(field.system.options.shards):
                _send(app, DRAIN_INTAKE, shard, producer)

    return _repeated("wakes-doubled", field, double, customers=frozenset(names))


def _send(app: Celery, task: str, argument: Any, producer: Any) -> None:
    app.send_task(
        task,
        args=[argument],
        queue=Queue(QUEUES[task], queue_arguments=app.conf.task_queues[0].queue_arguments),
        producer=producer,
        retry=False,
    )


def _repeated(
    kind: str, field: Field, act: Callable[[], None], customers: frozenset[str] = frozenset()
) -> Strike:
    stop = threading.Event()
    times = [0]

    def run() -> None:
        while not stop.wait(_EVERY):
            # The broker may be away at the same time.
            with suppress(RedisError, OperationalError, OSError):
                act()
                times[0] += 1

    thread = threading.Thread(target=run, name=kind, daemon=True)

    def end() -> None:
        stop.set()
        thread.join(10)
        strike.target = f"broker, {times[0]} times"

    strike = Strike(kind, "broker", field.dice.uniform(0.5, 3), thread.start, end, customers)
    return strike


MAKERS: dict[str, Maker] = {"wakes-lost": wakes_lost, "wakes-doubled": wakes_doubled}
