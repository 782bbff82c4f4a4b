"""Carries out calls that wait until what they wrote is durable, for the coroutines of a loop.

A server answers nothing else on a connection that waits, so these calls have connections of their own. All that are ready go
out together and share one wait; meanwhile the next ones gather. So waiting takes time, and costs no throughput.
"""

import asyncio
from typing import Any

from session.store.calls import Call
from session.store.runners import Redis, Runner


class DurableCalls:
    """The calls with a `Call.wait`. For one loop at a time."""

    def __init__(self, client: Redis) -> None:
        self._run = Runner(client)
        self._begin(None)

    def _begin(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
        self._ready: list[tuple[Call[Any], asyncio.Future[Any]]] = []
        self._sending: asyncio.Task[None] | None = None

    async def outcome(self, call: Call[Any]) -> Any:
        """Carry out a call with others; return its result or its error, for example `NotDurable`."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._begin(loop)
        future: asyncio.Future[Any] = loop.create_future()
        self._ready.append((call, future))
        if self._sending is None:
            self._sending = loop.create_task(self._send())
        return await future

    async def _send(self) -> None:
        try:
            while self._ready:
                some, self._ready = self._ready, []
                results = await asyncio.to_thread(self._outcomes, [call for call, _ in some])
                for (_, future), result in zip(some, results, strict=True):
                    if not future.done():
                        future.set_result(result)
        finally:
            self._sending = None

    def _outcomes(self, calls: list[Call[Any]]) -> list[Any]:
        try:
            return self._run.outcomes(calls)
        except Exception as error:  # noqa: BLE001  (it belongs to those who wait)
            return [error] * len(calls)
