"""Compares this machine's clock with that of Redis: leases and due times are written by one machine and read by another."""

from datetime import timedelta

from redis.cluster import RedisCluster

from session.clock import Clock
from session.errors import WrongClock
from session.records import from_ms
from session.store.failures import FAILURES, unavailable
from session.store.runners import Redis

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
