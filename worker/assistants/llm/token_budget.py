"""Counts the tokens that each customer has used today. A repeated turn counts again."""

from datetime import datetime, timedelta

from session.keys import Keys
from session.limits import TOKENS
from session.records import to_ms
from session.store import AsyncRunner
from session.store.calls import command


class DailyTokens:
    """The tokens that customers use. Methods raise `StoreError`."""

    def __init__(self, run: AsyncRunner, keys: Keys, *, a_day: int) -> None:
        self.run = run
        self._keys = keys
        self._a_day = a_day

    async def reserve(self, conversation: str, tokens: int, now: datetime) -> bool:
        """Count tokens before they are used; if none are left today, count nothing and return False.

        They stay counted if the worker dies, so that a crash cannot bypass the limit.
        """
        if await self._add(conversation, tokens, now) - tokens < self._a_day:
            return True
        await self._add(conversation, -tokens, now)
        return False

    async def settle(self, conversation: str, *, reserved: int, used: int, now: datetime) -> None:
        """Replace the reserved tokens by the used ones."""
        if used != reserved:
            await self._add(conversation, used - reserved, now)

    async def used(self, conversation: str) -> int:
        """Return the number of tokens counted today."""
        key = self._keys.of(conversation).usage_of(TOKENS)
        return await self.run(command("tokens", "GET", key, read=lambda found: int(found or 0)))

    async def _add(self, conversation: str, tokens: int, now: datetime) -> int:
        key = self._keys.of(conversation).usage_of(TOKENS)
        # In one write. Should it be cut between the two, the next call gives the counter its end.
        total, _ = await self.run.together(
            [
                command("tokens", "INCRBY", key, tokens, read=int),
                command("tokens", "PEXPIREAT", key, _midnight_ms(now), "NX", read=int),
            ]
        )
        return total


def _midnight_ms(now: datetime) -> int:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return to_ms(day + timedelta(days=1))
