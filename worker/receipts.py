"""Shows customers that they are heard: their message was read, an answer is being written. Knows no turn and no Redis.

Everything else that a turn causes is data until its commit. This goes out before, because it may be lost or
repeated without harm: nothing waits for it, and nothing is kept of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Full, Queue
from threading import Lock, Thread

from loguru import logger

from session.masking import mask
from session.messages import Message
from worker.channels.protocols import ReceiptSender


@dataclass(slots=True, kw_only=True)
class _Note:
    channel: ReceiptSender
    message: Message
    answered: bool = False  #: the assistant has come to its end; typing would be shown after the answer


class Receipts:
    """Tells providers beside the turns, through one thread a process and a queue that drops what it has no room for.

    Of `channels`, by the name in `Route.channel`, only those that are `ReceiptSender` are told anything. `room` is how
    many messages may wait.
    """

    def __init__(self, channels: Mapping[str, object], *, room: int = 50) -> None:
        self._channels = {name: one for name, one in channels.items() if isinstance(one, ReceiptSender)}
        self._waiting: Queue[_Note] = Queue(room)
        self._thread: Thread | None = None
        self._starting = Lock()

    @contextmanager
    def while_answered(self, message: Message) -> Iterator[None]:
        """Mark a message as read; show the customer that the business types while the block lasts.

        Returns at once, raises nothing of its own. What has not gone out when the block ends goes out without typing.
        """
        note = self._tell(message)
        try:
            yield
        finally:
            if note:
                note.answered = True

    def _tell(self, message: Message) -> _Note | None:
        channel = self._channels.get(message.route.channel)
        if channel is None:
            return None
        note = _Note(channel=channel, message=message)
        try:
            self._waiting.put_nowait(note)
            self._see_to_the_thread()
        except Full:
            logger.debug("not shown as read: too many wait", message=mask(message.id))
        except RuntimeError as error:  # the system has no thread left
            logger.debug("not shown as read for now: {}", error, message=mask(message.id))
        return note

    def _see_to_the_thread(self) -> None:
        # Looked at anew each time: a thread does not follow its process through a fork.
        if self._thread and self._thread.is_alive():
            return
        with self._starting:
            if self._thread and self._thread.is_alive():
                return
            thread = Thread(target=self._work, daemon=True, name="heard")
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
        logger.debug("not shown as read: {}", why_not, message=mask(note.message.id))
