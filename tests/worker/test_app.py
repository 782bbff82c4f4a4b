"""A machine whose clock is off does no work: it would take what others still do, or leave what is due."""

from datetime import timedelta

import pytest
from celery.signals import beat_init, worker_init

from session.clock import SystemClock
from session.errors import WrongClock
from tests.clocks import ManualClock
from worker import app as program
from worker.settings import WorkerSettings


def off_by(seconds: float) -> ManualClock:
    return ManualClock(SystemClock().now() + timedelta(seconds=seconds))


@pytest.fixture
def started(monkeypatch, valkey_socket):
    """The app, as `celery -A worker.app` loads it, on a Redis that answers."""
    monkeypatch.setenv("REDIS_URL", f"unix://{valkey_socket}")
    program._app.cache_clear()
    yield program._app()
    program._app.cache_clear()
    for starts in (worker_init, beat_init):
        starts.disconnect(dispatch_uid="inturn-clock")


@pytest.mark.parametrize("starts", [worker_init, beat_init])
def test_worker_and_beat_end_at_once_where_the_clock_is_off(started, monkeypatch, starts):
    starts.send(sender=None)
    monkeypatch.setattr(program, "SystemClock", lambda: off_by(300))

    with pytest.raises(SystemExit, match="300 s ahead of that of Redis"):
        starts.send(sender=None)


def test_worker_and_beat_start_where_redis_is_away_and_look_later(started, monkeypatch, log):
    def away(*_):
        raise program.StoreUnavailable("time: ConnectionError")

    monkeypatch.setattr(program, "check_clock", away)
    worker_init.send(sender=None)
    assert [line for line in log if "clock could not be compared" in line]


def test_a_process_with_a_wrong_clock_creates_no_services(monkeypatch, valkey_socket):
    monkeypatch.setattr(program, "SystemClock", lambda: off_by(-300))
    settings = WorkerSettings(redis_url=f"unix://{valkey_socket}")

    with pytest.raises(WrongClock):
        program._open_in_time(settings, program.build(settings))


def test_the_wake_up_of_the_sweep_never_expires(started):
    assert "expires" not in started.conf.beat_schedule["sweep"]["options"]
