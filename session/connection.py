"""Connects to Redis, with time-outs for everything, and compares its clock with that of this machine."""

from datetime import datetime, timedelta
from typing import Any

import redis
from loguru import logger
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from session.addresses import BadAddress, check_redis, is_sentinel, read_sentinel
from session.clock import Clock, ContinuedClock, SteadyClock
from session.errors import SettingsError
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
    text = url.get_secret_value()
    if cluster:
        if is_sentinel(text):
            raise BadAddress(
                "names Sentinels, but REDIS_CLUSTER is set: a cluster replaces its primaries by itself"
            )
        return RedisCluster.from_url(text, **options)
    options["retry"] = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    options["retry_on_error"] = [RedisConnectionError]
    if is_sentinel(text):
        return sentinel_client(read_sentinel(text), options)
    client: redis.Redis = redis.Redis.from_url(text, **options)
    return client


#: A larger difference is reported. It harms nothing, but times in logs differ from those in Redis.
NOTICEABLE = timedelta(seconds=5)
#: An answer of the server is continued for so long; a clock that is set while the program runs is noticed then.
_TOLD_FOR = timedelta(seconds=10)


class ServersClock:
    """The time of the server of Redis, which is asked at the first use, and again when its answer is old."""

    def __init__(self, client: Redis, steady: Clock | None = None) -> None:
        """Take a client, and what measures how much has passed since an answer."""
        self._client = client
        self._steady = steady or SteadyClock()
        self._told: tuple[ContinuedClock, datetime] | None = None

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC. Raises `StoreUnavailable` if Redis has never answered and is down."""
        told = self._told
        if told is None or self._steady.now() - told[1] >= _TOLD_FOR:
            try:
                clock = ContinuedClock(told_by(self._client), self._steady)
            except FAILURES as error:
                if told is None:
                    raise unavailable("time", error) or error from error
                clock = told[0]
            self._told = told = clock, self._steady.now()
        return told[0].now()


def told_by(client: Redis) -> datetime:
    """Return the time of the server, in a cluster that of any. Raises what the client library raises."""
    seconds, micros = (
        client.time(target_nodes=RedisCluster.RANDOM) if isinstance(client, RedisCluster) else client.time()
    )
    return from_ms(seconds * 1000 + micros // 1000)


def ahead_of_us(client: Redis, clock: Clock) -> timedelta:
    """Return by how much the clock of Redis is ahead of ours; negative if it is behind. The error is half a round trip.

    Raises what the client library raises.
    """
    before = clock.now()
    told = told_by(client)
    after = clock.now()
    return told - (before + (after - before) / 2)


def difference(ahead: timedelta) -> str | None:
    """Return in words that the clock of this machine is wrong; None if it is not. `ahead` is that of Redis before ours."""
    if abs(ahead) <= NOTICEABLE:
        return None
    return (
        f"the clock of this machine is {abs(ahead).total_seconds():.0f} s {'behind' if ahead > timedelta() else 'ahead of'}"
        " that of Redis: work goes by the clock of Redis, but times in logs differ; synchronise both with a time server (NTP)"
    )


def warn_of_clock(client: Redis, clock: Clock) -> None:
    """Log a warning if the clock of this machine differs from that of Redis, or could not be compared with it."""
    try:
        wrong = difference(ahead_of_us(client, clock))
    except FAILURES as error:
        wrong = f"the clock could not be compared with that of Redis ({unavailable('time', error) or error})"
    if wrong:
        logger.warning(wrong)
