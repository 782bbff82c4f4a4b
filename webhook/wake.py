"""Publishes the wake-ups of the intake: tasks are sent by name. It knows neither the worker nor the bodies.

A wake-up that cannot be published does no harm, because the sweep sends another one. So nothing here raises or waits
long.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from celery import Celery
from loguru import logger
from redis.exceptions import TimeoutError as RedisTimeout

from session.clock import Clock
from webhook.broker import INTAKE_QUEUE, PATIENCE, put_trial

_TASK = "drain_intake"
#: Seconds after which this wake-up is not needed any more: the sweep has sent another one.
_GOOD_FOR = 60
#: How long no attempt is made after the broker failed, so that requests stay fast.
_PAUSE = timedelta(seconds=2)


class Wake:
    """One connection to the broker, opened at the first wake-up and again after an error."""

    def __init__(self, broker: Celery, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._lock = threading.Lock()
        self._producer: Any = None
        self._trial: Any = None
        self._failed_at: datetime | None = None
        #: number of wake-ups that this process has left to the sweep
        self.missed = 0

    def publish(self, shard: int) -> None:
        """Wake the intake of a shard, if the broker accepts it within half a second."""
        if not self._lock.acquire(timeout=PATIENCE):
            self.missed += 1
            return
        try:
            if self._resting() or not self._sent(shard):
                self.missed += 1
        finally:
            self._lock.release()

    def check(self) -> str:
        """Return "ok" if the broker accepts a test message, else the type of the error.

        The connection is reused: a client that asks opens none. Not to be called concurrently.
        """
        kept = self._trial is not None
        error = self._tried()
        if kept and error and not _is_late(error):
            error = self._tried()
        return _kind(error) if error else "ok"

    def _resting(self) -> bool:
        # A clock that was set back must not prevent attempts.
        return self._failed_at is not None and timedelta() <= self._clock.now() - self._failed_at < _PAUSE

    def _sent(self, shard: int) -> bool:
        kept = self._producer is not None
        error = self._try(shard)
        # A connection that was closed while idle is not an outage. A time-out has already used up its time.
        if kept and error and not _is_late(error):
            error = self._try(shard)
        if error:
            if self._failed_at is None:
                logger.error("the broker is unavailable, the sweep will wake the intake", error=_kind(error))
            self._failed_at = self._clock.now()
            return False
        if self._failed_at:
            logger.info("the broker is available again", missed=self.missed)
            self._failed_at = None
        return True

    def _try(self, shard: int) -> Exception | None:
        try:
            if self._producer is None:
                connection = self._broker.connection_for_write()
                self._producer = self._broker.amqp.Producer(connection, auto_declare=False)
            self._broker.send_task(
                _TASK,
                args=[shard],
                queue=INTAKE_QUEUE,
                producer=self._producer,
                expires=_GOOD_FOR,
                ignore_result=True,
                retry=False,
                timeout=PATIENCE,
                confirm_timeout=PATIENCE,
            )
        except Exception as error:  # noqa: BLE001 - see check
            self.close()
            return error
        return None

    def _tried(self) -> Exception | None:
        try:
            if self._trial is None:
                self._trial = self._broker.connection_for_write()
            put_trial(self._trial)
        except Exception as error:  # noqa: BLE001 - a broker fails in as many ways as there are libraries for it
            connection, self._trial = self._trial, None
            if connection is not None:
                connection.collect(socket_timeout=PATIENCE)
            return error
        return None

    def close(self) -> None:
        """Drop the connection; the next wake-up opens another one."""
        producer, self._producer = self._producer, None
        if producer is not None and producer.connection is not None:
            # Not `close`, which would wait for a broker that does not answer.
            producer.connection.collect(socket_timeout=PATIENCE)


def _is_late(error: Exception) -> bool:
    return isinstance(error.__cause__ or error, TimeoutError | RedisTimeout)


def _kind(error: Exception) -> str:
    """Return only the class, because an error's text may contain the address with its password."""
    return type(error.__cause__ or error).__name__
