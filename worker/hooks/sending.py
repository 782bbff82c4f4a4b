"""Sends the events of a shard to the receivers of hooks: leased like all work, conversations side by side, each in order."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from loguru import logger

from session.clock import Clock, ContinuedClock
from session.dead_letters import HookLetter
from session.errors import StoreError
from session.event_records import EventRecord
from session.hook_work import SETTLED, HookTaken, advanced, failed, is_behind
from session.ids import chance
from session.leases import Stale
from session.policy import Policy
from session.printable import counted
from session.records import MS, to_ms
from session.store import AsyncRunner, HookSettled, HookStore
from worker.engine import WorkTaker
from worker.hooks.bodies import body_of, event_id
from worker.hooks.configuration import Hook
from worker.hooks.posting import Posting, Refused
from worker.retries import backoff

#: Events that are looked at together; so many may wait behind one that is not accepted.
_WINDOW: Final = 500
#: Requests to one receiver at the same time.
_AT_ONCE: Final = 10


@dataclass(kw_only=True, eq=False, repr=False)
class HookSender:
    """Sends what waits for hooks."""

    run: AsyncRunner
    store: HookStore
    hooks: Mapping[str, Hook]
    posting: Posting
    clock: Clock
    new_id: Callable[[], str]
    policy: Policy
    shards: int = 1
    works: WorkTaker
    chance: Callable[[], float] = chance

    async def send(self, work: str) -> None:
        """Send what waits for a hook in a shard, "<shard>|<hook>", until nothing is to be sent now."""
        shard, _, name = work.partition("|")
        hook = self.hooks.get(name)
        if hook is None or not shard.isdecimal() or int(shard) >= self.shards:
            return
        holder = self.new_id()
        while True:
            taken = await self.run(self.store.take(int(shard), name, holder=holder, limit=_WINDOW))
            if not isinstance(taken, HookTaken):
                return
            if taken.lost:
                logger.error(
                    "{} for hook {} dropped before it was sent: the stream is full, or it was too old",
                    counted(taken.lost, "event"),
                    name,
                )
            if not await _Pass(self, hook, int(shard), taken).carry_out():
                return

    def wait(self, attempt: int) -> timedelta:
        """Return how long to wait after so many failed attempts."""
        policy = self.policy
        return backoff(attempt, first=policy.retry_after, at_most=policy.retry_at_most, chance=self.chance())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """Something to send."""

    field: str  #: of the state, for its attempts
    event: str  #: the id that the receiver knows
    conversation: str
    body: Callable[[], str]
    letter: str = ""  #: the dead letter that it is, "" for an event


class _Pass:
    """One look at the next events of a hook, under a lease."""

    def __init__(self, sender: HookSender, hook: Hook, shard: int, taken: HookTaken) -> None:
        self._sender, self._hook, self._shard, self._taken = sender, hook, shard, taken
        self._clock = ContinuedClock(taken.now, sender.clock)
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._settled = set(taken.settled)
        self._kept = {*taken.settled, *taken.tries}  # the fields of events in the state
        self._left = [record.id for record in taken.records]  # those behind `after`
        self._after, self._passed, self._accepted_at = taken.after, taken.passed, taken.accepted
        self._accepted = self._refused = 0
        self._lost = False

    async def carry_out(self) -> bool:
        """Send what is ready; return whether the lease is still held, and there may be more."""
        lanes = self._lanes()
        now = to_ms(self._taken.now)
        waits = {id(lane): self._not_before(lane[0]) for lane in lanes}
        ready = [lane for lane in lanes if waits[id(lane)] <= now]
        if self._taken.down and ready:
            # The receiver accepts nothing: one request finds out whether it does again, each time another one.
            ready = [min(ready, key=lambda lane: self._last(lane[0]))]
        await asyncio.gather(*map(self._send, ready))
        if self._lost:
            return False
        if self._sender.works.stopping:
            return await self._release(timedelta(0))
        if self._refused and not self._accepted:
            down = self._taken.down + 1
            return await self._release(self._sender.wait(down), down=down)
        if lanes and not ready:
            return await self._release((min(waits.values()) - now) * MS)
        return True if lanes else await self._settle(HookSettled())

    def _lanes(self) -> list[Sequence[_Item]]:
        """Return what is to be sent: the events of each conversation in order, and each dead letter for itself."""
        lanes: dict[str, list[_Item]] = {}
        for record in self._taken.records:
            if record.id in self._settled:
                continue
            if not self._hook.wants(record):
                self._settled.add(record.id)
                continue
            item = _Item(
                field=record.id,
                event=event_id(record),
                conversation=record.conversation,
                body=partial(self._body, record),
            )
            lanes.setdefault(record.conversation, []).append(item)
        letters = [
            _Item(
                field=f"again:{letter_id}",
                event=letter.event,
                conversation=letter.conversation or "",
                body=partial(str, letter.raw),
                letter=letter_id,
            )
            for letter_id, letter in self._taken.letters.items()
        ]
        return [*([letter] for letter in letters), *lanes.values()]

    def _body(self, record: EventRecord) -> str:
        return body_of(record, texts=self._hook.texts).to_json()

    async def _send(self, lane: Sequence[_Item]) -> None:
        for item in lane:
            async with self._places:
                is_away = self._refused >= _AT_ONCE and not self._accepted
                if self._lost or is_away or self._sender.works.stopping:
                    return
                at = to_ms(self._clock.now()) // 1000
                refused = await self._sender.posting.post(self._hook, item.event, item.body().encode(), at=at)
            if not await self._note(item, refused):
                return

    async def _note(self, item: _Item, refused: Refused | None) -> bool:
        """Write what became of something; return whether what comes behind it may be sent."""
        now = self._clock.now()
        if refused is None:
            self._accepted, self._accepted_at = self._accepted + 1, to_ms(now)
            state = {"accepted": self._accepted_at, "down": 0}
            return await self._done(item, HookSettled(state=state, accepted=True), "sent")
        self._refused += 1
        tries = failed(
            self._taken.tries.get(item.field),
            now=now,
            accepted=self._accepted_at,
            wait=self._sender.wait,
            policy=self._sender.policy,
        )
        if tries:
            logger.warning(
                "hook {} did not accept {}, later again: {}", self._hook.name, item.event, refused.why
            )
            if not item.letter:
                self._kept.add(item.field)
            await self._settle(HookSettled(state={item.field: tries.to_text()}))
            return False
        logger.error("hook {} does not accept {}: {}", self._hook.name, item.event, refused.why)
        letter = HookLetter(
            why=refused.why,
            conversation=item.conversation or None,
            at=to_ms(now),
            hook=self._hook.name,
            event=item.event,
            raw=item.body(),
        )
        return await self._done(item, HookSettled(letters=() if item.letter else [letter]), "failed")

    async def _done(self, item: _Item, what: HookSettled, outcome: str) -> bool:
        gone: tuple[str, ...] = (item.field,) if item.letter else ()
        event, state = "" if item.letter else item.field, {**what.state}
        if not item.letter:
            self._settled.add(item.field)
            self._kept.add(item.field)
            state[item.field] = SETTLED
        counts = {f"hooks|{self._hook.name}|{outcome}": 1}
        return await self._settle(
            replace(what, state=state, gone=gone, event=event, letter=item.letter, counts=counts)
        )

    async def _release(self, wait: timedelta, **state: int) -> bool:
        await self._settle(HookSettled(state=state, release_in=wait))
        return False

    async def _settle(self, what: HookSettled) -> bool:
        """Write something, and how far all has come; return whether the lease was still held."""
        if self._lost:
            return False
        self._after, count = advanced(self._after, self._left, self._settled)
        self._passed += count
        del self._left[:count]
        gone = [
            name for name in self._kept if not is_behind(name, self._after) and not name.startswith("again:")
        ]
        self._kept.difference_update(gone)
        reached: dict[str, str | int] = {"after": self._after, "passed": self._passed}
        try:
            written = await self._sender.run(
                self._sender.store.settle(
                    self._shard,
                    self._hook.name,
                    self._taken.lease,
                    replace(what, state={**reached, **what.state}, gone=[*what.gone, *gone]),
                )
            )
        except StoreError:
            # What is sent meanwhile ends; nothing more is begun.
            self._lost = True
            raise
        if isinstance(written, Stale):
            self._lost = True
            logger.warning("sending to hook {} took longer than its lease", self._hook.name)
        return not self._lost

    def _not_before(self, item: _Item) -> int:
        tries = self._taken.tries.get(item.field)
        return tries.not_before if tries else 0

    def _last(self, item: _Item) -> int:
        tries = self._taken.tries.get(item.field)
        return tries.last if tries else 0
