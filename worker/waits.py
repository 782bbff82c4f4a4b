"""For how long customers wait for a person today; that costs an ordinary turn no round trip."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from loguru import logger

from session.errors import StoreError
from session.hours import next_allowed
from session.reachable import Reachable, Waits
from session.store import AsyncRunner, WaitStore
from worker.senders import Sender

#: For so long what was read is taken for what is true; without a need to read, for so long.
_FRESH_FOR, _KNOWN_FOR = timedelta(minutes=1), timedelta(minutes=15)
_NOBODY = Waits()


class WhenReachable(Protocol):
    """Returns when a person can answer the customers of a sender; `told` says that a customer is told so for certain."""

    async def __call__(self, sender: Sender, now: datetime, *, told: bool) -> Reachable:
        """Return it."""


@dataclass(eq=False, repr=False)
class WaitsToday:
    """Knows when a person can answer. How long others waited is read when a customer is to be told, and known for a while."""

    run: AsyncRunner
    store: WaitStore
    _known: dict[str, tuple[datetime, Waits]] = field(default_factory=dict, init=False)

    async def reachable(self, sender: Sender, now: datetime, *, told: bool) -> Reachable:
        """Return when a person can answer the customers of a sender; `told` says that a customer is told so for certain."""
        if next_allowed(now, sender.hours) > now:
            return Reachable.by(sender.hours, now)
        at, waits = self._known.get(sender.scope, (None, _NOBODY))
        age = now - at if at else None
        # A clock that was set back makes nothing older.
        if age is None or not timedelta() <= age < (_FRESH_FOR if told else _KNOWN_FOR):
            waits = await self._read(sender, now) if told else _NOBODY
        return Reachable.by(sender.hours, now, waits)

    async def _read(self, sender: Sender, now: datetime) -> Waits:
        try:
            waits = await self.run(self.store.today(sender.scope, sender.hours, now))
        except StoreError as error:
            logger.warning(
                "how long customers wait today could not be read, nothing is said of it: {}", error
            )
            return _NOBODY
        self._known[sender.scope] = (now, waits)
        return waits


async def by_hours(sender: Sender, now: datetime, *, told: bool) -> Reachable:  # noqa: ARG001  (it need not be read)
    """Return when a person can answer, by the hours of a sender alone."""
    return Reachable.by(sender.hours, now)
