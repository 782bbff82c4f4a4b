"""Follows a failover of Redis by Sentinel: whoever connects asks the Sentinels which server is the master at present."""

import ssl
import threading
from typing import Any, NamedTuple

import redis
from pydantic import SecretStr
from redis import connection, sentinel
from redis.backoff import NoBackoff
from redis.retry import Retry

from session.addresses import SentinelAddress, is_sentinel, read_sentinel

#: Seconds after which a consumer of wake-ups leaves a master that says nothing any more; the library doubles it at most.
_SILENT_FOR = 5


# The library declares no types for them.
_known_sentinels: Any = sentinel.Sentinel
_options_in: Any = connection.parse_url


class _Sentinels(_known_sentinels):  # type: ignore[misc]
    """The Sentinels of a service; any thread may ask them."""

    def __init__(self, address: SentinelAddress, *, timeout: float, tls: dict[str, Any]) -> None:
        super().__init__(address.nodes, sentinel_kwargs=_asking(address, timeout) | tls)
        self._lock = threading.Lock()

    def discover_master(self, service_name: str) -> Any:
        """Return the host and port of the master; the Sentinel that knew it is asked first from now on."""
        with self._lock:  # the library reorders its list, and two threads at once could lose one of them
            return super().discover_master(service_name)


def sentinel_client(address: SentinelAddress, options: dict[str, Any]) -> redis.Redis:
    """Return a client of the master that Sentinel names whenever it connects. It connects at the first call.

    `options` are those of a connection; its `socket_timeout` holds for all Sentinels together, too. Raises `ValueError` for
    an option in the URL that the library does not know.
    """
    named = _options_in(f"{'rediss' if address.tls else 'redis'}://{address.user}server?{address.query}")
    tls = {"ssl": True, **_of_tls(named)} if address.tls else {}
    for name in ("host", "connection_class"):
        named.pop(name, None)
    sentinels = _Sentinels(address, timeout=options["socket_timeout"], tls=tls)
    client: redis.Redis = sentinels.master_for(
        address.service, **{**named, **tls, **options, "db": address.database}
    )
    _try_options(client)
    return client


def _try_options(client: redis.Redis) -> None:
    """Raise `ValueError` if a connection cannot be made with the options of a client, as the library does for other URLs."""
    try:
        client.connection_pool.make_connection()
    except TypeError:
        raise ValueError from None


def _asking(address: SentinelAddress, timeout: float) -> dict[str, Any]:
    patience = timeout / len(address.nodes)
    # Each is asked once: the next one may know more.
    return {
        "socket_timeout": patience,
        "socket_connect_timeout": patience,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }


def _of_tls(named: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in named.items() if name.startswith("ssl_")}


class BrokerAddress(NamedTuple):
    """How Celery is told where the broker is."""

    url: str
    options: dict[str, Any]  #: of its transport
    tls: dict[str, Any] | None  #: options for TLS, None if the URL says everything


def broker_address(url: SecretStr, *, timeout: float) -> BrokerAddress:
    """Return the broker of a URL as Celery's settings name it; for Sentinels its own form of URL, and the service beside it.

    `timeout` is in seconds, for all Sentinels together. The URL is one that `check_broker` accepts.
    """
    text = url.get_secret_value()
    if not is_sentinel(text):
        return BrokerAddress(text, {}, None)
    address = read_sentinel(text)
    tls: dict[str, Any] | None = None
    if address.tls:
        tls = {"ssl_cert_reqs": ssl.CERT_REQUIRED, **_of_tls(_options_in(f"rediss://server?{address.query}"))}
    user = address.user.replace(";", "%3B")  # which separates URLs for the library
    nodes = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in address.nodes]
    asking = _asking(address, timeout) | ({"ssl": True, **tls} if tls else {})
    return BrokerAddress(
        ";".join(f"sentinel://{user}{node}/{address.database}" for node in nodes),
        {
            "master_name": address.service,
            "sentinel_kwargs": asking,
            "health_check_interval": _SILENT_FOR,
        },
        tls,
    )
