"""The sweep: wakes what is due, and applies idle time-outs to quiet sessions."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from loguru import logger

from session.clock import Clock
from session.idle_timeouts import IdleTimeouts
from session.keys import DELIVER, IDLE_TIMEOUT, INTAKE, TURN
from session.printable import counted
from session.results import Trimmed
from session.store import CounterStore, DueStore, RetentionStore, Runner
from worker.wakeups import Waker

_CLAIM = 500


class Sweeper:
    """Looks at the due index. The cost depends on what is due, not on what is stored; two sweeps at once do no harm."""

    def __init__(
        self,
        *,
        run: Runner,
        due: DueStore,
        idle_timeouts: IdleTimeouts,
        waker: Waker,
        clock: Clock,
        shards: int,
        counters: CounterStore | None = None,
        retention: RetentionStore | None = None,
        pause: timedelta = timedelta(0),
    ) -> None:
        self._run = run
        self._due = due
        self._idle_timeouts = idle_timeouts
        self._waker = waker
        self._clock = clock
        self._shards = shards
        self._counters = counters
        self._retention = retention
        self._pause = pause
        self._swept_at: datetime | None = None

    def sweep(self) -> None:
        """Handle everything that is due, in every shard; nothing if this process did so less than `pause` ago.

        Beat continues while all workers are down: the wake-ups that pile up are one sweep, not thousands.
        """
        now = self._clock.now()
        if self._swept_at and timedelta(0) <= now - self._swept_at < self._pause:
            return
        self._swept_at = now
        for shard in range(self._shards):
            while self._sweep_some(shard) == _CLAIM:
                pass
        # Not urgent, but events must be counted before the stream drops them.
        if self._counters:
            now = self._clock.now()
            self._run.together(
                [self._counters.fold(shard, now=now, swept=True) for shard in range(self._shards)]
            )
        if self._retention:
            for trimmed in self._run.together([self._retention.trim(shard) for shard in range(self._shards)]):
                _say(trimmed)

    def _sweep_some(self, shard: int) -> int:
        members = self._run(self._due.claim(shard, now=self._clock.now(), limit=_CLAIM))
        turns = _named(members, TURN)
        deliveries = _named(members, DELIVER)
        if INTAKE in members:
            self._waker.intake(shard)
        self._waker.turns(turns)
        self._waker.deliveries(deliveries)
        timed_out = self._run(
            self._idle_timeouts.time_out(shard, _named(members, IDLE_TIMEOUT), now=self._clock.now())
        )
        self._waker.turns(timed_out.woken)
        if members:
            logger.debug(
                "sweep: {} and {} woken, {} timed out, {} told that no agent is free",
                counted(len(turns), "turn"),
                counted(len(deliveries), "delivery", "deliveries"),
                counted(timed_out.changed, "session"),
                counted(len(timed_out.woken), "customer"),
            )
        return len(members)


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
