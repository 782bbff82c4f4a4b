"""Opens the connection to Redis, with time-outs on everything."""

from typing import Any

import redis
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from session.store.scripts import Redis


def connect(url: SecretStr, *, timeout: float, cluster: bool = False) -> Redis:
    """Return a client for a Redis or Valkey server, or a cluster. Connects at the first call.

    `timeout` is in seconds, for connecting and for every answer. A connection that the server has closed is
    replaced once; an answer that does not come is an error at once, and never asked for twice.
    """
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
