"""The baseline of everything that goes through Celery: tasks that do nothing, with the ordinary reliable settings."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from celery import Celery, chain

from tests.bench.accepting import tell

QUEUE = "noop"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How the baseline is set up, and what it does not do."""

    name: str
    without: str


#: What the environment's BENCH_NOOP may say.
KINDS = {
    "ships": Kind(
        name="no-op tasks as Celery ships",
        without="acks_late, prefetch 1, ack emulation; they keep no state and no order, and answer nobody",
    ),
    "bare": Kind(
        name="no-op tasks without ack emulation",
        without="as our workers run; the same, and a task is lost with its worker",
    ),
}


def queue_of(kind: str) -> str:
    """Return the queue of a kind: both may run on one server."""
    return QUEUE if kind == "ships" else f"{QUEUE}.{kind}"


def build(broker: str, kind: str = "ships") -> Celery:
    """Return an app as the documentation recommends it: acks late, one task at a time, no results, JSON only."""
    app = Celery("noop", broker=broker, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_transport_options={} if kind == "ships" else {"ack_emulation": False},
        task_acks_late=True,
        task_default_queue=queue_of(kind),
        task_ignore_result=True,
        task_serializer="json",
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
    )

    @app.task(name="noop", shared=False)
    def noop(*_: object) -> None:
        """Do nothing."""

    @app.task(name="through", shared=False)
    def through(text: str) -> None:
        """Do nothing, and tell that it is done."""
        tell(os.environ["BENCH_TELL"], text)

    return app


def three_hops(app: Celery, text: str) -> Any:
    """Return a chain of three tasks that do nothing; the last one tells that it is done."""
    return chain(
        app.signature("noop", immutable=True),
        app.signature("noop", immutable=True),
        app.signature("through", args=[text], immutable=True),
        app=app,
    )


@cache
def _app() -> Celery:
    return build(os.environ["REDIS_URL"], os.environ.get("BENCH_NOOP", "ships"))


def __getattr__(name: str) -> Any:
    if name in ("app", "celery"):
        return _app()
    raise AttributeError(name)
