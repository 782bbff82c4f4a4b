"""Carries single commands to one Redis server and back. Must not know keys or scripts.

The client of redis-py does this too, and around every command it asks its pool, polls the socket and counts for its
metrics: together that costs more than to pack the command, send it and read the answer.
"""

import os
from typing import Any

from redis import ConnectionPool, exceptions


class Wire:
    """Keeps connections of a client's pool for its own use; they are closed with the client."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        # The interface that redis-py declares for connections leaves out half of what they have.
        self._idle: list[Any] = []

    def ask(self, *command: str | int | bytes) -> Any:
        """Send a command and return its answer, on a connection that nobody else uses meanwhile.

        What is tried again is for the connection's own `retry` to say. Raises `redis.RedisError`.
        """
        connection = self._connection()

        def exchange() -> Any:
            connection.send_command(*command)
            return connection.read_response()

        try:
            return connection.retry.call_with_retry(exchange, lambda _: connection.disconnect())
        except exceptions.ResponseError:
            raise
        except BaseException:
            # An answer that was not read would be taken for that of the next command.
            connection.disconnect()
            raise
        finally:
            self._idle.append(connection)

    def _connection(self) -> Any:
        try:
            connection = self._idle.pop()
        except IndexError:
            return self._pool.get_connection()
        # After a fork the kept ones are the parent's.
        return connection if connection.pid == os.getpid() else self._pool.get_connection()

    def __del__(self) -> None:
        while self._idle:
            self._pool.release(self._idle.pop())
