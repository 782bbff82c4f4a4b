"""The threads in which assistants run, and what reads media, if they are no coroutines. A thread in which one hangs is left, and replaced."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from datetime import timedelta
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from session.errors import InturnError

_T = TypeVar("_T")

_Job = Callable[[], None]


class DeadlineExceeded(InturnError):
    """Raised when an assistant takes too long."""


class EndedItself(InturnError):
    """Raised when an assistant, or what reads media, has tried to end the process, or was cancelled by itself."""


async def contained(answer: Awaitable[_T]) -> _T:
    """Return the answer of code of the operator that is a coroutine. Raises what it raises, and `EndedItself`.

    What it raises to end the process would end the loop of all conversations, and what it cancels by itself would look as if
    the process stopped.
    """
    try:
        return await answer
    except (SystemExit, KeyboardInterrupt) as error:
        raise _ended_by(error) from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task and task.cancelling():
            raise
        raise _ended_by(error) from error


def _ended_by(error: BaseException) -> EndedItself:
    return EndedItself(f"it ended with {type(error).__name__}{f': {error}' if str(error) else ''}")


async def in_time(answer: Awaitable[_T], *, within: timedelta) -> _T:
    """Return the answer of an assistant that is a coroutine. Raises `DeadlineExceeded` if it takes longer."""
    deadline = asyncio.timeout(within / timedelta(seconds=1))
    try:
        async with deadline:
            return await contained(answer)
    except TimeoutError:
        if deadline.expired():
            raise DeadlineExceeded(f"no answer within {within.total_seconds():g} s") from None
        raise


class AssistantThreads:
    """At most `most` calls at the same time. Threads start when they are needed, and none of them holds the process at its end."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)
        self._idle: list[SimpleQueue[_Job]] = []
        self._threads = 0

    @property
    def busy(self) -> int:
        """How many threads are at work, those that were left included."""
        return self._threads - len(self._idle)

    async def call(self, function: Callable[[], _T], *, within: timedelta | None) -> _T:
        """Return what a function returns, or raise what it raises (see `contained`). A wait for a thread does not count as its time.

        Raises `DeadlineExceeded` if it takes longer than `within`; the function goes on in its thread, and its result is
        ignored. The same if the caller is cancelled.
        """
        async with self._free:
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[_T] = loop.create_future()
            context = copy_context()
            jobs = self._idle.pop() if self._idle else self._new_thread()

            def settle(result: Any, error: BaseException | None) -> None:
                self._idle.append(jobs)
                if answer.done():  # nobody waits any more
                    return
                if error:
                    answer.set_exception(error)
                else:
                    answer.set_result(result)

            def job() -> None:
                result: Any = None
                error: BaseException | None = None
                try:
                    result = context.run(function)
                except (StopIteration, SystemExit, KeyboardInterrupt, asyncio.CancelledError) as ended:
                    error = _ended_by(ended)  # a future cannot carry it, or it would end more than this
                except BaseException as raised:  # noqa: BLE001  (it is raised again where the answer is waited for)
                    error = raised
                try:
                    loop.call_soon_threadsafe(settle, result, error)
                except RuntimeError:  # the loop is closed: nobody waits any more
                    self._idle.append(jobs)

            jobs.put(job)
            try:
                async with asyncio.timeout(within / timedelta(seconds=1) if within else None):
                    return await answer
            except TimeoutError:
                if answer.cancelled() and within:
                    raise DeadlineExceeded(f"no answer within {within.total_seconds():g} s") from None
                raise

    def _new_thread(self) -> "SimpleQueue[_Job]":
        self._threads += 1
        jobs: SimpleQueue[_Job] = SimpleQueue()
        Thread(target=_work, args=(jobs,), daemon=True, name="assistant").start()
        return jobs


def _work(jobs: "SimpleQueue[_Job]") -> None:
    while True:
        jobs.get()()
