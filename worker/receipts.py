"""Shows customers read marks and the typing indicator. Knows no turn and no Redis.

All other effects of a turn are data until its commit. Receipts are sent before it, because they may be lost or
repeated without harm: nothing waits for them, and nothing is stored.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Full, Queue
from threading import Lock, Thread

from loguru import logger

from session.messages import Message
from worker.channels.blocking import BlockingReceipts


@dataclass(slots=True, kw_only=True)
class _Note:
    channel: BlockingReceipts
    message: Message
    answered: bool = False  #: the assistant has finished; typing would be shown after the answer


class Receipts:
    """Sends receipts in parallel with the turns, with one thread for each process and a bounded queue.

    Of `channels`, by the name in `Route.channel`, only those that are `BlockingReceipts` are used. `room` is the size of the
    queue; receipts beyond it are dropped.
    """

    def __init__(self, channels: Mapping[str, object], *, room: int = 50) -> None:
        self._channels = {name: one for name, one in channels.items() if isinstance(one, BlockingReceipts)}
        self._waiting: Queue[_Note] = Queue(room)
        self._thread: Thread | None = None
        self._starting = Lock()

    @contextmanager
    def while_answered(self, message: Message) -> Iterator[None]:
        """Mark a message as read; show the customer that the business types while the block lasts.

        Returns at once and raises nothing of its own. A receipt sent after the end of the block has no typing indicator.
        """
        note = self._queue(message)
        try:
            yield
        finally:
            if note:
                note.answered = True

    def _queue(self, message: Message) -> _Note | None:
        channel = self._channels.get(message.route.channel)
        if channel is None:
            return None
        note = _Note(channel=channel, message=message)
        try:
            self._waiting.put_nowait(note)
            self._ensure_thread()
        except Full:
            logger.debug("read mark not sent: too many wait", message=message.id)
        except RuntimeError as error:  # the system has no thread left
            logger.debug("read mark not sent yet: {}", error, message=message.id)
        return note

    def _ensure_thread(self) -> None:
        # Checked each time, because a thread does not survive a fork.
        if self._thread and self._thread.is_alive():
            return
        with self._starting:
            if self._thread and self._thread.is_alive():
                return
            thread = Thread(target=self._work, daemon=True, name="receipts")
            thread.start()
            self._thread = thread

    def _work(self) -> None:
        while True:
            _show(self._waiting.get())


def _show(note: _Note) -> None:
    try:
        why_not = note.channel.show_read(note.message, typing=not note.answered)
    except Exception as error:  # noqa: BLE001  (whatever it was, the next message is shown)
        why_not = type(error).__name__
    if why_not:
        logger.debug("read mark not sent: {}", why_not, message=note.message.id)
