"""Takes a turn alone, in a separate process: if that process dies, the turn is the cause, and no other turn is affected."""

import asyncio
import multiprocessing
import signal
from datetime import timedelta
from enum import Enum, auto
from multiprocessing.connection import Connection
from threading import Lock
from typing import TYPE_CHECKING

from loguru import logger

from session.logs import start_logging
from worker.settings import WorkerSettings
from worker.wakeups import FLUSHED_WITHIN

if TYPE_CHECKING:
    from worker.composition import Services

#: Seconds until the process must have begun: it imports the assistant and opens its records.
_STARTS_WITHIN = 60


class Ended(Enum):
    """The outcome of a turn that was to be taken alone."""

    DONE = auto()  # it was taken, or there was nothing to take
    DIED = auto()  # its process died, or was killed because it took too long
    BUSY = auto()  # another turn is being taken alone
    NEVER_BEGAN = auto()  # no process could be started


class SeparateProcess:
    """Takes one turn at a time in a separate process, each for `at_most` once it has begun."""

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
        # A fork would copy held locks, and an assistant's state halfway through a change.
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
    """Wait for a message of the process; False if it dies or takes too long."""
    try:
        return listening.poll(seconds) and bool(listening.recv())
    except (EOFError, OSError):
        return False


async def _take(services: "Services", conversation: str, holder: str) -> None:
    try:
        await services.turns.take_alone(conversation, holder)
    finally:
        await services.turns.answerer.senders.close()


def take_in_own_process(conversation: str, holder: str, telling: Connection) -> None:
    """Take one turn, as a separate process; report when it begins and when it has ended."""
    # Imported here, because these modules import this one.
    from worker.app import build  # noqa: PLC0415
    from worker.composition import bootstrap  # noqa: PLC0415

    # Ctrl-C reaches all processes of the terminal; the waiting process decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = WorkerSettings.load()
    start_logging(level=settings.log_level, as_json=settings.log_json)
    services = bootstrap(settings, build(settings))
    telling.send("begun")
    with logger.contextualize(conversation=conversation):
        asyncio.run(_take(services, conversation, holder))
    services.waker.flush(FLUSHED_WITHIN)
    telling.send("done")
