"""Publishes the wake-ups of the intake. It knows neither the worker nor the bodies.

A wake-up that cannot be published does no harm, because the sweep sends another one. So nothing here raises or waits
long.
"""

import threading
from datetime import datetime, timedelta
from typing import Any

from celery import Celery
from loguru import logger

from session.clock import Clock
from session.ids import new_id
from session.publishing import Publisher, WakeUp, is_late, kind_of
from webhook.broker import INTAKE_QUEUE, PATIENCE, put_trial

_TASK = "drain_intake"
#: How long no attempt is made after the broker failed, so that requests stay fast.
_PAUSE = timedelta(seconds=2)


class Wake:
    """One connection to the broker, opened at the first wake-up and again after an error."""

    def __init__(self, broker: Celery, clock: Clock) -> None:
        self._broker = broker
        self._clock = clock
        self._lock = threading.Lock()
        self._publisher = Publisher(broker, patience=PATIENCE, new_id=new_id)
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
        if kept and error and not is_late(error):
            error = self._tried()
        return kind_of(error) if error else "ok"

    def _resting(self) -> bool:
        return self._failed_at is not None and self._clock.now() - self._failed_at < _PAUSE

    def _sent(self, shard: int) -> bool:
        try:
            self._publisher.publish([WakeUp(_TASK, INTAKE_QUEUE, shard)])
        except Exception as error:  # noqa: BLE001 - a broker fails in as many ways as there are libraries for it
            if self._failed_at is None:
                logger.error(
                    "the broker is unavailable, the sweep will wake the intake", error=kind_of(error)
                )
            self._failed_at = self._clock.now()
            return False
        if self._failed_at:
            logger.info("the broker is available again", missed=self.missed)
            self._failed_at = None
        return True

    def _tried(self) -> Exception | None:
        try:
            if self._trial is None:
                self._trial = self._broker.connection_for_write()
            put_trial(self._trial)
        except Exception as error:  # noqa: BLE001 - see `_sent`
            connection, self._trial = self._trial, None
            if connection is not None:
                connection.collect(socket_timeout=PATIENCE)
            return error
        return None

    def close(self) -> None:
        """Drop the connection; the next wake-up opens another one."""
        self._publisher.close()
