"""Takes a turn alone, in a process of its own: whatever dies with it, it was its doing, and nobody else's turn is lost."""

import multiprocessing
import signal
from datetime import timedelta
from enum import Enum, auto
from multiprocessing.connection import Connection
from threading import Lock

from loguru import logger

from session.logs import start_logging
from session.masking import mask
from worker.settings import WorkerSettings

#: A process that has not begun by then, in seconds, never will: it imports the assistant and opens its records.
_STARTS_WITHIN = 60


class Ended(Enum):
    """What became of a turn that was to be taken alone."""

    DONE = auto()  # it was taken, or there was nothing to take
    DIED = auto()  # its process died of it, or was ended since it did not come to an end
    BUSY = auto()  # another one is being taken alone
    NEVER_BEGAN = auto()  # no process could be had


class Alone:
    """Takes one turn at a time in a process of its own; for `at_most` each, once it has begun."""

    def __init__(self, at_most: timedelta) -> None:
        self._at_most = at_most / timedelta(seconds=1)
        self._one = Lock()

    def take(self, conversation: str, holder: str) -> Ended:
        """Take a turn whose lease is held under `holder`, and wait for its end."""
        if not self._one.acquire(blocking=False):
            return Ended.BUSY
        try:
            return self._run(conversation, holder)
        finally:
            self._one.release()

    def _run(self, conversation: str, holder: str) -> Ended:
        # A fork would take over the threads' locks, and half of an assistant's state.
        spawn = multiprocessing.get_context("spawn")
        listening, telling = spawn.Pipe(duplex=False)
        process = spawn.Process(target=take_in_own_process, args=(conversation, holder, telling), daemon=True)
        try:
            process.start()
        except (OSError, RuntimeError, AssertionError) as error:
            logger.error("no process could be started: {}", error)
            return Ended.NEVER_BEGAN
        telling.close()  # the other end closes with the process
        try:
            if not _hears(listening, _STARTS_WITHIN):
                return Ended.NEVER_BEGAN
            return Ended.DONE if _hears(listening, self._at_most) else Ended.DIED
        finally:
            if process.is_alive():
                process.join(1)
            process.kill()
            process.join()
            process.close()
            listening.close()


def _hears(listening: Connection, seconds: float) -> bool:
    """Wait for a word of the process; False if it dies or takes too long."""
    try:
        return listening.poll(seconds) and bool(listening.recv())
    except (EOFError, OSError):
        return False


def take_in_own_process(conversation: str, holder: str, telling: Connection) -> None:
    """Take one turn, as a process of its own; tells when it begins and when it has ended."""
    # Only here: they import this module themselves.
    from worker.app import build  # noqa: PLC0415
    from worker.composition import bootstrap  # noqa: PLC0415

    # Ctrl-C reaches everybody in the terminal; whoever waits for this decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = WorkerSettings.load()
    start_logging(level=settings.log_level, as_json=settings.log_json)
    services = bootstrap(settings, build(settings))
    telling.send("begun")
    with logger.contextualize(conversation=mask(conversation)):
        services.turns.take_alone(conversation, holder)
    telling.send("done")
