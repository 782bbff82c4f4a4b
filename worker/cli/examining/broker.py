"""Checks the broker, and whether workers are listening."""

from collections.abc import Iterator

from celery import Celery
from kombu.exceptions import KombuError
from pydantic import SecretStr
from redis.exceptions import RedisError

from session.addresses import is_sentinel, place_of
from session.sentinels import broker_address
from worker.cli.examining.finding import Finding, failure, ok, warning

_PATIENCE = 2.0  #: seconds to connect
_ANSWERS_WITHIN = 1.0  #: seconds for all workers together


def examine_broker(url: SecretStr, *, named: bool) -> Iterator[Finding]:
    """Yield whether the broker accepts connections and how many workers listen to it."""
    broker = broker_address(url, timeout=_PATIENCE)
    app = Celery(broker=broker.url, set_as_current=False)
    app.conf.update(
        broker_connection_timeout=_PATIENCE,
        broker_transport_options={"socket_connect_timeout": _PATIENCE, "max_retries": 0} | broker.options,
        broker_use_ssl=broker.tls,
    )
    try:
        with app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)
            place = connection.as_uri()  # it hides the password
            answers = app.control.ping(timeout=_ANSWERS_WITHIN, connection=connection)
    except (KombuError, RedisError, OSError) as error:
        yield failure(
            "broker",
            f"it accepts no connection ({type(error).__name__})",
            "start it, or set BROKER_URL" if named else "it is the Redis of the sessions: see above",
        )
        return
    except (KeyError, ImportError, ValueError):
        yield failure(
            "broker", "BROKER_URL has a scheme that Celery does not know", "begin it with redis:// or amqp://"
        )
        return
    yield ok("broker", place_of(url.get_secret_value()) if is_sentinel(url.get_secret_value()) else place)
    workers = sorted(name for answer in answers for name in answer)
    if workers:
        yield ok("workers", ", ".join(workers))
    else:
        yield warning(
            "workers",
            "no worker answers",
            "start the stack with make run, or start a worker with inturn worker",
        )
