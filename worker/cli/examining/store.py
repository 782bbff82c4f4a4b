"""Checks the Redis or Valkey of the sessions."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from redis.cluster import RedisCluster
from redis.exceptions import RedisError, ResponseError

from session.addresses import is_sentinel, place_of, read_sentinel
from session.clock import Clock
from session.connection import ahead_of_us, connect
from session.policy import Durability, Policy
from session.printable import counted
from session.store import Redis
from worker.cli.examining.durability import examine_durability
from worker.cli.examining.finding import Finding, failure, ok, warning

_PATIENCE = 2.0  #: seconds
_OLDEST = 7
_HERE = ("127.0.0.1", "::1", "localhost")
_SOON_FULL = 0.8  #: share of the usable memory from which on the check warns
#: Two clocks that follow a time server differ by less.
_SKEW_SEEN = timedelta(seconds=1)


def examine_store(
    url: SecretStr,
    *,
    cluster: bool,
    clock: Clock,
    full_at: int = Policy().full_at,
    durability: Durability = "memory",
) -> Iterator[Finding]:
    """Yield whether the server answers, is new enough, keeps its data, and has the right time.

    `full_at` is the per cent of its memory above which the webhook stores nothing new; `durability` is what it must confirm.
    """
    place = place_of(url.get_secret_value())
    try:
        client = connect(url, timeout=_PATIENCE, cluster=cluster)
        try:
            infos = _infos(client)
            skew = ahead_of_us(client, clock)
            # Only where it matters: a user with few rights may not ask, and the server notes each refusal.
            appendfsync = _appendfsync(client) if durability == "fsync" else None
        finally:
            client.close()
    except (RedisError, OSError) as error:
        yield failure(
            "redis",
            f"{place} does not answer ({type(error).__name__}: {error})",
            "start the stack with make run, or set REDIS_URL to a running server",
        )
        return
    yield from examine_password(url, place)
    for info in infos:
        yield _version(info, place)
        if info.get("cluster_enabled") and not cluster:
            yield failure("cluster", f"{place} is part of a cluster", "set REDIS_CLUSTER=true")
        yield _persistence(info)
        yield from examine_durability(info, appendfsync, durability)
        yield _eviction(info)
        yield _memory(info, full_at, here=_is_here(url))
        yield from _replication(info, durability)
    yield _time(skew)


def examine_password(url: SecretStr, place: str) -> Iterator[Finding]:
    """Yield that a server on another machine is open to everybody, if the URL has no password."""
    if not _is_here(url) and not _has_password(url.get_secret_value()):
        yield warning(
            "password",
            f"{place} is another machine and open to everybody",
            "set a password; docs/security.md lists the permissions that its user needs",
        )


def _has_password(url: str) -> bool:
    if is_sentinel(url):
        return ":" in read_sentinel(url).user
    return bool(urlsplit(url).password)


def _is_here(url: SecretStr) -> bool:
    text = url.get_secret_value()
    hosts = (
        [host for host, _ in read_sentinel(text).nodes] if is_sentinel(text) else [urlsplit(text).hostname]
    )
    return all(host in (None, *_HERE) for host in hosts)


def _infos(client: Redis) -> list[dict[str, Any]]:
    if isinstance(client, RedisCluster):
        # With several nodes, INFO is grouped by their names.
        by_node: dict[str, Any] = client.info(target_nodes=RedisCluster.PRIMARIES)
        return list(by_node.values()) if "redis_version" not in by_node else [by_node]
    return [client.info()]


def _appendfsync(client: Redis) -> str | None:
    """Return how the servers write their files, None if our user may not know. The nodes of a cluster are set up alike."""
    try:
        found: Any = (
            client.config_get("appendfsync", target_nodes=RedisCluster.RANDOM)
            if isinstance(client, RedisCluster)
            else client.config_get("appendfsync")
        )
    except ResponseError:
        return None
    return str(found["appendfsync"]) if "appendfsync" in found else None


def _version(info: dict[str, Any], place: str) -> Finding:
    own = info.get("valkey_version")
    what = f"Valkey {own}" if own else f"Redis {info['redis_version']}"
    if int(str(info["redis_version"]).partition(".")[0]) < _OLDEST:
        return failure("redis", f"{what} at {place} is too old", "use Valkey, or Redis 7.0 or newer")
    return ok("redis", f"{what} at {place}")


def _persistence(info: dict[str, Any]) -> Finding:
    if not info.get("aof_enabled"):
        return warning(
            "persistence",
            "appendonly is off: a restart of the server loses messages that were answered with 200",
            "set appendonly yes on the server (for a managed one use replicas, see docs/promises.md for the remaining risk)",
        )
    if info.get("aof_last_write_status") != "ok":
        return failure(
            "persistence", "the last write to the disk failed", "check the server's log and its disk"
        )
    return ok("persistence", "appendonly is on")


def _eviction(info: dict[str, Any]) -> Finding:
    policy, limit = str(info.get("maxmemory_policy")), int(info.get("maxmemory", 0))
    if policy == "noeviction":
        return ok("eviction", "noeviction: a full server rejects writes and evicts nothing")
    words = f"maxmemory-policy is {policy}"
    mend = "set maxmemory-policy noeviction on the server"
    if limit:
        return failure("eviction", f"{words}: a full server evicts conversations", mend)
    return warning("eviction", f"{words}; this is harmless only without maxmemory", mend)


def _memory(info: dict[str, Any], full_at: int, *, here: bool) -> Finding:
    used = int(info["used_memory"]) - int(info.get("mem_not_counted_for_evict", 0))
    limit = int(info.get("maxmemory", 0))
    human = info.get("used_memory_human", f"{used} bytes")
    if not limit and here:
        return ok("memory", f"{human} used, no limit set")
    if not limit:
        return warning(
            "memory",
            f"{human} used, no limit set: a flood of messages exhausts the machine's memory instead of causing 503",
            "set maxmemory to about half of the machine's memory, with maxmemory-policy noeviction",
        )
    words = f"{human} of {info.get('maxmemory_human', limit)} used"
    mend = "raise maxmemory, or shorten SESSION_RETENTION_MINUTES, EVENTS_DAYS or DEAD_LETTERS_DAYS"
    if used * 100 >= limit * full_at:
        return failure("memory", f"{words}: above {full_at} % no body is stored, providers get 503", mend)
    if used * 100 >= limit * full_at * _SOON_FULL:
        return warning("memory", f"{words}: at {full_at} % providers get 503", mend)
    return ok("memory", words)


def _replication(info: dict[str, Any], durability: Durability) -> Iterator[Finding]:
    """Yield the risk of a failover. A server reports its good replicas only if it requires any."""
    replicas, good = int(info.get("connected_slaves", 0)), info.get("min_slaves_good_slaves")
    if good is not None and int(good) == 0:
        yield failure(
            "replication",
            "the server requires replicas and has none that follows it: it stores nothing, providers get 503",
            "start the replicas again, or lower min-replicas-to-write meanwhile",
        )
    elif replicas and durability == "replica":
        # What is answered with 200 is on one of them, whatever the server itself requires.
        yield ok("replication", counted(replicas, "replica"))
    elif replicas and good is None:
        yield warning(
            "replication",
            f"{counted(replicas, 'replica')}, and the server accepts writes when they fall behind: a failover then loses what "
            "was answered with 200 since",
            "set min-replicas-to-write 1 and min-replicas-max-lag 10, see docs/promises.md",
        )
    elif replicas:
        yield ok(
            "replication",
            f"{counted(replicas, 'replica')}, {good} of them up to date; the server requires this",
        )


def _time(skew: timedelta) -> Finding:
    words = f"the clock of Redis is {abs(skew.total_seconds()):.3f} s {'ahead of' if skew > timedelta() else 'behind'} ours"
    if abs(skew) > _SKEW_SEEN:
        words += ": work goes by that of Redis, but times in logs differ"
        return warning("clock", words, "synchronise both machines with a time server (NTP)")
    return ok("clock", words)
