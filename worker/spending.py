"""Whose budget is used up, by what was spent today: that costs a turn no round trip."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loguru import logger

from session.clock import Clock
from session.errors import StoreError
from session.limits import Usages
from session.messages import Route
from session.policy import Policy
from session.spending import NO_BUDGET, NOTHING_SPENT, Budget, Spent, Whose
from session.store import AsyncRunner, SpendingStore
from worker.budgets import used_up
from worker.senders import Senders

#: Returns whose budget has nothing left for a customer on a route, by the uses of the limits at a time.
UsedUp = Callable[[Route, Usages, datetime], Awaitable[Whose | None]]

#: For so long what was read is taken for what was spent.
FRESH_FOR = timedelta(seconds=1)
#: Seconds for which a turn waits for what is being read. A shard that is away holds up no turn of another one.
_PATIENCE = 0.25


@dataclass(eq=False, repr=False)
class Spending:
    """Compares budgets with what was spent, which it reads at most once a second."""

    run: AsyncRunner
    store: SpendingStore
    clock: Clock
    policy: Policy
    senders: Senders
    day: Budget = NO_BUDGET  #: of all senders together
    _known: Spent = field(default=NOTHING_SPENT, init=False)
    _asked_at: datetime | None = field(default=None, init=False)
    _reading: asyncio.Task[None] | None = field(default=None, init=False)

    def look(self) -> None:
        """Begin to read what was spent if a budget needs it, unless that is known.

        Beside another call to Redis it goes out in the same write.
        """
        now = self.clock.now()
        if self._asked_at and self._asked_at <= now < self._asked_at + FRESH_FOR:
            return
        if self._reading and not self._reading.done():
            return
        if not (self.day or self.senders.have_budgets):
            return
        self._asked_at = now
        self._reading = asyncio.create_task(self._read())

    async def used_up(self, route: Route, usages: Usages, now: datetime) -> Whose | None:
        """Return whose budget has nothing left. If what was spent cannot be read at once, what was read last counts."""
        self.look()
        reading = self._reading
        # In a pool of threads another loop may be reading; what was read last counts then.
        if reading and not reading.done() and reading.get_loop() is asyncio.get_running_loop():
            await asyncio.wait({reading}, timeout=_PATIENCE)
        budget = self.senders.of(route).budget
        return used_up(route, usages, self._known, now, self.policy, sender=budget, day=self.day)

    async def _read(self) -> None:
        try:
            self._known = await self.run(self.store.today())
        except StoreError as error:
            logger.warning("what was spent today could not be read, budgets go by what was: {}", error)
