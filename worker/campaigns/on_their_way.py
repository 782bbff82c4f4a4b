"""Keeps the rows of a campaign that are on their way few, so that what customers write waits behind few of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from session.store import AsyncRunner, CampaignWorkStore

#: Rows that may wait for their turns: what customers write waits behind them.
MOST_TURNS: Final = 32
#: Sends wait side by side, so of them it may be more: as many as go out in a second, and so many in any case.
_MOST_SENDS: Final = 128
#: After this time a row counts no more: it waits for something else, such as a provider that is away.
_GIVEN_UP: Final = timedelta(seconds=10)


@dataclass(kw_only=True)
class OnTheirWay:
    """The rows that were handed over lately, and are perhaps neither sent nor declined yet."""

    run: AsyncRunner
    store: CampaignWorkStore
    per_second: float
    _since: dict[str, datetime] = field(default_factory=dict)  #: conversation -> when, the newest last

    def add(self, conversations: Iterable[str], now: datetime) -> None:
        """Count the conversations to which rows were handed over just now."""
        self._since |= dict.fromkeys(conversations, now)

    async def are_many(self, now: datetime) -> bool:
        """Whether so many are still on their way that no more should be handed over. Asks Redis only if there may be."""
        self._since = {name: at for name, at in self._since.items() if now - at < _GIVEN_UP}
        if len(self._since) < MOST_TURNS:
            return False
        names = list(self._since)
        turns, sends, unread = await self.run(self.store.on_their_way(names))
        # Nothing tells of a body that nobody has read; it is one of the newest.
        turns |= set(names[max(0, len(names) - unread) :])
        self._since = {name: at for name, at in self._since.items() if name in turns | sends}
        return len(turns) >= MOST_TURNS or len(self._since) >= max(_MOST_SENDS, self.per_second)
