"""The sweep: wakes what is due, rings timers, and applies idle time-outs to quiet sessions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loguru import logger

from session.clock import Clock
from session.idle_timeouts import IdleTimeouts
from session.keys import CAMPAIGN, DELIVER, HOOK, IDLE_TIMEOUT, INTAKE, MEDIA, TIMER, TURN, Keys
from session.policy import Policy
from session.printable import counted
from session.results import Claimed, Trimmed
from session.store import (
    CounterStore,
    DueStore,
    HookStore,
    MailboxStore,
    RetentionStore,
    Runner,
    Scripts,
    SessionStore,
    TimerStore,
)
from worker.wakeups import Waker

_CLAIM = 500
#: How often a process asks whether media are too old.
_REMOVED_EVERY = timedelta(minutes=20)


@dataclass(kw_only=True, eq=False, repr=False)
class Sweeper:
    """Looks at the due index. The cost depends on what is due, not on what is stored; two sweeps at once do no harm."""

    run: Runner
    due: DueStore
    idle_timeouts: IdleTimeouts
    timers: TimerStore
    waker: Waker
    clock: Clock
    shards: int
    counters: CounterStore | None = None
    retention: RetentionStore | None = None
    pause: timedelta = timedelta(0)
    remove_old: Callable[[datetime], None] | None = None  #: removes media; begins that, and returns
    look_for_news: Callable[[], None] | None = None  #: looks through saved searches; begins that, and returns
    hooks: tuple[HookStore, Sequence[str]] | None = None  #: with the names of all hooks; None: there are none
    _swept_at: datetime | None = field(default=None, init=False)
    _removed_at: datetime | None = field(default=None, init=False)

    def sweep(self) -> None:
        """Handle everything that is due, in every shard; nothing if this process did so less than `pause` ago.

        Beat continues while all workers are down: the wake-ups that pile up are one sweep, not thousands.
        """
        now = self.clock.now()
        if self._swept_at and now - self._swept_at < self.pause:
            return
        self._swept_at = now
        swept = [self._sweep_shard(shard) for shard in range(self.shards)]
        if self.remove_old and (self._removed_at is None or now - self._removed_at >= _REMOVED_EVERY):
            self._removed_at = now
            self.remove_old(swept[0])
        if self.look_for_news:
            self.look_for_news()
        # Not urgent, but events must be counted before the stream drops them.
        if self.counters:
            self.run.together([self.counters.fold(shard, swept=at) for shard, at in enumerate(swept)])
        if self.retention:
            for trimmed in self.run.together([self.retention.trim(shard) for shard in range(self.shards)]):
                _say(trimmed)

    def _sweep_shard(self, shard: int) -> datetime:
        """Handle what is due in a shard; returns when that was."""
        if self.hooks:
            store, names = self.hooks
            self.run(store.look(shard, names))
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
        self.waker.fetches(_named(members, MEDIA))
        self._wake_hooks(shard, _named(members, HOOK))
        self.waker.campaigns(_named(members, CAMPAIGN))
        timed_out = self.run(
            self.idle_timeouts.time_out(shard, _named(members, IDLE_TIMEOUT), now=claimed.now)
        )
        self.waker.turns(timed_out.woken)
        rang = self.run(self.timers.ring(shard, _named(members, TIMER)))
        self.waker.turns(rang.woken)
        if members:
            logger.debug(
                "sweep: {} and {} woken, {} timed out, {} told that no agent is free, {} rang",
                counted(len(turns), "turn"),
                counted(len(deliveries), "delivery", "deliveries"),
                counted(timed_out.changed, "session"),
                counted(len(timed_out.woken), "customer"),
                counted(rang.count, "timer"),
            )
        return claimed

    def _wake_hooks(self, shard: int, due: Sequence[str]) -> None:
        store, names = self.hooks or (None, ())
        self.waker.hooks([f"{shard}|{name}" for name in due if name in names])
        if store:
            # A hook that is configured no more; if it is again, it continues where it was.
            for name in set(due).difference(names):
                self.run(store.leave(shard, name))


def open_sweeper(
    *,
    run: Runner,
    parts: tuple[Scripts, Keys, Policy],
    waker: Waker,
    clock: Clock,
    pause: timedelta,
    remove_old: Callable[[datetime], None],
    look_for_news: Callable[[], None],
    hooks: Sequence[str],
) -> Sweeper:
    """Return what sweeps all shards; `hooks` are the names of those that are configured."""
    scripts, keys, policy = parts
    return Sweeper(
        run=run,
        due=DueStore(*parts),
        idle_timeouts=IdleTimeouts(SessionStore(*parts), MailboxStore(*parts), policy),
        timers=TimerStore(*parts),
        waker=waker,
        clock=clock,
        shards=keys.shards,
        counters=CounterStore(scripts, keys),
        retention=RetentionStore(*parts),
        pause=pause,
        remove_old=remove_old,
        look_for_news=look_for_news,
        hooks=(HookStore(*parts), hooks) if hooks else None,
    )


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
