"""Assistants that are no coroutines run in threads; one that hangs costs its turn and nothing else."""

import asyncio
from datetime import timedelta
from threading import Barrier, Event, get_ident

import pytest

from worker.assistant_threads import AssistantThreads, DeadlineExceeded, EndedItself, contained, in_time

SOON = timedelta(milliseconds=20)
LONG = timedelta(seconds=30)


def test_it_returns_what_the_function_returns_and_raises_what_it_raises():
    async def calls() -> str:
        threads = AssistantThreads(2)
        with pytest.raises(KeyError):
            await threads.call(lambda: {}["x"], within=LONG)
        with pytest.raises(TimeoutError, match="its own"):
            await threads.call(raises(TimeoutError("its own")), within=LONG)
        return await threads.call(lambda: "said", within=LONG)

    assert asyncio.run(calls()) == "said"


def raises(error):
    def call():
        raise error

    return call


ENDINGS = [SystemExit("bye"), KeyboardInterrupt(), asyncio.CancelledError(), StopIteration()]


@pytest.mark.parametrize("ending", ENDINGS, ids=repr)
def test_what_would_end_the_loop_or_look_like_a_stop_is_an_error_of_that_call(ending):
    async def calls() -> str:
        threads = AssistantThreads(1)
        with pytest.raises(EndedItself, match=type(ending).__name__):
            await threads.call(raises(ending), within=LONG)
        return await threads.call(lambda: "the next one", within=LONG)

    assert asyncio.run(calls()) == "the next one"


@pytest.mark.parametrize("ending", ENDINGS[:3], ids=repr)
def test_the_same_holds_for_a_coroutine(ending):
    async def ends() -> None:
        raise ending

    async def calls() -> None:
        with pytest.raises(EndedItself, match=type(ending).__name__):
            await in_time(ends(), within=LONG)

    asyncio.run(calls())


def test_who_is_cancelled_by_others_is_cancelled():
    async def calls() -> bool:
        call = asyncio.create_task(contained(asyncio.Event().wait()))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.wait([call])
        return call.cancelled()

    assert asyncio.run(calls())


def test_so_many_run_at_the_same_time_and_threads_are_used_again():
    async def calls() -> tuple[list[int], int]:
        threads, together = AssistantThreads(3), Barrier(3, timeout=10)

        def meets() -> int:
            together.wait()
            return get_ident()

        first = await asyncio.gather(*(threads.call(meets, within=LONG) for _ in range(3)))
        return first, await threads.call(get_ident, within=LONG)

    first, later = asyncio.run(calls())

    assert len(set(first)) == 3
    assert later in first


def test_one_that_hangs_is_left_and_its_place_is_free_again():
    hangs = Event()

    async def calls() -> str:
        threads = AssistantThreads(1)
        with pytest.raises(DeadlineExceeded, match=r"within 0\.02 s"):
            await threads.call(hangs.wait, within=SOON)
        return await threads.call(lambda: "the next one", within=LONG)

    try:
        assert asyncio.run(calls()) == "the next one"
    finally:
        hangs.set()


def test_the_wait_for_a_thread_is_no_time_of_the_assistant():
    async def calls() -> list[str]:
        threads, busy = AssistantThreads(1), Event()
        first = asyncio.create_task(threads.call(lambda: busy.wait() and "first", within=None))
        second = asyncio.create_task(threads.call(lambda: "second", within=SOON))
        asyncio.get_running_loop().call_later(3 * SOON.total_seconds(), busy.set)
        return [await first, await second]

    assert asyncio.run(calls()) == ["first", "second"]
