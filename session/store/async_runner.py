"""Carries out calls and programs of many coroutines on one loop."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from session.store.calls import Call, Program
from session.store.runners import Redis, Runner

_T = TypeVar("_T")


class AsyncRunner:
    """Carries out calls and programs on one Redis, for the coroutines of one loop."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self._sync = Runner(client)

    async def __call__(self, work: Call[_T] | Program[_T]) -> _T:
        """Do what `Runner` does, with the same errors."""
        return await asyncio.to_thread(self._sync, work)

    async def together(self, works: Sequence[Call[_T] | Program[_T]]) -> list[_T]:
        """Do what `Runner.together` does."""
        return await asyncio.to_thread(self._sync.together, works)

    async def outcomes(self, works: Sequence[Call[_T] | Program[_T]]) -> list[Any]:
        """Do what `Runner.outcomes` does."""
        return await asyncio.to_thread(self._sync.outcomes, works)

    async def close(self) -> None:
        """Close the connections."""
        self.client.close()


class AwaitedRunner(AsyncRunner):
    """An `AsyncRunner` over a `Runner`: whatever is awaited is carried out at once. For tests and short programs."""

    def __init__(self, run: Runner) -> None:
        self.client = run.client
        self._sync = run

    async def __call__(self, work: Call[_T] | Program[_T]) -> _T:
        """Do what `Runner` does, while the loop stands still."""
        return self._sync(work)

    async def together(self, works: Sequence[Call[_T] | Program[_T]]) -> list[_T]:
        """Do what `Runner.together` does."""
        return self._sync.together(works)

    async def outcomes(self, works: Sequence[Call[_T] | Program[_T]]) -> list[Any]:
        """Do what `Runner.outcomes` does."""
        return self._sync.outcomes(works)
