"""Asks the parts of the stack whether they do their work. Each question is answered within about a second."""

import http.client
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from celery import Celery
from kombu.exceptions import KombuError
from pydantic import SecretStr
from redis.exceptions import RedisError

from session.connection import connect

_PATIENCE = 0.5  #: seconds
_OK = 200

Question = Callable[[], bool]


def redis_answers(url: SecretStr, *, cluster: bool = False) -> Question:
    """Return the question whether a Redis answers a PING; one that still loads its data does not."""

    def ask() -> bool:
        try:
            # A client for each question: a cluster's one asks its servers when it is made.
            client = connect(url, timeout=_PATIENCE, cluster=cluster)
            try:
                return bool(client.ping())
            finally:
                client.close()
        except (RedisError, OSError):
            return False

    return ask


def http_answers(url: str) -> Question:
    """Return the question whether a GET is answered with 200."""
    parts = urlsplit(url)

    def ask() -> bool:
        connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, timeout=_PATIENCE
        )
        try:
            connection.request("GET", parts.path)
            return connection.getresponse().status == _OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def worker_answers(broker: SecretStr, name: str) -> Question:
    """Return the question whether a Celery worker takes tasks: it answers a ping only when it does."""
    app = Celery(broker=broker.get_secret_value(), set_as_current=False)
    app.conf.update(
        broker_connection_timeout=_PATIENCE,
        broker_transport_options={"socket_connect_timeout": _PATIENCE, "max_retries": 0},
    )

    def ask() -> bool:
        try:
            return bool(app.control.ping(destination=[name], timeout=_PATIENCE))
        except (KombuError, RedisError, OSError):
            return False

    return ask


def has_files(folder: Path) -> Question:
    """Return the question whether a folder holds a file: beat makes its own just before its first tick."""

    def ask() -> bool:
        return folder.is_dir() and any(folder.iterdir())

    return ask
