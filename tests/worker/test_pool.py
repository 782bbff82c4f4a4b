"""The pool of Celery tasks, as far as no worker is needed."""

import asyncio
import gc
from collections.abc import Iterator
from threading import current_thread
from types import SimpleNamespace

import pytest

from tests.valkey import until
from worker.engine import Engine
from worker.pool import TaskPool
from worker.wakeups import SWEEP, TAKE_TURN


class _Engine:
    admits_itself = False


class _App:
    engine = _Engine()


@pytest.fixture(autouse=True)
def _the_collector_as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_a_started_worker_keeps_for_good_is_not_looked_through_again() -> None:
    TaskPool(1, app=_App()).on_start()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold() > (10_000, 10, 10)


def test_what_waits_for_room_waits_and_the_sweep_runs_at_once_in_the_thread_that_has_it() -> None:
    engine, ran, leave = Engine(places=1), [], asyncio.Event()
    pool = TaskPool(1, app=SimpleNamespace(engine=engine))
    engine.hand_over([leave.wait])

    for name in (TAKE_TURN, SWEEP):
        pool.on_apply(lambda task: ran.append((task, current_thread())), [name], {}, callback=lambda _: None)
    assert ran == [(SWEEP, current_thread())]

    assert engine.loop
    engine.loop.call_soon_threadsafe(leave.set)
    until(lambda: len(ran) == 2, "there was room")
    assert ran[1][0] == TAKE_TURN
    engine.stop(5, at_most=5)
