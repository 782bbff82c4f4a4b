"""The Celery app: `celery -A worker.app worker|beat|flower`. It is built at its first use."""

from collections.abc import Callable
from functools import cache, partial
from threading import Lock
from typing import Any

from celery import Celery
from celery.signals import (
    beat_init,
    setup_logging,
    worker_process_shutdown,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)
from kombu import Queue
from loguru import logger

from session.clock import SystemClock
from session.connection import warn_of_clock
from session.errors import SettingsError
from session.logs import start_logging
from session.printable import counted
from session.publishing import KEPT_FOR
from session.sentinels import broker_address
from worker.assistants.understanding.vocabulary import use_words_from
from worker.broker import let_wake_ups_pass
from worker.composition import Services, bootstrap
from worker.engine import Engine
from worker.hooks.configuration import open_hooks
from worker.loading import load_named
from worker.media.composition import open_reader
from worker.opening import open_meaning, open_redis, open_senders
from worker.settings import WorkerSettings
from worker.tasks import register
from worker.wakeups import QUEUES, SWEEP

#: Wake-ups that a process fetches before it has room for their work.
_FETCHED = 4
#: Seconds to connect to the broker.
_CONNECTS_WITHIN = 2
#: Seconds for giving back what has not ended when the process stops.
_GIVEN_BACK_WITHIN = 3


class WorkerApp(Celery):  # type: ignore[misc]
    """A Celery app with the loop of its process."""

    engine: Engine


def build(settings: WorkerSettings, services: Callable[[WorkerApp], Services] | None = None) -> WorkerApp:
    """Return a Celery app with its tasks; each process opens its own connections at its first task.

    `services` creates the services of a process; by default they are created from the settings.

    Wake-ups may be lost: the due index replaces them. So Celery's tracking of unacknowledged messages on Redis is off,
    which is faster and avoids problems with the visibility timeout.
    """
    on_redis = settings.wake_broker_url.get_secret_value().startswith(("redis", "rediss"))
    broker = broker_address(settings.wake_broker_url, timeout=_CONNECTS_WITHIN)
    let_wake_ups_pass()
    app = WorkerApp("inturn", broker=broker.url, set_as_current=False)
    app.engine = Engine(settings.worker_conversations)
    app.conf.update(
        accept_content=["json"],
        beat_schedule={
            "sweep": {
                "task": SWEEP,
                "schedule": settings.sweep_seconds,
                # No expiry of Celery's, which the consumer compares with its own clock; this one is RabbitMQ's.
                "options": {"queue": QUEUES[SWEEP], "expiration": KEPT_FOR},
            },
        },
        beat_scheduler="worker.beat:SteadyScheduler",
        # A full Redis rejects the consumer with a channel error, which would stop the worker.
        broker_channel_error_retry=True,
        broker_connection_retry_on_startup=True,
        broker_pool_limit=10,
        broker_pool_acquire_timeout=2,
        # Else Celery's command line would put BROKER_URL, as it stands in the environment, in the place of these.
        broker_read_url=broker.url,
        broker_write_url=broker.url,
        broker_transport_options=(_on_redis() if on_redis else {"confirm_publish": True}) | broker.options,
        broker_use_ssl=broker.tls,
        task_acks_late=True,
        task_create_missing_queues=False,
        task_default_queue=QUEUES[SWEEP],
        task_ignore_result=True,
        task_queues=[
            Queue(name, queue_arguments=None if on_redis else {"x-queue-type": "quorum"})
            for name in QUEUES.values()
        ],
        task_serializer="json",
        worker_concurrency=_FETCHED,
        worker_consumer="worker.broker:Consumer",
        worker_pool="worker.pool:TaskPool",
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
        worker_soft_shutdown_timeout=3,
    )
    setup_logging.connect(
        lambda **_: start_logging(level=settings.log_level, as_json=settings.log_json, gather=True),
        weak=False,
        dispatch_uid="inturn",
    )
    open_own = services or partial(_open, settings)
    register(app, _once(lambda: open_own(app)))
    return app


def _open(settings: WorkerSettings, app: WorkerApp) -> Services:
    return bootstrap(settings, app, engine=app.engine)


def _stop(app: WorkerApp, settings: WorkerSettings) -> None:
    """Let running work end, for SHUTDOWN_SECONDS; then give the rest back."""
    left = app.engine.stop(settings.shutdown_seconds, at_most=_GIVEN_BACK_WITHIN)
    if left:
        logger.warning(
            "stopped in the middle of {}; another worker takes them when their leases have run out",
            counted(left, "piece of work", "pieces of work"),
        )


def _look_at_clock(settings: WorkerSettings) -> None:
    client = open_redis(settings)
    try:
        warn_of_clock(client, SystemClock())
    finally:
        client.close()


def _on_redis() -> dict[str, Any]:
    return {
        "ack_emulation": False,
        "socket_timeout": 5,  # above the second that the transport waits for a message
        "socket_connect_timeout": _CONNECTS_WITHIN,
        "socket_keepalive": True,
        "max_retries": 0,
    }


def _once(make: Callable[[], Services]) -> Callable[[], Services]:
    """Return a function that creates its value at the first call, once even with several threads."""
    lock = Lock()
    made: list[Services] = []

    def get() -> Services:
        if not made:
            with lock:
                if not made:
                    made.append(make())
        return made[0]

    return get


@cache
def _app() -> WorkerApp:
    try:
        settings = WorkerSettings.load()
        # Loaded here, so that a wrong setting stops the start instead of the first turn.
        _check_named(settings)
    except SettingsError as error:
        raise SystemExit(f"inturn: {error}") from None
    app = build(settings)
    worker_shutting_down.connect(
        lambda **_: app.engine.begin_to_stop(), weak=False, dispatch_uid="inturn-stops"
    )
    # The second one is that of a child of Celery's prefork pool.
    for ends in (worker_shutdown, worker_process_shutdown):
        ends.connect(lambda **_: _stop(app, settings), weak=False, dispatch_uid="inturn-stopped")
    for starts in (worker_ready, beat_init):
        starts.connect(lambda **_: _look_at_clock(settings), weak=False, dispatch_uid="inturn-clock")
    return app


def _check_named(settings: WorkerSettings) -> None:
    """Raise `SettingsError` if an assistant, the catalogue, a model or the operator's words cannot be loaded."""
    open_senders(settings)
    open_meaning(settings)
    open_hooks(settings)
    open_reader(settings)
    if settings.words_dir:
        use_words_from(settings.words_dir)
    if settings.catalogue:
        load_named(settings.catalogue, "CATALOGUE")


def __getattr__(name: str) -> Any:
    """Return the app for `celery -A worker.app`; importing this module builds nothing."""
    if name in ("app", "celery"):
        return _app()
    raise AttributeError(name)
