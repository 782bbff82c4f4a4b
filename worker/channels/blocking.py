"""Channels for callers without an event loop: each call is carried out on one loop in a thread of its own."""

import asyncio
from collections.abc import Coroutine
from threading import Lock, Thread
from typing import Any, Protocol, TypeVar, runtime_checkable

from session.messages import Delivery, Message
from worker.channels.outcomes import Outcome
from worker.channels.protocols import Channel, ReceiptSender

_T = TypeVar("_T")


class BlockingChannel(Protocol):
    """A channel whose sends block."""

    def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply. Blocks for no longer than the channel's time-outs; never raises."""


@runtime_checkable
class BlockingReceipts(Protocol):
    """A channel whose receipts block."""

    def show_read(self, message: Message, *, typing: bool) -> str | None:
        """Mark a message as read; None if the provider accepted it, else why not."""


class BackgroundLoop:
    """An event loop in a daemon thread, which is started at the first call."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._starting = Lock()

    def __call__(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what a coroutine returns, or raise what it raises."""
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=self._loop.run_forever, daemon=True, name="channels").start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class Blocking:
    """A channel on a background loop."""

    def __init__(self, channel: Channel, run: BackgroundLoop) -> None:
        self._channel = channel
        self._run = run

    def send(self, delivery: Delivery) -> Outcome:
        """Send one rendered reply."""
        return self._run(self._channel.send(delivery))

    def show_read(self, message: Message, *, typing: bool) -> str | None:
        """Mark a message as read."""
        assert isinstance(self._channel, ReceiptSender)  # noqa: S101  (only these are asked)
        return self._run(self._channel.show_read(message, typing=typing))
