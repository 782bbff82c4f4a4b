"""Sends commands to one server and returns the answers, one at a time or many in one write. Independent of keys and scripts.

The client library does this too, but for every command it also asks its pool, polls the socket and records telemetry that
is not used. That costs more than to encode the command, send it and read the answer.
"""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError, ResponseError

from session.store.calls import Wait

Words = Sequence[str | bytes | int]


class Wire:
    """Keeps connections of a client, as many as are used at the same time; they are closed with the client."""

    def __init__(self, client: redis.Redis) -> None:
        self._pool = client.connection_pool
        # The interface that the library declares for connections is incomplete.
        self._idle: list[Any] = []

    def call(self, words: Words, wait: Wait | None = None) -> Any:
        """Send a command and return its answer; on a connection that the server has closed it is sent once more.

        With a wait its answer is an `Unconfirmed` one unless the wait is reached.

        Raises what the client library raises: `ConnectionError`, `TimeoutError`, `ResponseError` and their subclasses, and
        `UnicodeEncodeError` for half a character. A command whose answer does not come in time is never sent twice.
        """
        if wait:
            (answer,) = self.call_many([words], wait)
            if isinstance(answer, Exception):
                raise answer
            return answer
        connection = self._connection()
        once_more = True
        try:
            while True:
                try:
                    _connect(connection)
                    connection.send_command(*words, check_health=False)
                    return connection.read_response()
                except RedisConnectionError:
                    connection.disconnect()
                    if not once_more:
                        raise
                    once_more = False
                except ReadOnlyError:
                    # The server was a master and is a replica now: the server that has the address by now is asked next.
                    connection.disconnect()
                    raise
                except (ResponseError, UnicodeEncodeError):  # the answer was read, or nothing was sent
                    raise
                except BaseException:
                    # A deadline may ring between a question and its answer: no other call may read that answer.
                    connection.disconnect()
                    raise
        finally:
            self._idle.append(connection)

    def call_many(self, commands: Sequence[Words], wait: Wait | None = None) -> list[Any]:
        """Send commands in one write and return their answers in order; an error takes the place of the answer.

        A wait is sent behind them. If it is not reached, their answers are `Unconfirmed`.

        If the connection breaks, every command without an answer has that error: each of them may or may not have been
        carried out. If it breaks before the first answer, the server had closed it, and all are sent once more. A
        command that cannot be encoded has that error, and is not sent.
        """
        connection = self._connection()
        try:
            answers, broken = _exchange_many(connection, commands, wait)
            if isinstance(broken, RedisConnectionError) and not any(_is_answer(one) for one in answers):
                answers, broken = _exchange_many(connection, commands, wait)
        finally:
            self._idle.append(connection)
        return [broken if answer is _MISSING else answer for answer in answers]

    def _connection(self) -> Any:
        """Return a connection that no other thread uses meanwhile. After a fork the kept ones are the parent's."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread has taken the last one
                break
            if connection.pid == os.getpid():
                return connection
        return self._pool.get_connection()

    def __del__(self) -> None:
        for connection in self._idle:
            self._pool.release(connection)


class Unconfirmed(NamedTuple):
    """The answer of a command that was carried out, and why it is not known to be safe."""

    answer: Any
    why: str


_MISSING = object()


def _is_answer(answer: Any) -> bool:
    return answer is not _MISSING and not isinstance(answer, UnicodeEncodeError)


def _exchange_many(
    connection: Any, commands: Sequence[Words], wait: Wait | None
) -> tuple[list[Any], RedisError | None]:
    """Return the answers, and the error that ended the exchange if one did; what it left open is `_MISSING`."""
    answers: list[Any] = [_MISSING] * len(commands)
    packed, sent = [], []
    for place, words in enumerate(commands):
        try:
            packed += connection.pack_command(*words)
        except UnicodeEncodeError as error:
            answers[place] = error
        else:
            sent.append(place)
    demoted = False
    try:
        if packed:
            packed += connection.pack_command(*wait.words) if wait else ()
            _connect(connection)
            connection.send_packed_command([b"".join(packed)], check_health=False)
        for place in sent:
            try:
                answers[place] = connection.read_response()
            except ResponseError as error:
                answers[place] = error
                demoted = demoted or isinstance(error, ReadOnlyError)
        if wait and packed and (why := _not_reached(connection, wait)):
            answers = [one if isinstance(one, Exception) else Unconfirmed(one, why) for one in answers]
    except RedisError as error:
        connection.disconnect()
        if wait:
            why = type(error).__name__
            answers = [
                Unconfirmed(one, why) if _is_answer(one) and not isinstance(one, Exception) else one
                for one in answers
            ]
        return answers, error
    except BaseException:
        connection.disconnect()
        raise
    if demoted:
        connection.disconnect()
    return answers, None


def _connect(connection: Any) -> None:
    """Connect unless it is; left to itself the library would go back to the server that was lost, not to the present master."""
    if not connection.is_connected:
        connection.connect()


def _not_reached(connection: Any, wait: Wait) -> str:
    """Return why what was written is not known to be safe; "" if it is."""
    try:
        answer = connection.read_response(timeout=wait.seconds + (connection.socket_timeout or 0))
    except ResponseError as error:
        return str(error)
    return "" if wait.reached(answer) else f"{wait.name} was not reached within {wait.seconds:g} s"


def sendable(text: str) -> bytes:
    """Return a text in a form that the client library can send: as bytes, if it cannot encode it.

    Escaped bytes are restored; any other lone surrogate becomes "?".
    """
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
