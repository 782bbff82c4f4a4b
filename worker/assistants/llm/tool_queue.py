"""Passes tool calls of a model to the thread that waits for its answer, and the results back.

So only the thread of a turn uses the turn, and nothing uses it after that thread has given up.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _ToolCall:
    wanted: Any
    told: "asyncio.Future[str]"
    loop: asyncio.AbstractEventLoop


class ToolQueue:
    """The tool calls of one turn: a coroutine submits them, a thread serves them."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._asked: SimpleQueue[_ToolCall | None] = SimpleQueue()
        self._monotonic = monotonic

    async def submit(self, wanted: Any) -> str:
        """Submit a call on the event loop; returns its result."""
        loop = asyncio.get_running_loop()
        call = _ToolCall(wanted=wanted, told=loop.create_future(), loop=loop)
        self._asked.put(call)
        return await call.told

    def finish(self) -> None:
        """Say that there will be no more calls."""
        self._asked.put(None)

    def serve(self, do: Callable[[Any], str], *, seconds: float) -> None:
        """Run the calls in the calling thread until there are no more; an error of a call ends it.

        Raises `TimeoutError` if it takes longer than `seconds`.
        """
        until = self._monotonic() + seconds
        while True:
            try:
                call = self._asked.get(timeout=max(0.0, until - self._monotonic()))
            except Empty:
                raise TimeoutError(f"no answer within {seconds:g} s") from None
            if call is None:
                return
            call.loop.call_soon_threadsafe(_tell, call.told, do(call.wanted))


def _tell(told: "asyncio.Future[str]", what: str) -> None:
    if not told.done():
        told.set_result(what)
