"""Counts the tokens that each customer has used today. A repeated turn counts again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from session.keys import Keys
from session.limits import TOKENS
from session.records import to_ms
from session.store import AsyncRunner
from session.store.calls import command
from worker.assistants.llm.model_client import TokensUsedUp


class DailyTokens:
    """The tokens that customers use. Methods raise `StoreError`."""

    def __init__(self, run: AsyncRunner, keys: Keys, *, a_day: int) -> None:
        self.run = run
        self._keys = keys
        self._a_day = a_day

    async def add(self, conversation: str, tokens: int, now: datetime) -> int:
        """Count tokens, or take back what was counted too much; return how many are left today, below 0 if too many."""
        key = self._keys.of(conversation).usage_of(TOKENS)
        # In one write. Should it be cut between the two, the next call gives the counter its end.
        total, _ = await self.run.together(
            [
                command("tokens", "INCRBY", key, tokens, read=int),
                command("tokens", "PEXPIREAT", key, _midnight_ms(now), "NX", read=int),
            ]
        )
        return self._a_day - total

    async def used(self, conversation: str) -> int:
        """Return the number of tokens counted today."""
        key = self._keys.of(conversation).usage_of(TOKENS)
        return await self.run(command("tokens", "GET", key, read=lambda found: int(found or 0)))


@dataclass(slots=True)
class TurnTokens:
    """The tokens of one turn. Each request is counted before it is made, with all that the turn has used by then."""

    day: DailyTokens
    conversation: str
    now: datetime
    tokens: int = 0  #: used by this turn
    _counted: int = 0

    async def reserve(self, estimate: int) -> bool:
        """Count a request before it is made; return whether its whole estimate is left, so that another may follow.

        It stays counted if the worker dies, so that a crash cannot bypass the limit.

        Raises `TokensUsedUp` if nothing is left: then it is not counted.
        """
        left = await self._count(self.tokens + estimate)
        if left + estimate > 0:
            return left >= 0
        await self.settle()
        raise TokensUsedUp

    async def settle(self) -> None:
        """Count what the turn has used, in place of what was reserved for it."""
        if self._counted != self.tokens:
            await self._count(self.tokens)

    async def _count(self, tokens: int) -> int:
        left = await self.day.add(self.conversation, tokens - self._counted, self.now)
        self._counted = tokens
        return left


def _midnight_ms(now: datetime) -> int:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return to_ms(day + timedelta(days=1))
