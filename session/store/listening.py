"""Listens to one channel (pub/sub) on a connection of its own, for a loop."""

from collections.abc import AsyncGenerator
from typing import Any

from redis import TimeoutError  # noqa: A004  (the others are of the client library as well)
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster

from session.store.async_link import connection_like, find_server
from session.store.runners import Redis

#: Seconds without anything, after which the server is asked whether it is still there.
_QUIET_FOR = 10.0


async def published(
    client: Redis, channel: str, *, quiet_for: float = _QUIET_FOR
) -> AsyncGenerator[str | None]:
    """Yield what is published on a channel, and None first, as soon as it is listened to.

    What was published before is not heard. In a cluster one of the nodes is asked, since each hears what another publishes.

    Raises what the client library raises if there is no connection, or it is lost; also if the server does not answer any
    more, or the user of the connection may not listen to the channel.
    """
    server: Any = client
    if isinstance(client, RedisCluster):
        server = server.get_redis_connection(server.get_random_node())
    connection = connection_like(server.connection_pool)
    connection.retry = Retry(NoBackoff(), 0)
    try:
        await find_server(server.connection_pool, connection)
        await connection.connect()
        await connection.send_command("SUBSCRIBE", channel)
        await connection.read_response(disconnect_on_error=False)
        yield None
        asked = False
        while True:
            answer = await connection.read_response(timeout=quiet_for, disconnect_on_error=False)
            match answer:
                case [b"message", _, bytes(said)]:
                    yield said.decode("utf-8", "replace")
                case None if asked:
                    raise TimeoutError("no answer in time")
                case None:
                    await connection.send_command("PING")
            asked = answer is None
    finally:
        await connection.disconnect(nowait=True)
