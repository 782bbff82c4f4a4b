"""Counts the tokens that each customer has used today. A repeated turn counts again."""

from datetime import datetime, timedelta

from session.keys import Keys
from session.limits import TOKENS
from session.records import to_ms
from session.store import Redis


class DailyTokens:
    """The tokens that customers use. Methods raise the errors of Redis."""

    def __init__(self, client: Redis, keys: Keys, *, a_day: int) -> None:
        self._client = client
        self._keys = keys
        self._a_day = a_day

    def reserve(self, conversation: str, tokens: int, now: datetime) -> bool:
        """Count tokens before they are used; if none are left today, count nothing and return False.

        They stay counted if the worker dies, so that a crash cannot bypass the limit.
        """
        if self._add(conversation, tokens, now) - tokens < self._a_day:
            return True
        self._add(conversation, -tokens, now)
        return False

    def settle(self, conversation: str, *, reserved: int, used: int, now: datetime) -> None:
        """Replace the reserved tokens by the used ones."""
        if used != reserved:
            self._add(conversation, used - reserved, now)

    def used(self, conversation: str) -> int:
        """Return the number of tokens counted today."""
        return int(self._client.get(self._keys.of(conversation).usage_of(TOKENS)) or 0)

    def _add(self, conversation: str, tokens: int, now: datetime) -> int:
        key = self._keys.of(conversation).usage_of(TOKENS)
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.incrby(key, tokens)
            pipeline.pexpireat(key, _midnight_ms(now), nx=True)
            total, _ = pipeline.execute()
        return int(total)


def _midnight_ms(now: datetime) -> int:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return to_ms(day + timedelta(days=1))
