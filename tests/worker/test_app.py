"""What a worker and beat say of their clock when they start, what beat publishes, and through which broker."""

from datetime import timedelta

import kombu.transport
import pytest
from celery.signals import beat_init, worker_ready

from session.clock import SystemClock
from session.publishing import KEPT_FOR
from tests.clocks import ManualClock
from worker import app as program
from worker.broker import SentinelChannel
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
    for starts in (worker_ready, beat_init):
        starts.disconnect(dispatch_uid="inturn-clock")


@pytest.mark.parametrize("starts", [worker_ready, beat_init])
def test_worker_and_beat_say_that_their_clock_is_off_and_start(started, monkeypatch, log, starts):
    starts.send(sender=None)
    assert log == []
    monkeypatch.setattr(program, "SystemClock", lambda: off_by(300))

    starts.send(sender=None)

    assert "300 s ahead of that of Redis" in log[0]


def test_the_wake_ups_go_through_the_sentinels_whatever_celery_makes_of_the_setting(monkeypatch):
    url = "redis+sentinel://:pw@one:1,two:2/service/3"
    # Its command line takes the setting for its own.
    monkeypatch.setenv("CELERY_BROKER_URL", url)
    # The library remembers the transport of a scheme, perhaps from before a worker was built in this process.
    monkeypatch.setattr(kombu.transport, "_transport_cache", {})

    app = program.build(WorkerSettings(broker_url=url))

    for connection in (app.connection_for_read(), app.connection_for_write()):
        assert connection.alt == ["sentinel://:pw@one:1/3", "sentinel://:pw@two:2/3"]
        assert connection.transport_options["master_name"] == "service"
        assert connection.transport.Channel is SentinelChannel


def test_the_wake_up_of_the_sweep_expires_by_the_clock_of_the_broker_and_of_nobody_else(started):
    options = started.conf.beat_schedule["sweep"]["options"]

    assert "expires" not in options
    assert options["expiration"] == KEPT_FOR
