"""How bodies are stored and workers woken: at once, in a thread that waits, or awaited on the loop of the server.

A `Keeper` is one of the two ways; whoever uses it is written once, as a coroutine.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from session.results import Stored
from session.store import AsyncRunner, IntakeStore, Runner

_T = TypeVar("_T")


class Bodies(Protocol):
    """Stores bodies."""

    def store(self, body: bytes, *, source: str, ordering_key: str, by_agent: bool = False) -> Stored:
        """Store a body; return when, and which shard must be woken. Raises `StoreError` if it was not stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Stores bodies in Redis."""

    run: Runner
    intake: IntakeStore

    def store(self, body: bytes, *, source: str, ordering_key: str, by_agent: bool = False) -> Stored:
        """Store a body; return when, and which shard must be woken. Raises `StoreError` if it was not stored."""
        return self.run(self.intake.store(body, source=source, ordering_key=ordering_key, by_agent=by_agent))


class Waking(Protocol):
    """Wakes the workers that read the bodies."""

    def publish(self, shard: int) -> None:
        """Wake the intake of a shard. Never raises, and does not take long."""


class Keeper(Protocol):
    """Stores the bodies of providers and wakes the workers, for a coroutine."""

    async def store(self, body: bytes, *, source: str, ordering_key: str) -> Stored:
        """Store a body, see `Bodies.store`."""

    async def wake(self, shard: int) -> None:
        """Wake the intake of a shard, see `Waking.publish`."""


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Does everything while the thread waits; `carried_out` runs a coroutine that awaits nothing else."""

    bodies: Bodies
    waking: Waking

    async def store(self, body: bytes, *, source: str, ordering_key: str) -> Stored:
        """Store a body."""
        return self.bodies.store(body, source=source, ordering_key=ordering_key)

    async def wake(self, shard: int) -> None:
        """Wake the intake of a shard."""
        self.waking.publish(shard)


@dataclass(frozen=True, slots=True)
class OnLoop:
    """Stores the bodies of many requests in one write, while the loop goes on."""

    run: AsyncRunner
    intake: IntakeStore
    waking: Waking

    async def store(self, body: bytes, *, source: str, ordering_key: str) -> Stored:
        """Store a body."""
        return await self.run(self.intake.store(body, source=source, ordering_key=ordering_key))

    async def wake(self, shard: int) -> None:
        """Wake the intake of a shard; a broker that does not answer holds a thread, and not the loop."""
        # A process that ends starts no threads any more: the sweep wakes instead.
        with suppress(RuntimeError):
            await asyncio.to_thread(self.waking.publish, shard)


def carried_out(work: Coroutine[Any, Any, _T]) -> _T:
    """Return the result of a coroutine that never waits. Raises `RuntimeError` for one that does."""
    try:
        work.send(None)
    except StopIteration as ended:
        result: _T = ended.value
        return result
    work.close()
    raise RuntimeError("a coroutine waits where nobody can wait for it")
