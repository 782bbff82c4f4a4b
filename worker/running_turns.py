"""A turn while its assistant is at work: its lease is renewed, and what must not be done twice is kept at once."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from typing import Any, TypeVar

from loguru import logger

from session.admission import Admission
from session.clock import Clock
from session.errors import StoreError, TurnLost
from session.leases import Stale, TurnTaken
from session.messages import Message, Reply
from session.outgoing import TurnContext, deliveries_of
from session.results import NoRoom
from session.store import AsyncRunner, RunningTurnStore

_T = TypeVar("_T")

#: A lease is renewed so often in its time.
_RENEWED = 3


class Interrupted(Enum):
    """Why an assistant is not listened to any more."""

    LOST = auto()  # another worker has the turn
    TAKEN_OVER = auto()  # an agent has the conversation


@dataclass(kw_only=True, eq=False, repr=False)
class RunningTurn:
    """One turn. It keeps steps and early replies for a coroutine: see `session.steps.AsyncKeeper`."""

    run: AsyncRunner
    store: RunningTurnStore
    clock: Clock
    conversation: str
    taken: TurnTaken
    lease_for: timedelta
    wake_delivery: Callable[[str], None]
    ended: Interrupted | None = None
    kept: dict[str, str] = field(init=False)
    said: int = 0  #: deliveries of early replies that this run has queued
    _over: bool = field(default=False, init=False)
    _about: tuple[TurnContext, Admission, Sequence[Message]] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.kept = dict(self.taken.kept)

    def begins(self, context: TurnContext, admission: Admission, messages: Sequence[Message]) -> None:
        """Take note of what early replies are made of."""
        self._about = context, admission, messages

    async def listen(self, thinking: "asyncio.Task[_T]") -> _T | Interrupted | None:
        """Wait for an assistant, and renew the lease meanwhile. Raises what it raises.

        Returns why it was cancelled, None if the process stops. From then on nothing is kept for it: a thread that is still at
        work is told so.
        """
        renewing = asyncio.create_task(self.renew(thinking))
        try:
            return await thinking
        except asyncio.CancelledError:
            if not thinking.cancelled():
                raise
            return self.ended
        finally:
            self._over = True
            renewing.cancel()

    async def keep(self, field: str, value: str) -> str:
        """Keep a step; return what is kept."""
        self._check()
        kept = await self.run(
            self.store.keep(self.conversation, self.taken.lease, field, value, now=self.clock.now())
        )
        if isinstance(kept, Stale):
            raise TurnLost("the turn is another worker's by now; the step was not kept")
        self.kept[field] = kept
        return kept

    async def say(self, field: str, reply: Reply) -> bool:
        """Queue an early reply unless it was before; False if the outbox has no room."""
        self._check()
        if field in self.kept:
            return True
        assert self._about is not None  # noqa: S101  (an assistant has begun)
        context, admission, messages = self._about
        session = admission.session
        assert session is not None  # noqa: S101  (there is something to answer, so there is a session)
        if admission.opted_out:
            return True  # like every reply of this turn
        assert session.route is not None  # noqa: S101  (the customer has written)
        deliveries = deliveries_of(
            context,
            reply,
            route=session.route,
            conversation=self.conversation,
            window_until=session.window_until,
            came=min(message.received_at for message in messages),
            first=self.said,
        )
        # Counted before the answer: if it is lost, the ids are not used for others.
        self.said += len(deliveries)
        said = await self.run(
            self.store.say(
                self.conversation, self.taken.lease, field, reply.text, deliveries, now=self.clock.now()
            )
        )
        if isinstance(said, Stale):
            raise TurnLost("the turn is another worker's by now; nothing was said")
        if isinstance(said, NoRoom):
            return False
        self.kept[field] = said.value
        if said.wake_delivery:
            self.wake_delivery(self.conversation)
        return True

    def _check(self) -> None:
        if self._over:
            raise TurnLost("the turn has ended without this assistant")

    async def renew(self, thinking: "asyncio.Task[Any]") -> None:
        """Renew the lease until cancelled; cancel the assistant if the turn is lost, or an agent has taken over."""
        while True:
            await asyncio.sleep(self.lease_for / _RENEWED / timedelta(seconds=1))
            try:
                renewed = await self.run(
                    self.store.renew(self.conversation, self.taken.lease, now=self.clock.now())
                )
            except StoreError as error:
                logger.warning("the lease could not be renewed for now: {}", error)
                continue
            if isinstance(renewed, Stale) or renewed.silenced:
                if thinking.cancel():
                    self.ended = Interrupted.LOST if isinstance(renewed, Stale) else Interrupted.TAKEN_OVER
                return


class Blocking:
    """Keeps the same for an assistant that runs in a thread: each call waits for the loop."""

    def __init__(self, running: RunningTurn, loop: asyncio.AbstractEventLoop) -> None:
        self._running = running
        self._loop = loop

    def keep(self, field: str, value: str) -> str:
        """Keep a step; return what is kept."""
        kept: str = self._wait(self._running.keep(field, value))
        return kept

    def say(self, field: str, reply: Reply) -> bool:
        """Queue an early reply unless it was before; False if the outbox has no room."""
        said: bool = self._wait(self._running.say(field, reply))
        return said

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
