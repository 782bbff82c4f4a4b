"""Carries out the calls and programs of many coroutines on one loop: what is ready together goes out together."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

from redis.cluster import RedisCluster

from session.store.answers import in_other_words, result
from session.store.async_durable import DurableCalls
from session.store.async_servers import AsyncNodes
from session.store.async_wire import AsyncWire
from session.store.calls import Call, Program, Together, Where
from session.store.failures import FAILURES
from session.store.rounds import Rounds, rounds, together
from session.store.runners import Redis, Runner
from session.store.servers import elsewhere

_T = TypeVar("_T")


class AsyncRunner:
    """Does what `Runner` does, for the coroutines of a loop, on one connection to each server.

    A coroutine that is cancelled leaves its call as it is: it may or may not be carried out, and disturbs no other.
    """

    def __init__(self, client: Redis) -> None:
        """Take the client that knows the address. It connects at the first call, on the loop of that call."""
        self.client = client
        self._server = AsyncNodes(client) if isinstance(client, RedisCluster) else AsyncWire(client)
        self._durable = DurableCalls(client)

    async def __call__(self, work: Call[_T] | Program[_T]) -> _T:
        """Carry out a call, or a program call by call, and return its result. Raises what `Runner` raises."""
        return await self._carry_out(rounds(work))

    async def together(self, works: Sequence[Call[_T] | Program[_T]]) -> list[_T]:
        """Carry out works that do not depend on each other, see `Runner.together`."""
        return await self._carry_out(together(Together(works)))

    async def outcomes(self, works: Sequence[Call[_T] | Program[_T]]) -> list[Any]:
        """Do the same, and return each error in the place of its result."""
        return await self._carry_out(together(Together(works, errors=True)))

    async def close(self) -> None:
        """Close the connections when what is in flight has been answered."""
        await self._server.close()
        self.client.close()

    async def _carry_out(self, asking: Rounds[_T]) -> _T:
        try:
            calls = next(asking)
            while True:
                calls = asking.send(await self._ask(calls))
        except StopIteration as ended:
            value: _T = ended.value
            return value

    async def _ask(self, calls: list[Call[Any]]) -> list[Any]:
        """Return the result or the error of each call."""
        waits = [call for call in calls if call.wait]
        if waits:
            return await self._ask_durably(calls, waits)
        keyed = [call.words for call in calls if call.where is Where.OF_ITS_KEY]
        answers = iter(await self._server.ask(keyed))
        results: list[Any] = []
        for call in calls:
            answer = next(answers) if call.where is Where.OF_ITS_KEY else await self._elsewhere(call)
            again = call
            while isinstance(answer, Exception) and (other := in_other_words(again, answer)):
                again = other
                (answer,) = await self._server.ask([again.words])
            results.append(result(call, answer))
        return results

    async def _ask_durably(self, calls: list[Call[Any]], waits: list[Call[Any]]) -> list[Any]:
        others = self._ask([call for call in calls if not call.wait])
        usual, *kept = await asyncio.gather(others, *(self._durable.outcome(call) for call in waits))
        results, durable = iter(usual), iter(kept)
        return [next(durable) if call.wait else next(results) for call in calls]

    async def _elsewhere(self, call: Call[Any]) -> Any:
        try:
            return await asyncio.to_thread(elsewhere, self.client, call)
        except FAILURES as error:
            return error


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

    async def close(self) -> None:
        """Close the connections."""
        self._sync.close()
