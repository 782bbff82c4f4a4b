"""What ends an assistant before it has answered: an agent, a STOP, a message with which its turn begins anew, another worker.

Whether it is so is always read under the lease, when that is renewed. A notice only makes that happen at once.
"""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final, TypeVar

from loguru import logger

from session.errors import StoreError, TurnLost
from session.leases import Stale
from session.results import Renewed
from worker.notices import MESSAGE, Notices
from worker.running_turns import RunningTurn

_T = TypeVar("_T")

#: A lease is renewed so often in its time.
_RENEWED: Final = 3
#: A turn that takes longer is renewed at once, and hears notices from then on. A shorter one costs nothing.
_UNHEARD_FOR: Final = timedelta(milliseconds=20)


class Interrupted(Enum):
    """Why an assistant is not listened to any more."""

    LOST = auto()  # another worker has the turn
    TAKEN_OVER = auto()  # an agent has the conversation
    STOPPED = auto()  # the customer wants nothing any more
    SUPERSEDED = auto()  # more has come, and the turn begins anew with it


@dataclass(kw_only=True, eq=False, repr=False)
class Watch:
    """Watches over one turn while its assistant is at work."""

    running: RunningTurn
    lease_for: timedelta
    notices: Notices | None
    begins_anew_until: datetime  #: what comes later waits
    ended: Interrupted | None = field(default=None, init=False)
    _look: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def over(self, thinking: "asyncio.Task[_T]") -> _T | Interrupted | None:
        """Wait for an assistant. Raises what it raises.

        Returns why it was cancelled, None if the process stops. From then on nothing is kept for it: a thread that is still at
        work is told so.
        """
        watching = asyncio.create_task(self._watch(thinking))
        try:
            return await thinking
        except asyncio.CancelledError:
            if not thinking.cancelled():
                raise
            return self.ended
        finally:
            self.running.over = True
            watching.cancel()

    async def _watch(self, thinking: "asyncio.Task[Any]") -> None:
        running = self.running
        await asyncio.sleep(_UNHEARD_FOR / timedelta(seconds=1))
        notices = self.notices
        with notices.heard_by(running.conversation, self._hear) if notices else nullcontext():
            while (ended := await self._found()) is None:
                try:
                    async with asyncio.timeout(self.lease_for / _RENEWED / timedelta(seconds=1)):
                        await self._look.wait()
                except TimeoutError:
                    pass
                self._look.clear()
        if thinking.cancel():
            # From here on no step begins.
            running.over, self.ended = True, ended

    def _hear(self, what: str) -> None:
        if what != MESSAGE or self.running.on_new_message == "restart":
            self._look.set()

    async def _found(self) -> Interrupted | None:
        """Renew the lease, and return what ends the assistant; None if nothing does."""
        running = self.running
        now = running.clock.now()
        listener = self.notices.channel if self.notices else ""
        try:
            renewed = await running.run(
                running.store.renew(running.conversation, running.taken.lease, listener=listener)
            )
            if isinstance(renewed, Stale):
                return Interrupted.LOST
            if renewed.silenced:
                return Interrupted.TAKEN_OVER
            # One that is in the turn itself ends nothing: a START may have followed it.
            if renewed.stop and renewed.stop not in {message.id for message in running.messages}:
                return Interrupted.STOPPED
            if await self._begins_anew(renewed, now):
                return Interrupted.SUPERSEDED
        except TurnLost:
            return Interrupted.LOST
        except StoreError as error:
            logger.warning("the lease could not be renewed for now: {}", error)
        return None

    async def _begins_anew(self, renewed: Renewed, now: datetime) -> bool:
        running = self.running
        may = (
            running.on_new_message == "restart"
            and renewed.entries > len(running.messages)
            and now < self.begins_anew_until
        )
        if not may or not await running.would_grow():
            return False
        if running.in_steps:
            running.step_ended = self._look.set
            return False
        return True
