"""The pool of Celery tasks, as far as no worker is needed."""

import gc
from collections.abc import Iterator

import pytest

from worker.pool import TaskPool


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
