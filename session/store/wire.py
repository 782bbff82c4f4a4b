"""One connection a thread, held for as long as the thread lives, and nothing between a command and its socket.

It knows the client library's connections and no script. Half the time of a call went into what the library does around
it: borrowing a connection, asking whether it is still good, counting for telemetry nobody reads.
"""

import os
import threading
from typing import Any

import redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError


class Wire:
    """Sends commands to one server, on connections as the pool of a client makes them."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        self._own = threading.local()

    def call(self, *command: str | bytes | int) -> Any:
        """Send a command and return its answer; on a connection that the server has closed it is sent once more.

        Raises what the client library raises: `ConnectionError`, `TimeoutError`, `ResponseError` and their kin. An answer
        that does not come in time is never asked for twice.
        """
        connection = self._connection()
        try:
            return _call(connection, command)
        except RedisConnectionError:
            return _call(connection, command)

    def _connection(self) -> Any:
        """Return this thread's connection; a process that was forked makes its own."""
        own, pid = self._own, os.getpid()
        if getattr(own, "pid", None) != pid:
            # Not from the pool: it is never given back, and must not count against what the pool may lend.
            own.connection, own.pid = self._pool.connection_class(**self._pool.connection_kwargs), pid
        return own.connection


def _call(connection: Any, command: tuple[str | bytes | int, ...]) -> Any:
    try:
        connection.send_command(*command, check_health=False)
        return connection.read_response()
    except ResponseError:
        raise
    except BaseException:
        # A deadline may ring between the question and its answer: nobody else must ever read that answer as theirs.
        connection.disconnect()
        raise
