"""Lets hooks have soon what has happened: who has written events looks for the hooks that have not seen them, beside its work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from session.keys import Keys
from session.store import AsyncRunner, HookStore
from worker.alarms import CallLater, call_later
from worker.engine import WorkTaker
from worker.wakeups import Waker

#: Seconds between two looks at a shard.
_EVERY: Final = 1.0


@dataclass(kw_only=True, eq=False, repr=False)
class Looks:
    """Looks at a shard when this process has written an event there, at once, and at most once a second. On the loop only.

    A look that fails, or that a process leaves undone because it stops, is replaced by the next sweep.
    """

    run: AsyncRunner
    store: HookStore
    keys: Keys
    hooks: Sequence[str]  #: the names of all, at least one
    waker: Waker
    works: WorkTaker  #: begins a look, and does not wait for it
    call_later: CallLater = call_later
    #: the shards at which was looked within the last second -> whether something was written since then
    _again: dict[int, bool] = field(default_factory=dict, init=False)

    def tell(self, conversation: str) -> None:
        """Take note that an event of a conversation is written. Never waits."""
        shard = self.keys.shard_of(conversation)
        if shard in self._again:
            self._again[shard] = True
        else:
            self._begin(shard)

    def _begin(self, shard: int) -> None:
        if self.works.stopping:
            return
        self._again[shard] = False
        self.works.beside(partial(self._look, shard))
        self.call_later(_EVERY, partial(self._may_look, shard))

    def _may_look(self, shard: int) -> None:
        if self._again.pop(shard):
            self._begin(shard)

    async def _look(self, shard: int) -> None:
        due = await self.run(self.store.look(shard, self.hooks))
        self.waker.hooks([f"{shard}|{name}" for name in due])
