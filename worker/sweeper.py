"""The sweep: wakes what is due, and applies idle time-outs to quiet sessions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loguru import logger

from session.clock import Clock
from session.idle_timeouts import IdleTimeouts
from session.keys import DELIVER, IDLE_TIMEOUT, INTAKE, TURN
from session.printable import counted
from session.results import Claimed, Trimmed
from session.store import CounterStore, DueStore, RetentionStore, Runner
from worker.wakeups import Waker

_CLAIM = 500


@dataclass(kw_only=True, eq=False, repr=False)
class Sweeper:
    """Looks at the due index. The cost depends on what is due, not on what is stored; two sweeps at once do no harm."""

    run: Runner
    due: DueStore
    idle_timeouts: IdleTimeouts
    waker: Waker
    clock: Clock
    shards: int
    counters: CounterStore | None = None
    retention: RetentionStore | None = None
    pause: timedelta = timedelta(0)
    _swept_at: datetime | None = field(default=None, init=False)

    def sweep(self) -> None:
        """Handle everything that is due, in every shard; nothing if this process did so less than `pause` ago.

        Beat continues while all workers are down: the wake-ups that pile up are one sweep, not thousands.
        """
        now = self.clock.now()
        if self._swept_at and now - self._swept_at < self.pause:
            return
        self._swept_at = now
        swept = [self._sweep_shard(shard) for shard in range(self.shards)]
        # Not urgent, but events must be counted before the stream drops them.
        if self.counters:
            self.run.together([self.counters.fold(shard, swept=at) for shard, at in enumerate(swept)])
        if self.retention:
            for trimmed in self.run.together([self.retention.trim(shard) for shard in range(self.shards)]):
                _say(trimmed)

    def _sweep_shard(self, shard: int) -> datetime:
        """Handle what is due in a shard; returns when that was."""
        while len((claimed := self._sweep_some(shard)).members) == _CLAIM:
            pass
        return claimed.now

    def _sweep_some(self, shard: int) -> Claimed:
        claimed = self.run(self.due.claim(shard, limit=_CLAIM))
        members = claimed.members
        turns = _named(members, TURN)
        deliveries = _named(members, DELIVER)
        if INTAKE in members:
            self.waker.intake(shard)
        self.waker.turns(turns)
        self.waker.deliveries(deliveries)
        timed_out = self.run(
            self.idle_timeouts.time_out(shard, _named(members, IDLE_TIMEOUT), now=claimed.now)
        )
        self.waker.turns(timed_out.woken)
        if members:
            logger.debug(
                "sweep: {} and {} woken, {} timed out, {} told that no agent is free",
                counted(len(turns), "turn"),
                counted(len(deliveries), "delivery", "deliveries"),
                counted(timed_out.changed, "session"),
                counted(len(timed_out.woken), "customer"),
            )
        return claimed


def _say(trimmed: Trimmed) -> None:
    if trimmed.many_letters:
        logger.error(
            "{} dropped unseen because there were too many; see inturn dead list",
            counted(trimmed.many_letters, "dead letter"),
        )
    if trimmed.events or trimmed.old_letters:
        logger.debug(
            "dropped because of their age: {} and {}",
            counted(trimmed.events, "event"),
            counted(trimmed.old_letters, "dead letter"),
        )


def _named(members: Sequence[str], kind: str) -> list[str]:
    return [member.removeprefix(kind) for member in members if member.startswith(kind)]
