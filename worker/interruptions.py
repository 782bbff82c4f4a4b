"""What ends an assistant before it has answered: an agent, a STOP, a message with which its turn begins anew, another worker.

Whether it is so is always read under the lease, when that is renewed. A notice only makes that happen at once.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, TypeVar

from loguru import logger

from session.errors import StoreError, TurnLost
from session.leases import Stale
from session.results import Renewed
from worker.notices import MESSAGE, Subscription
from worker.running_turns import RunningTurn

_T = TypeVar("_T")

#: A lease is renewed so often in its time.
RENEWED: Final = 3


class Interrupted(Enum):
    """Why an assistant is not listened to any more."""

    LOST = auto()  # another worker has the turn
    TAKEN_OVER = auto()  # an agent has the conversation
    STOPPED = auto()  # the customer wants nothing any more
    SUPERSEDED = auto()  # more has come, and the turn begins anew with it


@dataclass(kw_only=True, eq=False, repr=False)
class Watch:
    """Watches over one turn while its assistant is at work. One that is short costs a timer."""

    running: RunningTurn
    lease_for: timedelta
    subscription: Subscription
    begins_anew_until: datetime  #: what comes later waits
    ended: Interrupted | None = field(default=None, init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)
    _looking: asyncio.Task[None] | None = field(default=None, init=False)
    _again: bool = field(default=False, init=False)  #: something has come while it was looked

    async def over(self, thinking: "asyncio.Task[_T]") -> _T | Interrupted | None:
        """Wait for an assistant. Raises what it raises.

        Returns why it was cancelled, None if the process stops. From then on nothing is kept for it: a thread that is still at
        work is told so.
        """

        def look() -> None:
            self._again = True
            if self._looking is None:
                self._looking = asyncio.create_task(self._look(thinking, look))

        self._look_at_latest(look)
        self.subscription.call_back(lambda what: self._hear(what, look))
        try:
            answer = await thinking
            if self.running.step_ended and self._looking:
                # What a step has put off comes before an answer that needs no time after it.
                await self._looking
        except asyncio.CancelledError:
            if not thinking.cancelled():
                raise
            return self.ended
        else:
            return self.ended or answer
        finally:
            self.running.over = True
            self.subscription.wait()
            if self._timer:
                self._timer.cancel()
            if self._looking:
                self._looking.cancel()
            await self.running.written()

    def _hear(self, what: str, look: Callable[[], None]) -> None:
        # What has come before the turn has begun is told before it is known what its sender wants.
        if what != MESSAGE or self.running.admission is None or self.running.on_new_message == "restart":
            look()

    def _look_at_latest(self, look: Callable[[], None]) -> None:
        seconds = self.lease_for / RENEWED / timedelta(seconds=1)
        self._timer = asyncio.get_running_loop().call_later(seconds, look)

    async def _look(self, thinking: "asyncio.Task[Any]", look: Callable[[], None]) -> None:
        while self._again:
            self._again = False
            if ended := await self._found(look):
                if thinking.cancel() or self.running.step_ended:
                    # From here on no step begins.
                    self.running.over, self.ended = True, ended
                return
        self._looking = None
        if self._timer:
            self._timer.cancel()
        self._look_at_latest(look)

    async def _found(self, look: Callable[[], None]) -> Interrupted | None:
        """Renew the lease, and return what ends the assistant; None if nothing does."""
        running = self.running
        now = running.clock.now()
        try:
            renewed = await running.run(running.store.renew(running.conversation, running.taken.lease))
            if isinstance(renewed, Stale):
                return Interrupted.LOST
            if not running.is_interruptible:
                return None  # the silence may be that of the action itself
            if renewed.silenced:
                return Interrupted.TAKEN_OVER
            # One that is in the turn itself ends nothing: a START may have followed it.
            if renewed.stop and renewed.stop not in {message.id for message in running.messages}:
                return Interrupted.STOPPED
            if await self._begins_anew(renewed, now, look):
                return Interrupted.SUPERSEDED
        except TurnLost:
            return Interrupted.LOST
        except StoreError as error:
            logger.warning("the lease could not be renewed for now: {}", error)
        except Exception as error:  # noqa: BLE001  (the turn goes on, and the lease must be renewed again)
            logger.opt(exception=error).error("nobody knows what has come for this turn")
        return None

    async def _begins_anew(self, renewed: Renewed, now: datetime, look: Callable[[], None]) -> bool:
        running = self.running
        may = (
            running.on_new_message == "restart"
            and renewed.entries > len(running.messages)
            and now < self.begins_anew_until
        )
        if not may or not await running.would_grow():
            return False
        if running.in_steps:
            running.step_ended = look
            return False
        return True


class Thinking:
    """The assistants that this process has asked, and that have not answered yet. Used on the loop only."""

    def __init__(self) -> None:
        self._asked: set[asyncio.Task[Any]] = set()
        self._ended = False

    def __len__(self) -> int:
        """Return how many they are."""
        return len(self._asked)

    async def over(self, watch: Watch, ask: Callable[[], Coroutine[Any, Any, _T]]) -> _T | Interrupted | None:
        """Ask an assistant, and wait for it as `Watch.over` does; None if the process stops."""
        if self._ended:
            return None
        asked = asyncio.create_task(ask())
        self._asked.add(asked)
        try:
            return await watch.over(asked)
        finally:
            self._asked.discard(asked)

    async def end(self) -> None:
        """End the calls of all assistants, and ask none any more: their turns are released at once, for another process."""
        self._ended = True
        for asked in self._asked:
            asked.cancel()
