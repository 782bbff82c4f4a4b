"""Probes: is a port free, does a Redis, a web server or a worker answer. Each takes about a second at most."""

import errno
import http.client
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from celery import Celery
from kombu.exceptions import KombuError
from pydantic import SecretStr
from redis.exceptions import RedisError

from session.connection import connect
from session.errors import InturnError
from session.sentinels import broker_address

_TIMEOUT = 0.5  #: seconds
_PORT_TIMEOUT = 0.2  #: seconds
_OK = 200

Probe = Callable[[], bool]


class PortTaken(InturnError):
    """Raised when another program listens on a port that the stack needs."""

    def __init__(self, setting: str, port: int, host: str) -> None:
        super().__init__(
            f"another program listens on {host} port {port}: end it, or set {setting} to a free port"
        )


class NoSuchAddress(InturnError):
    """Raised when the stack should listen on an address that this machine does not have."""


def redis_answers(url: SecretStr, *, cluster: bool = False) -> Probe:
    """Return a probe for a Redis that answers PING; while it loads its data it does not."""

    def probe() -> bool:
        try:
            # A new client each time: the client of a cluster connects when it is created.
            client = connect(url, timeout=_TIMEOUT, cluster=cluster)
            try:
                return bool(client.ping())
            finally:
                client.close()
        except (RedisError, OSError):
            return False

    return probe


def http_answers(url: str) -> Probe:
    """Return a probe for a web server that answers a GET with 200."""
    parts = urlsplit(url)

    def probe() -> bool:
        connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, timeout=_TIMEOUT
        )
        try:
            connection.request("GET", parts.path)
            return connection.getresponse().status == _OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return probe


def worker_answers(broker: SecretStr, name: str) -> Probe:
    """Return a probe for a Celery worker: it answers a ping when it takes tasks."""
    address = broker_address(broker, timeout=_TIMEOUT)
    app = Celery(broker=address.url, set_as_current=False)
    app.conf.update(
        broker_connection_timeout=_TIMEOUT,
        broker_transport_options={"socket_connect_timeout": _TIMEOUT, "max_retries": 0} | address.options,
        broker_use_ssl=address.tls,
    )

    def probe() -> bool:
        try:
            return bool(app.control.ping(destination=[name], timeout=_TIMEOUT))
        except (KombuError, RedisError, OSError):
            return False

    return probe


def has_files(folder: Path) -> Probe:
    """Return a probe for a folder that contains a file: beat creates one when it has published something."""

    def probe() -> bool:
        return folder.is_dir() and any(folder.iterdir())

    return probe


def require_free_port(setting: str, host: str, port: int) -> None:
    """Raise `PortTaken`, which names the setting, if a port is in use."""
    if not is_free(host, port):
        raise PortTaken(setting, port, host)


def is_free(host: str, port: int) -> bool:
    """Return whether no program listens on a port. Raises `NoSuchAddress`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as own:
        # As servers do: connections of the last run that are still closing do no harm.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            own.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise NoSuchAddress(f"HOST={host} is not an address of this machine") from None
            return False
    # On macOS two programs can bind a port if only one of them listens on every address.
    try:
        socket.create_connection((reachable(host), port), timeout=_PORT_TIMEOUT).close()
    except OSError:
        return True
    return False


def next_free(host: str, first: int, *, tries: int = 100) -> int | None:
    """Return the first free port of a range; None if all are taken."""
    return next((port for port in range(first, first + tries) if is_free(host, port)), None)


def reachable(host: str) -> str:
    """Return the address by which this machine reaches a program that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (read, not listened on)


def url_of(host: str, port: int) -> str:
    """Return the URL by which this machine reaches a program that listens on `host`."""
    address = reachable(host)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
