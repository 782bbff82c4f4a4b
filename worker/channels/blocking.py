"""Channels for callers without an event loop: each call is carried out on one loop in a thread of its own."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any, Protocol, TypeVar

from session.messages import Delivery
from worker.channels.outcomes import Outcome
from worker.channels.protocols import Channel

_T = TypeVar("_T")


class BlockingChannel(Protocol):
    """A channel whose sends block."""

    def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply. Blocks for no longer than the channel's time-outs; never raises."""


class BackgroundLoop:
    """An event loop in a daemon thread, which is started at the first call."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = Lock()

    def __call__(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what a coroutine returns, or raise what it raises."""
        return self.start(work).result()

    def start(self, work: Coroutine[Any, Any, _T]) -> Future[_T]:
        """Begin a coroutine; return its future result."""
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=self._loop.run_forever, daemon=True, name="channels").start()
        return asyncio.run_coroutine_threadsafe(work, self._loop)


class Blocking:
    """A channel on a background loop."""

    def __init__(self, channel: Channel, run: BackgroundLoop) -> None:
        self._channel = channel
        self._run = run

    def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply."""
        return self._run(self._channel.send(delivery))
