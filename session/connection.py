"""Opens the connection to Redis, with time-outs on everything."""

from typing import Any

import redis
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from session.addresses import BadAddress, check_redis
from session.errors import SettingsError
from session.store.scripts import Redis


def connect(url: SecretStr, *, timeout: float, cluster: bool = False) -> Redis:
    """Return a client for a Redis or Valkey server, or a cluster. Connects at the first call.

    `timeout` is in seconds, for connecting and for every answer. A connection that the server has closed is
    replaced once; an answer that does not come is an error at once, and never asked for twice.

    Raises `SettingsError` if the URL cannot be read; it quotes nothing of it.
    """
    try:
        check_redis(url.get_secret_value())
        return _client(url, timeout, cluster=cluster)
    except ValueError as error:
        why = (
            str(error) if isinstance(error, BadAddress) else "one with options that the client library knows"
        )
        raise SettingsError(f"the URL of Redis is wrong, it should be {why}") from None


def _client(url: SecretStr, timeout: float, *, cluster: bool) -> Redis:
    options: dict[str, Any] = {
        "decode_responses": True,
        # Bodies are bytes that need not be UTF-8: this brings them back as they were.
        "encoding_errors": "surrogateescape",
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "health_check_interval": 0,
        "protocol": 2,
        # As many as there are threads that ask at once; the library's own hundred would be an error for the next one.
        "max_connections": 10_000,
    }
    if cluster:
        return RedisCluster.from_url(url.get_secret_value(), **options)
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    client: redis.Redis = redis.Redis.from_url(
        url.get_secret_value(), retry=retry, retry_on_error=[RedisConnectionError], **options
    )
    return client
