"""Connects to Redis, with time-outs for everything, and compares its clock with that of this machine."""

from datetime import timedelta
from typing import Any

import redis
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from session.addresses import BadAddress, check_redis, is_sentinel, read_sentinel
from session.clock import Clock
from session.errors import SettingsError, WrongClock
from session.records import from_ms
from session.sentinels import sentinel_client
from session.store.failures import FAILURES, unavailable
from session.store.runners import Redis


def connect(url: SecretStr, *, timeout: float, cluster: bool = False) -> Redis:
    """Return a client for a Redis or Valkey server, the master of a service of Sentinel, or a cluster.

    It connects at the first call.

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
        if is_sentinel(url.get_secret_value()):
            raise BadAddress(
                "names Sentinels, but REDIS_CLUSTER is set: a cluster replaces its primaries by itself"
            )
        return RedisCluster.from_url(url.get_secret_value(), **options)
    options["retry"] = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options["retry_on_error"] = [RedisConnectionError]
    text = url.get_secret_value()
    if is_sentinel(text):
        return sentinel_client(read_sentinel(text), options)
    client: redis.Redis = redis.Redis.from_url(text, **options)
    return client


#: A larger difference does harm: work is taken from a worker that still does it, or waits for nothing.
HARMFUL = timedelta(seconds=5)


def ahead_of_us(client: Redis, clock: Clock) -> timedelta:
    """Return by how much the clock of Redis is ahead of ours; negative if it is behind. The error is half a round trip.

    Raises what the client library raises.
    """
    before = clock.now()
    seconds, micros = (
        client.time(target_nodes=RedisCluster.RANDOM) if isinstance(client, RedisCluster) else client.time()
    )
    after = clock.now()
    return from_ms(seconds * 1000 + micros // 1000) - (before + (after - before) / 2)


def check_clock(client: Redis, clock: Clock) -> None:
    """Raise `WrongClock` if our clock differs too much from that of Redis, `StoreUnavailable` if Redis is down."""
    try:
        ahead = ahead_of_us(client, clock)
    except FAILURES as error:
        raise unavailable("time", error) or error from error
    if abs(ahead) > HARMFUL:
        raise WrongClock(
            f"the clock of this machine is {abs(ahead).total_seconds():.0f} s {'behind' if ahead > timedelta() else 'ahead of'}"
            " that of Redis: synchronise both with a time server (NTP), then start again"
        )
