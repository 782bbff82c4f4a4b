"""Continues work in the process that has it, without a wake-up: who committed a turn sends what it said.

Only as far as the process has room, and reads the queue in which the wake-up would lie: with `-Q` some workers take turns and
others send.
"""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from celery import Celery

from worker.deliveries import Courier
from worker.engine import Engine
from worker.wakeups import DELIVER, QUEUES


class Continues(Protocol):
    """Continues work without a wake-up."""

    def deliver(self, conversation: str) -> bool:
        """Begin to send the replies of a conversation; False if a wake-up must be published instead."""


class ContinuesNothing:
    """Leaves everything to wake-ups."""

    def deliver(self, conversation: str) -> bool:  # noqa: ARG002
        """Begin nothing."""
        return False


@dataclass(frozen=True, slots=True)
class _Here:
    engine: Engine
    courier: Courier

    def deliver(self, conversation: str) -> bool:
        if not self.engine.room:
            return False
        self.engine.begin(partial(self.courier.deliver, conversation))
        return True


def continue_here(app: Celery, engine: Engine, courier: Courier) -> Continues:
    """Return what a process can continue that reads these queues."""
    if QUEUES[DELIVER] not in app.amqp.queues.consume_from:
        return ContinuesNothing()
    return _Here(engine, courier)
