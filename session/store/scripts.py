"""Loads the Lua scripts and calls them; says `StoreUnavailable` for whatever is no fault of the script."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import redis
from redis import exceptions
from redis.cluster import RedisCluster

from session.errors import StoreUnavailable
from session.store.wire import Wire

#: One server or a cluster; answers are decoded as UTF-8 with `surrogateescape`, so that any bytes survive.
Redis = redis.Redis | RedisCluster

#: What a script may be given.
Value = str | int | bytes

#: Redis is away, hung, loading, full, read-only or without a quorum: nothing is wrong with the call itself.
UNAVAILABLE = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.ClusterError,
    exceptions.TryAgainError,
    exceptions.AuthenticationError,
)


class Scripts:
    """The scripts of `session/lua`, by name, on one Redis."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        # A cluster must be asked through its client, which knows the nodes.
        self._ask = (
            Wire(client.connection_pool).ask if isinstance(client, redis.Redis) else client.execute_command
        )
        self._scripts = {
            entry.name.removesuffix(".lua"): client.register_script(entry.read_text(encoding="utf-8"))
            for entry in (files("session") / "lua").iterdir()
            if entry.name.endswith(".lua")
        }

    def call(self, name: str, keys: Sequence[str], args: Sequence[Value]) -> list[Any]:
        """Run a script in one round trip (three if the server does not know it yet) and return its answer.

        Raises:
            StoreUnavailable: Redis is away, hung or full; the script may or may not have run.

        """
        script = self._scripts[name]
        values = [sendable(value) if isinstance(value, str) else value for value in (*keys, *args)]
        try:
            try:
                answer: list[Any] = self._ask("EVALSHA", script.sha, len(keys), *values)
            except exceptions.NoScriptError:
                self.client.script_load(script.script)
                answer = self._ask("EVALSHA", script.sha, len(keys), *values)
        except UNAVAILABLE as error:
            raise StoreUnavailable(f"{name}: {type(error).__name__}") from error
        except exceptions.ResponseError as error:
            if "OOM" in str(error) or "READONLY" in str(error) or "MISCONF" in str(error):
                raise StoreUnavailable(f"{name}: {str(error)[:80]}") from error
            raise
        return answer

    def names(self) -> frozenset[str]:
        """Return the names of all scripts."""
        return frozenset(self._scripts)


def sendable(text: str) -> str | bytes:
    """Return a text as hiredis can send it: it knows no `surrogateescape`, so what is beyond ASCII goes as bytes.

    What came as bytes goes back as the same bytes; any other lone surrogate has no bytes and becomes "?".
    """
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def flat(letters: Sequence[dict[str, str]]) -> list[Value]:
    """Return dead letters as a script takes them: a count of fields, then names and values, for each."""
    values: list[Value] = []
    for letter in letters:
        values.append(2 * len(letter))
        values.extend(fields(letter))
    return values


def fields(entry: dict[str, str]) -> list[Value]:
    """Return names and values in turn."""
    return [part for item in entry.items() for part in item]
