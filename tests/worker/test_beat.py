"""The sweep is published in its interval, by the time that passes and not by that of day."""

import pytest
from celery.beat import SchedulingError

from tests.clocks import ManualClock
from worker.app import build
from worker.beat import SteadyScheduler
from worker.settings import WorkerSettings
from worker.wakeups import QUEUES, SWEEP


class Published(SteadyScheduler):
    """Remembers what it has published instead of publishing it."""

    def __init__(self, *args, **options):
        self.published = []
        super().__init__(*args, **options)

    def apply_async(self, entry, **_):
        self.published.append((entry.task, entry.options["queue"]))

    @property
    def producer(self):
        return None


@pytest.fixture
def scheduler(clock: ManualClock, tmp_path):
    app = build(WorkerSettings(sweep_seconds=2))
    return Published(app=app, clock=clock, schedule_filename=str(tmp_path / "schedule"))


def test_the_sweep_is_published_at_once_and_then_in_its_interval(scheduler, clock):
    waits = [scheduler.tick(), scheduler.tick()]
    clock.move(seconds=1.5)
    waits.append(scheduler.tick())
    clock.move(seconds=0.5)
    waits.append(scheduler.tick())

    assert scheduler.published == [(SWEEP, QUEUES[SWEEP])] * 2
    assert waits == [2, 2, 0.5, 2]


def test_sweeps_that_were_missed_are_one(scheduler, clock):
    scheduler.tick()
    clock.move(minutes=5)

    scheduler.tick()
    scheduler.tick()

    assert len(scheduler.published) == 2


def test_a_broker_that_does_not_answer_is_one_line_in_the_log(clock, log, tmp_path):
    class Unanswered(Published):
        def apply_async(self, *_, **__):
            raise SchedulingError("no broker")

    file = tmp_path / "schedule"
    scheduler = Unanswered(app=build(WorkerSettings()), clock=clock, schedule_filename=str(file))

    assert scheduler.tick() > 0
    assert [line.partition(" {")[0] for line in log] == [
        "ERROR sweep was not published (no broker); the next one follows"
    ]
    assert not file.exists()


def test_its_file_says_that_it_has_published_something(scheduler, tmp_path):
    assert not (tmp_path / "schedule").exists()

    scheduler.tick()

    assert (tmp_path / "schedule").exists()


def test_beat_uses_it():
    assert build(WorkerSettings()).conf.beat_scheduler == "worker.beat:SteadyScheduler"
