"""Posts the statuses of accepted messages (sent, delivered, read) to the webhook, in threads of its own."""

import contextlib
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from loguru import logger

from session.clock import Clock
from webhook.simulator.chats import Chats
from webhook.simulator.ledger import AcceptedMessage, Ledger, StatusUpdate
from webhook.simulator.provider import SimulatedProvider
from webhook.simulator.settings import Settings
from webhook.simulator.webhook_client import WebhookClient, WebhookUnreachable

USUAL = ("sent", "delivered", "read")
FAILED = ("failed",)

_OK = 200
_BATCH = 50  #: messages whose statuses share a body, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSequence:
    """The statuses that one message will get, in order."""

    received: AcceptedMessage
    statuses: tuple[str, ...] = USUAL
    code: int | None = None  #: why it failed


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackCounts:
    """How many statuses the webhook took, how many were given up, and how many messages wait for theirs."""

    posted: int = 0
    failed: int = 0
    waiting: int = 0


@dataclass(kw_only=True, eq=False, repr=False)
class Callbacks:
    """Posts statuses in a few threads; the statuses of one message are posted in order."""

    settings: Settings
    providers: Mapping[str, SimulatedProvider]
    webhook: WebhookClient
    ledger: Ledger
    chats: Chats
    clock: Clock
    pause: Callable[[float], object]
    threads: int = 4
    _sequences: queue.Queue[StatusSequence] = field(default_factory=queue.Queue, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _started: bool = field(default=False, init=False)
    _posted: int = field(default=0, init=False)
    _failed: int = field(default=0, init=False)

    def start(self, sequence: StatusSequence) -> None:
        """Queue the statuses of a message and return at once. Does nothing if statuses are off or were not requested."""
        received = sequence.received
        provider = self.providers[received.channel]
        is_reported = provider.statuses is not None and provider.is_reported(received)
        if not is_reported or not self.settings.simulator_statuses:
            return
        self._sequences.put(sequence)
        with self._lock:
            if not self._started:
                self._started = True
                for number in range(self.threads):
                    threading.Thread(target=self._run, name=f"statuses-{number}", daemon=True).start()

    def counts(self) -> CallbackCounts:
        """Return the figures since the start or the last `clear`."""
        with self._lock:
            return CallbackCounts(
                posted=self._posted, failed=self._failed, waiting=self._sequences.unfinished_tasks
            )

    def clear(self) -> None:
        """Drop the statuses that are not started, and reset the counts."""
        while True:
            try:
                self._sequences.get_nowait()
            except queue.Empty:
                break
            self._sequences.task_done()
        with self._lock:
            self._posted = self._failed = 0

    def _run(self) -> None:
        while True:
            sequences = self._next()
            try:
                for name, provider in self.providers.items():
                    own = [one for one in sequences if one.received.channel == name]
                    for together in [own] if provider.batches else [[one] for one in own]:
                        self._follow(together)
            except Exception:  # noqa: BLE001 - an unexpected message must not end the thread
                logger.exception("the statuses of some messages could not be posted")
            finally:
                for _ in sequences:
                    self._sequences.task_done()

    def _next(self) -> list[StatusSequence]:
        sequences = [self._sequences.get()]
        # Meta batches waiting statuses too; usually a body holds one status.
        with contextlib.suppress(queue.Empty):
            while len(sequences) < _BATCH:
                sequences.append(self._sequences.get_nowait())
        return sequences

    def _follow(self, sequences: Sequence[StatusSequence]) -> None:
        """Post the statuses of some messages of one channel; those of each message in order."""
        for step in range(max((len(sequence.statuses) for sequence in sequences), default=0)):
            updates = [
                StatusUpdate(received=sequence.received, status=sequence.statuses[step], code=sequence.code)
                for sequence in sequences
                if step < len(sequence.statuses)
            ]
            for one in updates:
                self.ledger.progress(one.received.id, one.status)
                self.chats.progressed(one.received.id, one.status, one.code)
            taken = self._tell(updates)
            with self._lock:
                self._posted += len(updates) if taken else 0
                self._failed += 0 if taken else len(updates)

    def _tell(self, updates: Sequence[StatusUpdate]) -> bool:
        taken = self._post(updates)
        for pause in self.providers[updates[0].received.channel].pauses:
            if taken:
                break
            self.pause(pause)
            taken = self._post(updates)
        return taken

    def _post(self, updates: Sequence[StatusUpdate]) -> bool:
        provider = self.providers[updates[0].received.channel]
        assert provider.statuses is not None  # noqa: S101  (`start` has looked)
        request = provider.statuses(updates, self.settings, self.clock.now())
        try:
            return self.webhook.post(request) == _OK
        except WebhookUnreachable as unreachable:
            logger.debug("{}", unreachable)
            return False
