"""The wake-ups that Celery carries. They name work and never contain it, so any of them may be lost or duplicated."""

import threading
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any, Protocol

from loguru import logger

from session.ids import new_id
from session.printable import counted
from session.pseudonyms import Pseudonyms
from session.publishing import Publisher, WakeUp, kind_of

DRAIN_INTAKE = "drain_intake"
TAKE_TURN = "take_turn"
DELIVER = "deliver"
FETCH_MEDIA = "fetch_media"
SEND_EVENTS = "send_events"
SEND_CAMPAIGN = "send_campaign"
SWEEP = "sweep"

#: The queue of each task. A release that changes the pseudonyms in wake-ups uses new queues, so that workers of
#: different releases read only what they can decode.
QUEUES = {
    DRAIN_INTAKE: "wake.intake",
    TAKE_TURN: "wake.turns",
    DELIVER: "wake.deliveries",
    FETCH_MEDIA: "wake.media",
    SEND_EVENTS: "wake.hooks",
    SEND_CAMPAIGN: "wake.campaign",
    SWEEP: "wake.sweep",
}

#: Seconds for the last wake-ups of a process; the sweep replaces the others.
FLUSHED_WITHIN = 2.0
#: Seconds for an answer of the broker.
_PATIENCE = 5.0
#: The most wake-ups in one call.
_AT_ONCE = 100
#: The most calls that wait to be published; the sweep replaces what is dropped.
_WAITING = 10_000

#: The most conversations in one wake-up.
_BATCH = 16
#: The most shards: a cluster has so many slots.
_SHARDS = 16384
#: Up to so many conversations get a wake-up each.
_FEW = 4


class Waker(Protocol):
    """Publishes wake-ups. Never raises and never waits: the sweep replaces those that are not published."""

    def intake(self, shard: int) -> None:
        """Wake the intake of a shard."""

    def turns(self, conversations: Sequence[str]) -> None:
        """Wake the turns of these conversations."""

    def deliveries(self, conversations: Sequence[str]) -> None:
        """Wake the deliveries of these conversations."""

    def fetches(self, conversations: Sequence[str]) -> None:
        """Wake what fetches the media of these conversations."""

    def hooks(self, works: Sequence[str]) -> None:
        """Wake what sends events: each is "<shard>|<hook>"."""

    def campaigns(self, names: Sequence[str]) -> None:
        """Wake what hands over the rows of these campaigns."""

    def flush(self, seconds: float) -> bool:
        """Wait until everything is published, or left to the sweep; returns whether that was within so many seconds."""


class Publishing(Protocol):
    """Publishes wake-ups at once."""

    def publish(self, wake_ups: Sequence[WakeUp]) -> None:
        """Publish wake-ups; may raise anything."""


class CeleryWaker:
    """Publishes wake-ups in a thread of its own, which begins with the first one; those that wait go out together."""

    def __init__(self, app: Any, pseudonyms: Pseudonyms, publisher: Publishing | None = None) -> None:
        """Take a Celery application; its broker is connected at the first wake-up. `publisher` replaces its broker."""
        self._publisher = publisher or Publisher(app, patience=_PATIENCE, new_id=new_id)
        self._pseudonyms = pseudonyms
        self._waiting: list[tuple[str, int | Sequence[str]]] = []
        self._dropped = 0
        self._busy = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def intake(self, shard: int) -> None:
        """Wake the intake of a shard."""
        self._put(DRAIN_INTAKE, shard)

    def turns(self, conversations: Sequence[str]) -> None:
        """Wake the turns of these conversations."""
        if conversations:
            self._put(TAKE_TURN, tuple(conversations))

    def deliveries(self, conversations: Sequence[str]) -> None:
        """Wake the deliveries of these conversations."""
        if conversations:
            self._put(DELIVER, tuple(conversations))

    def fetches(self, conversations: Sequence[str]) -> None:
        """Wake what fetches the media of these conversations."""
        if conversations:
            self._put(FETCH_MEDIA, tuple(conversations))

    def hooks(self, works: Sequence[str]) -> None:
        """Wake what sends events: each is "<shard>|<hook>"."""
        if works:
            self._put(SEND_EVENTS, tuple(works))

    def campaigns(self, names: Sequence[str]) -> None:
        """Wake what hands over the rows of these campaigns."""
        if names:
            self._put(SEND_CAMPAIGN, tuple(names))

    def flush(self, seconds: float) -> bool:
        """Wait until everything is published, or left to the sweep; returns whether that was within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._busy), timeout=seconds)

    def _put(self, task: str, work: int | Sequence[str]) -> None:
        with self._changed:
            if len(self._waiting) >= _WAITING:
                self._dropped += 1
                return
            self._waiting.append((task, work))
            if self._thread is None:
                # It ends with the process, even while the broker does not answer.
                self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                waited, self._waiting, self._busy = self._waiting, [], True
                dropped, self._dropped = self._dropped, 0
            if dropped:
                logger.warning(
                    "{} dropped because too many wait; the sweep replaces them", counted(dropped, "wake-up")
                )
            wake_ups = [one for task, work in _gathered(waited) for one in self._wake_ups(task, work)]
            for first in range(0, len(wake_ups), _AT_ONCE):
                self._publish(wake_ups[first : first + _AT_ONCE])

    def _wake_ups(self, task: str, work: int | Sequence[str]) -> Iterator[WakeUp]:
        if isinstance(work, int):
            yield WakeUp(task, QUEUES[task], work)
            return
        for batch in batches(work):
            if task in (SEND_EVENTS, SEND_CAMPAIGN):  # they name no customer
                yield WakeUp(task, QUEUES[task], list(batch))
                continue
            pseudonyms = [self._pseudonyms.encode(conversation) for conversation in batch]
            yield WakeUp(task, QUEUES[task], pseudonyms)

    def _publish(self, wake_ups: Sequence[WakeUp]) -> None:
        try:
            self._publisher.publish(wake_ups)
        except Exception as error:  # noqa: BLE001  (a broker fails in as many ways as there are libraries for it)
            logger.warning(
                "{} not published ({}); the sweep replaces what is lost",
                counted(len(wake_ups), "wake-up"),
                kind_of(error),
            )


def _gathered(waited: Sequence[tuple[str, int | Sequence[str]]]) -> Iterator[tuple[str, int | Sequence[str]]]:
    """Yield what waited, the conversations of each task together: a wake-up costs about as much as a turn."""
    together: dict[str, dict[str, None]] = {}
    for task, work in waited:
        if isinstance(work, int):
            yield task, work
        else:
            together.setdefault(task, {}).update(dict.fromkeys(work))
    for task, conversations in together.items():
        yield task, list(conversations)


def is_wake_up(task: object, arguments: object) -> bool:
    """Whether a task is called in the way of this module; whoever can write to the broker can write anything."""
    match task, arguments:
        case ("drain_intake", [int(shard)]):
            return 0 <= shard < _SHARDS
        case ("take_turn" | "deliver" | "fetch_media" | "send_events" | "send_campaign", [list(pseudonyms)]):
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
