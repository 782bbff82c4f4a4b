"""Shows customers read marks and the typing indicator. Knows no turn and no Redis.

All other effects of a turn are data until its commit. Receipts are sent before it, because they may be lost or
repeated without harm: nothing waits for them, and nothing is stored.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from loguru import logger

from session.messages import Message
from worker.channels.protocols import ReceiptSender


@dataclass(slots=True, kw_only=True)
class _Note:
    channel: ReceiptSender
    message: Message
    answered: bool = False  #: the assistant has finished; typing would be shown after the answer


class Receipts:
    """Sends receipts in parallel with the turns, each in a task of its own.

    Of `channels`, by the name in `Route.channel`, only those that are `ReceiptSender` are used. At most `room` receipts are
    in progress; those beyond it are dropped.
    """

    def __init__(self, channels: Mapping[str, object], *, room: int = 50) -> None:
        self._channels = {name: one for name, one in channels.items() if isinstance(one, ReceiptSender)}
        self._room = room
        self._in_progress: set[asyncio.Task[None]] = set()

    @contextmanager
    def while_answered(self, message: Message) -> Iterator[None]:
        """Mark a message as read; show the customer that the business types while the block lasts.

        Returns at once and raises nothing of its own. A receipt sent after the end of the block has no typing indicator.
        """
        note = self._begin(message)
        try:
            yield
        finally:
            if note:
                note.answered = True

    def close(self) -> None:
        """Cancel what is in progress, so that nothing waits for it."""
        for showing in tuple(self._in_progress):
            showing.cancel()

    def _begin(self, message: Message) -> _Note | None:
        channel = self._channels.get(message.route.channel)
        if channel is None:
            return None
        if len(self._in_progress) >= self._room:
            logger.debug("read mark not sent: too many wait", message=message.id)
            return None
        note = _Note(channel=channel, message=message)
        showing = asyncio.create_task(_show(note))
        self._in_progress.add(showing)
        showing.add_done_callback(self._in_progress.discard)
        return note


async def _show(note: _Note) -> None:
    try:
        why_not = await note.channel.show_read(note.message, typing=not note.answered)
    except Exception as error:  # noqa: BLE001  (whatever it was, the next message is shown)
        why_not = type(error).__name__
    if why_not:
        logger.debug("read mark not sent: {}", why_not, message=note.message.id)
