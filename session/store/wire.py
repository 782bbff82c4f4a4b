"""Carries single commands to one server and back. It knows no key and no script.

The client library does this too, and around every command it asks its pool, polls the socket and counts for telemetry
that nobody reads: together that costs more than to pack the command, send it and read the answer.
"""

import os
from typing import Any

import redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError


class Wire:
    """Keeps connections of a client for its own use, as many as are used at once; they are closed with the client."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        # The interface that the library declares for connections leaves out half of what they have.
        self._idle: list[Any] = []

    def call(self, *command: str | bytes | int) -> Any:
        """Send a command and return its answer; on a connection that the server has closed it is sent once more.

        Raises what the client library raises: `ConnectionError`, `TimeoutError`, `ResponseError` and their kin, and
        `UnicodeEncodeError` for half a character. An answer that does not come in time is never asked for twice.
        """
        connection = self._connection()
        try:
            try:
                return _exchange(connection, command)
            except RedisConnectionError:
                return _exchange(connection, command)
        finally:
            self._idle.append(connection)

    def _connection(self) -> Any:
        """Return a connection that nobody else uses meanwhile. After a fork the kept ones are the parent's."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was quicker
                break
            if connection.pid == os.getpid():
                return connection
        return self._pool.get_connection()

    def __del__(self) -> None:
        for connection in self._idle:
            self._pool.release(connection)


def _exchange(connection: Any, command: tuple[str | bytes | int, ...]) -> Any:
    try:
        connection.send_command(*command, check_health=False)
        return connection.read_response()
    except ReadOnlyError:
        # The server was a master and is a replica now: whoever the address names by now is asked next.
        connection.disconnect()
        raise
    except (ResponseError, UnicodeEncodeError):  # the answer was read, or nothing was sent
        raise
    except BaseException:
        # A deadline may ring between a question and its answer: nobody else must ever read that answer as theirs.
        connection.disconnect()
        raise
