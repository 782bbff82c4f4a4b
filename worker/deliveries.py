"""Sends the replies of an outbox in order, and carries out the decision about each."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from loguru import logger

from session.clock import Clock, ContinuedClock
from session.delivery_events import ReplySent
from session.ids import chance
from session.leases import OutboxTaken
from session.messages import DeliveryState
from session.pauses import pause_of, sender_of
from session.policy import Policy
from session.printable import mask
from session.results import Settled
from session.store import AsyncRunner, OutboxStore
from worker.channels.outcomes import InDoubt, OptedOut, Outcome, Prepared, Rejected, Sent, Stopped, Throttled
from worker.channels.protocols import Channel
from worker.delivery_policy import (
    TRY_FOR,
    Attempt,
    Decision,
    Done,
    TooLate,
    Wait,
    after_sending,
    before_sending,
    too_late,
)
from worker.late_replies import LateReplies
from worker.refusals import Refusals
from worker.send_places import SendPlaces
from worker.sender_health import SenderHealth
from worker.templates import ADVICE
from worker.wakeups import Waker


@dataclass(kw_only=True, eq=False, repr=False)
class Courier:
    """Sends the replies in the outboxes of conversations."""

    run: AsyncRunner
    store: OutboxStore
    health: SenderHealth
    channels: Mapping[str, Channel]
    waker: Waker
    clock: Clock
    new_id: Callable[[], str]
    policy: Policy
    places: SendPlaces
    refusals: Refusals | None = None
    late: LateReplies | None = None
    tell_hooks: Callable[[str], None] = lambda _: None  #: that an event of a conversation is written
    at_once: int = 100  #: outboxes at the same time
    chance: Callable[[], float] = chance
    slots: asyncio.Semaphore = field(init=False)  #: the send places

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(self.at_once)

    async def deliver(self, conversation: str) -> None:
        """Send the replies of one outbox until it is empty, or its first delivery has to wait."""
        holder = self.new_id()
        # Waiting for a send place comes first: a lease would run out meanwhile.
        async with self.slots:
            await self._send_from(conversation, holder)

    async def deliver_with_place(self, conversation: str, holder: str, taken: OutboxTaken | None) -> None:
        """Do the same with a send place that is kept. Without `taken` the holder may have the outbox and not know it."""
        try:
            await self._send_from(conversation, holder, taken)
        finally:
            self.slots.release()

    async def _send_from(self, conversation: str, holder: str, taken: OutboxTaken | None = None) -> None:
        while True:
            if taken is None:
                found = await self.run(self.store.take(conversation, holder=holder))
                taken = found if isinstance(found, OutboxTaken) else None
            if taken is None:
                return
            with logger.contextualize(conversation=conversation):
                if not await self._deliver_all(taken):
                    return
            taken = None

    async def _deliver_all(self, taken: OutboxTaken) -> bool:
        """Handle the taken deliveries; return whether more are waiting and may be sent now."""
        clock = ContinuedClock(taken.now, self.clock)
        lease, number, doubts, silence = taken.lease, taken.attempt, taken.doubts, taken.silence
        for delivery in taken.deliveries:
            is_last = delivery is taken.deliveries[-1]
            attempt = Attempt(
                delivery=delivery,
                lease=lease,
                number=number,
                opted_out=taken.opted_out,
                silence=silence,
                pause=pause_of(taken.paused, delivery.route),
                doubts=doubts,
                interrupted=bool(doubts) and taken.interrupted,
                known=taken.known if doubts else None,
            )
            decision = await self._judge(attempt, clock)
            settled = await self._carry_out(attempt, decision, more=not is_last)
            if settled is None or settled.lease is None:
                return False
            lease, number, doubts, silence = settled.lease, 1, 0, settled.silence
        return True

    async def _judge(self, attempt: Attempt, clock: Clock) -> Decision:
        """Send a delivery unless something prevents it, and return the decision about it."""
        now = clock.now()
        decision = before_sending(attempt, now=now, policy=self.policy)
        if isinstance(decision, TooLate):
            instead = (
                await self.late.instead_of(attempt, now)
                if self.late
                else too_late(attempt.delivery, ADVICE, now)
            )
            if not isinstance(instead, Attempt):
                return instead
            decision = await self._judge(instead, clock)
            return replace(decision, instead=instead.delivery) if isinstance(decision, Done) else decision
        if decision is not None:
            return decision
        route = attempt.delivery.route
        sender = sender_of(route)
        if attempt.pause and not await self.health.may_try(route, attempt.pause, now):
            return Wait(wait=TRY_FOR, attempts=attempt.number - 1, doubts=attempt.doubts)
        if not self.places.take(sender, attempt.delivery.conversation):
            # It is due at once: the send that frees a place wakes it, or else the sweep.
            return Wait(wait=timedelta(), attempts=attempt.number - 1, doubts=attempt.doubts)
        try:
            with logger.contextualize(delivery=attempt.delivery.id):
                outcome = await self._send(attempt)
                _log(attempt, outcome)
        finally:
            next_one = self.places.leave(sender)
            if next_one:
                self.waker.deliveries([next_one])
        now = clock.now()
        await self.health.note(attempt, outcome, now)
        if isinstance(outcome, Rejected) and outcome.tells and self.refusals:
            await self.refusals.note(attempt.delivery, outcome.tells, outcome.words, now)
        return after_sending(attempt, outcome, now=now, policy=self.policy, chance=self.chance())

    async def _send(self, attempt: Attempt) -> Outcome:
        route = attempt.delivery.route
        channel = self.channels.get(route.channel)
        if channel is None:
            return Stopped(code="off", words=f"no credentials for {route.channel}")
        try:
            return await channel.send(attempt.delivery)
        except Exception as error:  # noqa: BLE001  (a reply that a channel stumbles over must not stop those behind it)
            logger.opt(exception=error).error("a reply could not be sent")
            return InDoubt(words=f"{type(error).__name__} while it was sent")

    async def _carry_out(self, attempt: Attempt, decision: Decision, *, more: bool) -> Settled | None:
        """Write the decision about a delivery; None if its outbox was released."""
        if isinstance(decision, Done):
            if decision.state is DeliveryState.CANCELLED:
                logger.info("not sent: an agent has taken over", delivery=attempt.delivery.id)
            if isinstance(decision.event, ReplySent) and decision.event.settled_by:
                await self.health.settled_by_status(attempt.delivery.route)
            if decision.dead:
                logger.error("dead letter: {}", decision.dead.why, delivery=attempt.delivery.id)
            settled = await self.run(
                self.store.settle(
                    attempt.delivery,
                    attempt.lease,
                    decision.state,
                    event=decision.event,
                    dead=decision.dead,
                    instead=decision.instead,
                    more=more,
                )
            )
            if isinstance(settled, Settled):
                self.tell_hooks(attempt.delivery.conversation)
                return settled
        else:
            stale = await self.run(
                self.store.postpone(
                    attempt.delivery,
                    attempt.lease,
                    wait=decision.wait,
                    attempts=decision.attempts,
                    doubts=decision.doubts,
                )
            )
            if stale is None:
                if decision.again:
                    self.waker.deliveries([attempt.delivery.conversation])
                return None
        logger.warning("the send took longer than its lease; another worker has taken the outbox")
        return None


def _log(attempt: Attempt, outcome: Outcome) -> None:
    match outcome:
        case Sent(provider_id=provider_id):
            logger.info("sent as {}", provider_id)
        case Rejected(code=code, words=words):
            logger.error("refused for good: {} {}", code, mask(words))
        case Stopped(code=code, words=words):
            sender = sender_of(attempt.delivery.route)
            logger.critical("sender {} is paused, replies wait: {} {}", sender, code, mask(words))
        case OptedOut(code=code, words=words):
            logger.warning("the customer has opted out at the provider: {} {}", code, mask(words))
        case Throttled(code=code, words=words):
            logger.warning("not accepted for now: {} {}", code, mask(words))
        case Prepared(words=words):
            logger.info("{}, it is sent next", words)
        case InDoubt(words=words):
            logger.warning("may or may not have been sent: {}", words)
