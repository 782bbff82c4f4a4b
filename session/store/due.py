"""The due index: what must happen, and when. Woken, retried and timed out things all wait here."""

from datetime import datetime
from typing import Any

from session.keys import IDLE_TIMEOUT, Keys
from session.policy import Policy
from session.records import to_ms
from session.store.asking import asking
from session.store.mending import Mender
from session.store.scripts import Scripts


class DueStore:
    """Claims what is due."""

    def __init__(self, scripts: Scripts, keys: Keys, policy: Policy) -> None:
        self._scripts = scripts
        self._mender = Mender(scripts, keys, policy)
        self._keys = keys
        self._policy = policy

    def claim(self, shard: int, *, now: datetime, limit: int) -> tuple[str, ...]:
        """Claim up to `limit` due members of a shard, longest due first.

        A claimed member is due again after the wake-up time, unless whoever works on it settles it: a claim that is
        lost delays, it loses nothing.
        """
        again = now + self._policy.wake_after
        members: list[Any] = self._mender.call_on_shard(
            shard, "claim_due", [self._keys.shard(shard).due], [to_ms(now), to_ms(again), limit], now
        )
        return tuple(members)

    def idle_timeouts(self, shard: int, *, now: datetime) -> list[str]:
        """Return the conversations of a shard whose quiet time is over; nothing is claimed."""
        with asking("lapsing"):
            members: Any = self._scripts.client.zrange(
                self._keys.shard(shard).due, "-inf", str(to_ms(now)), byscore=True
            )
        return [member.removeprefix(IDLE_TIMEOUT) for member in members if member.startswith(IDLE_TIMEOUT)]
