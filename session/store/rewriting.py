"""Has the server write its append-only file anew, so that what was forgotten is not in it any more. Best effort."""

from typing import Any

from redis.cluster import RedisCluster

from session.results import Rewrite
from session.store.asking import FAILURES
from session.store.scripts import Redis

_WORST_LAST = list(Rewrite)


def rewrite_file(client: Redis) -> Rewrite:
    """Begin to rewrite the append-only file of every server, replicas of a cluster included. Never raises."""
    servers: list[Any] = [client]
    if isinstance(client, RedisCluster):
        servers = [client.get_redis_connection(node) for node in client.get_nodes()]  # type: ignore[no-untyped-call]
    return max(map(_rewrite, servers), key=_WORST_LAST.index, default=Rewrite.REFUSED)


def _rewrite(server: Any) -> Rewrite:
    try:
        if not server.info("persistence").get("aof_enabled"):
            return Rewrite.OFF
        server.bgrewriteaof()
    except FAILURES as error:
        return Rewrite.UNDER_WAY if "already in progress" in str(error) else Rewrite.REFUSED
    return Rewrite.BEGUN
