"""The loop of a worker process: it carries the conversations that the process works on, each as a coroutine.

A task of Celery only hands its work over. A conversation that waits for an assistant or a provider costs a little memory and
no thread. The loop runs in a thread of its own, which starts with the first work; so it does not matter which pool of Celery
executes the tasks, nor whether it forks.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Context
from threading import Event, Lock, Thread
from typing import Any, Protocol

from loguru import logger

from session.errors import StoreUnavailable

#: Threads for files, and for the addresses of hosts. They begin when they are needed. Python's own few would all wait for a
#: bucket that does not answer, and nothing could be sent meanwhile.
_THREADS = 128

#: Some work for the loop; called on it, once.
Work = Callable[[], Coroutine[Any, Any, None]]


class WorkTaker(Protocol):
    """Takes work from the tasks of Celery."""

    stopping: bool  #: nothing more is to be begun

    def hand_over(self, works: Sequence[Work]) -> None:
        """Begin some work. Returns when it is begun and there is room for more."""

    def beside(self, work: Work) -> None:
        """Have something done beside the work."""

    def undisturbed(self) -> AbstractContextManager[None]:
        """Take nothing from tasks as long as the block lasts."""


class Engine:
    """Carries work on one loop. `places` is how many pieces of it are wanted at the same time."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.loop: asyncio.AbstractEventLoop | None = None
        self.admits_itself = False  #: whether whoever hands over asks for room first, and must not wait
        self.stopping = False
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: deque[Callable[[], None]] = deque()
        self._lock = Lock()
        self._beside: set[asyncio.Task[None]] = set()
        self._undisturbed = 0
        self._at_stop: list[Work] = []
        self._at_end: list[Callable[[], Coroutine[Any, Any, Any]]] = []

    @property
    def running(self) -> int:
        """How many pieces of work are running."""
        return self._running

    @property
    def waiting(self) -> int:
        """How many wait for room."""
        return len(self._waiting)

    @property
    def free(self) -> int:
        """How many more it can carry; none while the process stops."""
        return 0 if self.stopping else max(0, self.places - self._running)

    @property
    def room(self) -> int:
        """How many more are wanted from tasks; none either while something is not to be disturbed."""
        return 0 if self._undisturbed else self.free

    # -- for the threads of Celery

    def hand_over(self, works: Sequence[Work]) -> None:
        """Begin some work. Returns when there is room for more, so that the broker keeps the rest for other workers."""
        if not works:
            return
        loop = self._started()
        with self._lock:
            self._running += len(works)
        loop.call_soon_threadsafe(self._begin_all, works)
        if self.admits_itself or self.room or self.stopping:
            return
        free = Event()
        self.when_free(free.set)
        free.wait()

    def when_free(self, call: Callable[[], None]) -> None:
        """Call back, on the loop, as soon as there is room, or the process stops."""
        self._started().call_soon_threadsafe(self._wait_for_room, call)

    def beside(self, work: Work) -> None:
        """Have something done beside the work, until the process stops. It takes no place."""
        self._started().call_soon_threadsafe(self._begin_beside, work)

    def at_stop(self, *works: Work) -> None:
        """Have something done, in this order, when the process stops and its time for running work is over."""
        self._at_stop += works

    def at_end(self, *works: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Have something done, in this order, when nothing is running any more."""
        self._at_end += works

    def begin_to_stop(self) -> None:
        """Continue nothing in this process, and let whoever waits for room give its work to others."""
        self.stopping = True
        if self.loop:
            self.loop.call_soon_threadsafe(self._call_back)

    def stop(self, seconds: float, *, at_most: float) -> int:
        """Give running work some seconds, then have it given back within `at_most`; returns how much did not end."""
        self.begin_to_stop()
        if self.loop is None:
            return 0
        return asyncio.run_coroutine_threadsafe(self._stop(seconds, at_most), self.loop).result()

    # -- for coroutines on the loop

    def begin(self, work: Work) -> None:
        """Begin more work."""
        with self._lock:
            self._running += 1
        self._begin(work)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Take nothing from tasks as long as the block lasts; others may have it, or it waits."""
        self._undisturbed += 1
        try:
            yield
        finally:
            self._undisturbed -= 1
            self._call_back()

    def _begin_beside(self, work: Work) -> None:
        task = asyncio.get_running_loop().create_task(_carried_out(work), context=Context())
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _begin_all(self, works: Sequence[Work]) -> None:
        for work in works:
            self._begin(work)

    def _begin(self, work: Work) -> None:
        # A delivery that a turn begins is no part of the turn: what the log says of the turn is not true of the delivery.
        task = asyncio.get_running_loop().create_task(_carried_out(work), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        with self._lock:
            self._running -= 1
        if self._waiting:
            self._call_back()

    def _wait_for_room(self, call: Callable[[], None]) -> None:
        self._waiting.append(call)
        self._call_back()

    def _call_back(self) -> None:
        while self._waiting and (self.room or self.stopping):
            self._waiting.popleft()()

    async def _stop(self, seconds: float, at_most: float) -> int:
        await self._end_within(seconds)
        for work in self._at_stop:
            await work()
        await self._end_within(at_most)
        for task in self._beside:
            task.cancel()
        for work in self._at_end:
            await work()
        return len(self._tasks)

    async def _end_within(self, seconds: float) -> None:
        """Wait for all work, also for what that begins: a turn that ends may have something to send."""
        now = asyncio.get_running_loop().time
        until = now() + seconds
        while self._tasks and (left := until - now()) > 0:
            await asyncio.wait(set(self._tasks), timeout=left)

    def _started(self) -> asyncio.AbstractEventLoop:
        if self.loop is None:
            with self._lock:
                if self.loop is None:
                    loop = asyncio.new_event_loop()
                    loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="files"))
                    Thread(target=_run, args=(loop,), daemon=True, name="loop").start()
                    self.loop = loop
        return self.loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    while True:
        try:
            return loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as error:
            # Of a task that an assistant has begun. Without its loop the process would live on, and do nothing.
            logger.opt(exception=error).error("code on the loop tried to end the process; the loop goes on")


async def _carried_out(work: Work) -> None:
    """Do some work. If Redis is down there is nothing to undo: unfinished work is due again."""
    try:
        await work()
    except StoreUnavailable as error:
        logger.error("Redis is unavailable ({}); the sweep will repeat the work", error)
    except Exception as error:  # noqa: BLE001  (whatever one conversation has, the others have not)
        logger.opt(exception=error).error("work on a conversation failed; the sweep will repeat it")


class AtOnce:
    """Carries work out before it returns; for tests, and for a process that takes a single turn."""

    stopping = False
    undisturbed = staticmethod(nullcontext)  #: nothing comes meanwhile

    def hand_over(self, works: Sequence[Work]) -> None:
        """Carry out some work, on a loop and in a thread of its own, because this one may have a loop."""
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._carry_out(works)).result()

    def beside(self, work: Work) -> None:
        """Have something done, at once."""
        self.hand_over([work])

    async def _carry_out(self, works: Sequence[Work]) -> None:
        for work in works:
            await _carried_out(work)
        begun = asyncio.all_tasks() - {asyncio.current_task()}
        if begun:
            await asyncio.wait(begun)
