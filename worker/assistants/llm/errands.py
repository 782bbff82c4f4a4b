"""Carries what a model asks for to the thread that waits for its answer, and the result back.

So a turn is touched by its own thread only, and by nobody once that thread has given up.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    wanted: Any
    told: "asyncio.Future[str]"
    loop: asyncio.AbstractEventLoop


class Errands:
    """The errands of one turn: a coroutine asks, a thread serves."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._asked: SimpleQueue[_Errand | None] = SimpleQueue()
        self._monotonic = monotonic

    async def ask(self, wanted: Any) -> str:
        """Ask for something, on an event loop; returns what the thread says to it."""
        loop = asyncio.get_running_loop()
        errand = _Errand(wanted=wanted, told=loop.create_future(), loop=loop)
        self._asked.put(errand)
        return await errand.told

    def finish(self) -> None:
        """Say that nothing more will be asked."""
        self._asked.put(None)

    def serve(self, do: Callable[[Any], str], *, seconds: float) -> None:
        """Do what is asked for until nothing more will be, in the calling thread; whatever that raises ends it.

        Raises `TimeoutError` if it takes longer.
        """
        until = self._monotonic() + seconds
        while True:
            try:
                errand = self._asked.get(timeout=max(0.0, until - self._monotonic()))
            except Empty:
                raise TimeoutError(f"no answer within {seconds:g} s") from None
            if errand is None:
                return
            errand.loop.call_soon_threadsafe(_tell, errand.told, do(errand.wanted))


def _tell(told: "asyncio.Future[str]", what: str) -> None:
    if not told.done():
        told.set_result(what)
