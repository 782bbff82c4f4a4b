"""Looks through saved searches after records were loaded: the timer of each that has news rings, as an action of its conversation.

Nothing is lost and nothing is doubled. The load is written down when all conversations were looked through: a process that dies
before is followed by another one, which begins again. The action has the id of the load, so that a mailbox knows the second one;
it names the timer that was looked at, so that one that has had its turn since is left alone. What is told is decided in the
turn of the timer, which knows what was told before.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from loguru import logger

from session.agent_actions import AgentAction, AgentActionType
from session.bodies import SAVED_SEARCHES
from session.clock import Clock
from session.conversations import customer_of, scope_of
from session.errors import StoreError, StoreFull
from session.keys import Keys
from session.policy import Policy
from session.printable import counted
from session.records import to_ms
from session.store import AsyncRunner, IntakeStore, Scripts, WatchStore
from session.timers import TimerRecord
from worker.assistants.catalogue import KINDS, LoadedCatalogue
from worker.assistants.catalogue.watches import TIMER, has_news, load_of
from worker.engine import WorkTaker
from worker.wakeups import Waker

#: Seconds between two conversations that are told: a load reaches 72,000 an hour, and customers who write come first.
_PACE: Final = 0.05
#: Seconds until a full server is tried again.
_FULL: Final = 10.0


@dataclass(kw_only=True, eq=False, repr=False)
class Watcher:
    """Tells conversations that records were loaded for which they wait."""

    run: AsyncRunner
    store: WatchStore
    intake: IntakeStore
    catalogue: LoadedCatalogue
    waker: Waker
    works: WorkTaker
    clock: Clock
    shards: int
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _done: dict[str, str] = field(default_factory=dict, init=False)
    _looks: bool = field(default=False, init=False)

    def begin(self) -> None:
        """Begin to look beside the work, if something was loaded since this process has looked, and does not look."""
        fresh = [kind for kind in KINDS if load_of(self.catalogue, kind) > self._done.get(kind, "")]
        if fresh and not self._looks:
            self._looks = True
            self.works.beside(partial(self._look, fresh))

    async def _look(self, kinds: list[str]) -> None:
        try:
            for kind in kinds:
                await self._look_for(kind)
        except StoreError as error:
            logger.warning("saved searches are looked through later: {}", error)
        finally:
            self._looks = False

    async def _look_for(self, kind: str) -> None:
        load = load_of(self.catalogue, kind)
        known = await self.run(self.store.looked(kind))
        if load > known:
            told = 0
            for shard in range(self.shards):
                position = -1
                while position:
                    page = await self.run(self.store.timers(shard, TIMER, max(0, position)))
                    for conversation, timer in page.timers.items():
                        if self.works.stopping:
                            return  # another process begins again
                        if await asyncio.to_thread(has_news, self.catalogue, kind, timer.content.payload):
                            await self._ring(conversation, timer, f"{kind}:{load}")
                            told += 1
                    position = page.position
            await self.run(self.store.note_looked(kind, load))
            if told:
                logger.info(
                    "{} with news of the {} loaded at {}",
                    counted(told, "saved search", "saved searches"),
                    kind,
                    load,
                )
        self._done[kind] = load

    async def _ring(self, conversation: str, timer: TimerRecord, load: str) -> None:
        """Hand over that the timer of a conversation rings now, once for a load."""
        action = AgentAction(
            type=AgentActionType.RING_TIMER,
            id=f"saved-search:{load}",
            customer=customer_of(conversation),
            scope=scope_of(conversation),
            received_at=to_ms(self.clock.now()),
            timer=timer.message.id,
        )
        body = action.to_json().encode()
        while True:
            try:
                stored = await self.run(
                    self.intake.store(body, source=SAVED_SEARCHES, ordering_key=conversation)
                )
                break
            except StoreFull:
                await self.sleep(_FULL)
        if stored.wake is not None:
            self.waker.intake(stored.wake)
        await self.sleep(_PACE)


def open_watcher(
    run: AsyncRunner,
    parts: tuple[Scripts, Keys, Policy],
    catalogue: LoadedCatalogue,
    *,
    waker: Waker,
    works: WorkTaker,
    clock: Clock,
) -> Watcher:
    """Return what looks through saved searches in this process."""
    return Watcher(
        run=run,
        store=WatchStore(*parts),
        intake=IntakeStore(*parts),
        catalogue=catalogue,
        waker=waker,
        works=works,
        clock=clock,
        shards=parts[1].shards,
    )
