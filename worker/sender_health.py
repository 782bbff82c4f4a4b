"""What a send tells about its sender: a sender that cannot send is paused, and resumed when it can."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from loguru import logger

from session.messages import Route
from session.pauses import Pause, sender_of
from session.store import AsyncRunner, PauseStore
from worker.channels.outcomes import InDoubt, OptedOut, Outcome, Rejected, Sent, Stopped
from worker.delivery_policy import PROBE_AFTER, TRY_FOR, Attempt
from worker.retries import COUNTED_FOR, IN_DOUBT, rest_after


@dataclass(kw_only=True, eq=False, repr=False)
class SenderHealth:
    """Pauses and resumes senders."""

    run: AsyncRunner
    pauses: PauseStore
    #: senders with a doubt in this process since they last answered
    _doubted: set[str] = field(default_factory=set, init=False)
    _counting: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)  #: one doubt at a time

    async def may_try(self, route: Route, pause: Pause, now: datetime) -> bool:
        """Whether this delivery may try whether a paused sender works again."""
        return await self.run(self.pauses.may_try(route, pause, again=now + TRY_FOR))

    async def settled_by_status(self, route: Route) -> None:
        """Note that the provider has reported a send: there is less doubt about the sender."""
        await self.run(self.pauses.resume(sender_of(route), only=IN_DOUBT))

    async def note(self, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
        """Pause the sender of a delivery if it cannot send, resume it if it could."""
        route = attempt.delivery.route
        sender = sender_of(route)
        if isinstance(outcome, Stopped):
            until = now + PROBE_AFTER
            await self.run(self.pauses.pause(route, until=until, code=outcome.code, words=outcome.words))
        elif isinstance(outcome, InDoubt):
            self._doubted.add(sender)
            async with self._counting:
                await self._count_doubt(sender, attempt, now)
        elif isinstance(outcome, OptedOut):
            await self.run(self.pauses.opt_out(attempt.delivery.conversation))
        elif isinstance(outcome, Sent | Rejected) and await self._is_over(sender, attempt, now):
            logger.warning("sender {} works again", sender)

    async def _count_doubt(self, sender: str, attempt: Attempt, now: datetime) -> None:
        """Pause a sender that has too many sends in doubt."""
        if attempt.pause is None and sender in await self.run(self.pauses.all()):
            # It was on its way with those that led to the pause, and tells nothing new: one outage is not many.
            return
        doubts = await self.run(self.pauses.doubt(sender, within=COUNTED_FOR))
        # A pause with its own reason is more informative than a doubt.
        if (rest := rest_after(doubts)) and (attempt.pause is None or attempt.pause.code == IN_DOUBT):
            words = f"the outcome of its latest {doubts} sends is unknown"
            until = now + rest
            await self.run(self.pauses.pause(attempt.delivery.route, until=until, code=IN_DOUBT, words=words))
            logger.error("sender {} is paused for a while: {}", sender, words)

    async def _is_over(self, sender: str, attempt: Attempt, now: datetime) -> bool:
        """Whether a paused sender has been resumed because it answered; its doubts are then forgotten."""
        if not attempt.pause and sender not in self._doubted:
            return False
        self._doubted.discard(sender)
        if attempt.pause and attempt.pause.needs:
            await self.run(
                self.pauses.pause(
                    attempt.delivery.route,
                    until=now + PROBE_AFTER,
                    code=attempt.pause.code,
                    words=attempt.pause.words,
                    needs=attempt.pause.needs - 1,
                )
            )
            return False
        return await self.run(self.pauses.resume(sender, only=None if attempt.pause else IN_DOUBT))
