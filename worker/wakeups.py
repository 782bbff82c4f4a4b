"""The wake-ups that Celery carries. They name work and never contain it, so any of them may be lost or duplicated."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any, Protocol

from celery import Celery
from loguru import logger

from session.pseudonyms import Pseudonyms

DRAIN_INTAKE = "drain_intake"
TAKE_TURN = "take_turn"
DELIVER = "deliver"
SWEEP = "sweep"

#: The queue of each task. A release that changes the pseudonyms in wake-ups uses new queues, so that workers of
#: different releases read only what they can decode.
QUEUES = {
    DRAIN_INTAKE: "wake.intake",
    TAKE_TURN: "wake.turns",
    DELIVER: "wake.deliveries",
    SWEEP: "wake.sweep",
}

#: Seconds after which the sweep has long replaced a wake-up.
EXPIRES = 120

#: The most conversations in one wake-up.
_BATCH = 16
#: The most shards: a cluster has so many slots.
_SHARDS = 16384
#: Up to so many conversations get a wake-up each.
_FEW = 4


class Waker(Protocol):
    """Publishes wake-ups. Never raises: the sweep replaces those that are not published."""

    def intake(self, shard: int) -> None:
        """Wake the intake of a shard."""

    def turns(self, conversations: Sequence[str]) -> None:
        """Wake the turns of these conversations."""

    def deliveries(self, conversations: Sequence[str]) -> None:
        """Wake the deliveries of these conversations."""


class CeleryWaker:
    """Publishes wake-ups through Celery."""

    def __init__(self, app: Celery, pseudonyms: Pseudonyms) -> None:
        self._app = app
        self._pseudonyms = pseudonyms

    def intake(self, shard: int) -> None:
        """Wake the intake of a shard."""
        self._publish(DRAIN_INTAKE, shard)

    def turns(self, conversations: Sequence[str]) -> None:
        """Wake the turns of these conversations."""
        self._publish_batches(TAKE_TURN, conversations)

    def deliveries(self, conversations: Sequence[str]) -> None:
        """Wake the deliveries of these conversations."""
        self._publish_batches(DELIVER, conversations)

    def _publish_batches(self, task: str, conversations: Sequence[str]) -> None:
        for batch in batches(conversations):
            self._publish(task, [self._pseudonyms.encode(conversation) for conversation in batch])

    def _publish(self, task: str, argument: Any) -> None:
        try:
            self._app.send_task(task, args=[argument], queue=QUEUES[task], expires=EXPIRES, retry=False)
        except Exception as error:  # noqa: BLE001  (a broker fails in as many ways as there are libraries for it)
            logger.warning("wake-up {} not published ({}); the sweep replaces it", task, type(error).__name__)


def is_wake_up(task: object, arguments: object) -> bool:
    """Whether a task is called in the way of this module; whoever can write to the broker can write anything."""
    match task, arguments:
        case ("drain_intake", [int(shard)]):
            return 0 <= shard < _SHARDS
        case ("take_turn" | "deliver", [list(pseudonyms)]):
            return len(pseudonyms) <= _BATCH and all(isinstance(alias, str) for alias in pseudonyms)
        case ("sweep", []):
            return True
    return False


def batches(conversations: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the conversations in groups: a few one by one, so that workers share them; more in halves of at most 16.

    A wake-up costs about as much as a turn.
    """
    size = 1 if len(conversations) <= _FEW else min(_BATCH, ceil(len(conversations) / 2))
    for first in range(0, len(conversations), size):
        yield conversations[first : first + size]
