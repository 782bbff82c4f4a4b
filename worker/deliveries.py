"""Delivers: sends the replies of an outbox in their order, and says what becomes of each."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from random import random
from typing import assert_never

from loguru import logger

from session.clock import Clock
from session.logs import mask
from session.messages import Delivery, DeliveryState
from session.policy import Policy
from session.records import from_ms
from session.store import Lease, OutboxStore, OutboxTaken, PauseStore, Settled, Stale, line_of, pause_of
from worker import dead_letters
from worker.backoff import backoff
from worker.batch import work_through
from worker.channels.outcomes import Channel, Outcome, Rejected, Sent, Stopped, Throttled, Unknown
from worker.wakeups import Waker

#: How long a stopped line is left alone before one delivery tries it again.
_PROBE_AFTER = timedelta(seconds=30)


class Courier:
    """Sends what waits in the outboxes of conversations."""

    def __init__(
        self,
        *,
        store: OutboxStore,
        pauses: PauseStore,
        channels: Mapping[str, Channel],
        waker: Waker,
        clock: Clock,
        new_id: Callable[[], str],
        policy: Policy,
        chance: Callable[[], float] = random,
    ) -> None:
        self._store = store
        self._pauses = pauses
        self._channels = channels
        self._waker = waker
        self._clock = clock
        self._new_id = new_id
        self._policy = policy
        self._chance = chance

    def deliver(self, conversations: Sequence[str]) -> None:
        """Empty the outboxes of these conversations; a slow provider makes nobody else wait."""
        work_through(conversations, self.deliver_one, self._waker.deliveries, self._clock)

    def deliver_one(self, conversation: str) -> None:
        """Send what waits in one outbox, until it is empty, or its first delivery has to wait."""
        holder = self._new_id()
        while True:
            taken = self._store.take(conversation, holder=holder, now=self._clock.now())
            if not isinstance(taken, OutboxTaken):
                return
            with logger.contextualize(conversation=mask(conversation)):
                if not self._send_all(taken):
                    return

    def _send_all(self, taken: OutboxTaken) -> bool:
        """Send the taken deliveries; returns whether more are waiting and may go out now."""
        lease, attempt = taken.lease, taken.attempt
        for delivery in taken.deliveries:
            settled = self._send_one(delivery, lease, attempt, taken.paused)
            if settled is None or settled.lease is None:
                return False
            lease, attempt = settled.lease, 1
        return True

    def _send_one(
        self, delivery: Delivery, lease: Lease, attempt: int, paused: Mapping[str, str]
    ) -> Settled | None:
        """Send one delivery; None if the outbox was let go of."""
        pause = pause_of(paused, delivery.route)
        if pause and from_ms(pause.until) > self._clock.now():
            self._postpone(delivery, lease, from_ms(pause.until), attempts=attempt - 1)
            return None
        channel = self._channels.get(delivery.route.channel)
        outcome: Outcome = (
            channel.send(delivery)
            if channel
            else Stopped(code="off", words=f"no credentials for {delivery.route.channel}")
        )
        now = self._clock.now()
        if pause and not isinstance(outcome, Stopped):
            self._pauses.resume(line_of(delivery.route))
            logger.warning("line {} works again", mask(line_of(delivery.route)))
        match outcome:
            case Sent(provider_id=provider_id):
                logger.info("sent", delivery=delivery.id, provider_id=provider_id)
                return self._settle(delivery, lease, DeliveryState.SENT, now, changes={"sent": provider_id})
            case Rejected(code=code, words=words):
                logger.error("rejected for good: {} {}", code, mask(words), delivery=delivery.id)
                letter = dead_letters.of_delivery(delivery, code, words, now)
                changes = {"failed": f"{code}: {words}"}
                return self._settle(delivery, lease, DeliveryState.FAILED, now, changes=changes, dead=letter)
            case Stopped(code=code, words=words):
                until = now + _PROBE_AFTER
                logger.critical(
                    "line {} is stopped, replies wait: {} {}",
                    mask(line_of(delivery.route)),
                    code,
                    mask(words),
                )
                self._pauses.pause(delivery.route, until=until, code=code, words=words)
                self._postpone(delivery, lease, until, attempts=attempt - 1)
            case Throttled(code=code, words=words, retry_after=after):
                wait = timedelta(seconds=after) if after is not None else self._backoff(attempt)
                logger.warning("not taken now: {} {}", code, mask(words), delivery=delivery.id)
                self._postpone(delivery, lease, now + wait, attempts=attempt)
            case Unknown(words=words):
                logger.warning("may or may not have been sent: {}", mask(words), delivery=delivery.id)
                self._postpone(delivery, lease, now + self._backoff(attempt), attempts=attempt)
            case _:
                assert_never(outcome)
        return None

    def _settle(
        self,
        delivery: Delivery,
        lease: Lease,
        state: DeliveryState,
        now: datetime,
        *,
        changes: dict[str, str],
        dead: dict[str, str] | None = None,
    ) -> Settled | None:
        settled = self._store.settle(delivery, lease, state, changes=changes, now=now, dead=dead)
        if isinstance(settled, Stale):
            logger.warning("the send took longer than its lease; somebody else has taken the outbox")
            return None
        return settled

    def _postpone(self, delivery: Delivery, lease: Lease, retry_at: datetime, *, attempts: int) -> None:
        self._store.postpone(delivery.conversation, lease, retry_at=retry_at, attempts=attempts)

    def _backoff(self, attempt: int) -> timedelta:
        policy = self._policy
        return backoff(attempt, first=policy.retry_after, at_most=policy.retry_at_most, chance=self._chance())
