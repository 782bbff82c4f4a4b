"""Opens connections to Redis, with time-outs for everything."""

from typing import Any

import redis
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from session.addresses import BadAddress, check_redis
from session.errors import SettingsError
from session.store.runners import Redis


def connect(url: SecretStr, *, timeout: float, cluster: bool = False) -> Redis:
    """Return a client for a Redis or Valkey server, or a cluster. It connects at the first call.

    `timeout` is in seconds, for connecting and for every answer. A connection that the server has closed is replaced
    once. A missing answer is an error, and the call is not repeated.

    Raises `SettingsError` if the URL is invalid; the message quotes no part of it.
    """
    try:
        check_redis(url.get_secret_value())
        return _client(url, timeout, cluster=cluster)
    except ValueError as error:
        why = (
            str(error) if isinstance(error, BadAddress) else "must have options that the client library knows"
        )
        raise SettingsError(f"the URL of Redis {why}") from None


def _client(url: SecretStr, timeout: float, *, cluster: bool) -> Redis:
    options: dict[str, Any] = {
        "decode_responses": True,
        # Bodies are bytes that may not be UTF-8: this setting preserves them.
        "encoding_errors": "surrogateescape",
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "health_check_interval": 0,
        "protocol": 2,
        # One connection for each concurrent thread; the library's default of one hundred would raise an error beyond that.
        "max_connections": 10_000,
    }
    if cluster:
        return RedisCluster.from_url(url.get_secret_value(), **options)
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    client: redis.Redis = redis.Redis.from_url(
        url.get_secret_value(), retry=retry, retry_on_error=[RedisConnectionError], **options
    )
    return client
