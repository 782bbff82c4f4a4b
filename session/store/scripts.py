"""Loads the Lua scripts and calls them; says `StoreUnavailable` for whatever is no fault of the script."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha1
from importlib.resources import files
from typing import Any

import redis
from redis import exceptions
from redis.cluster import RedisCluster

from session.store.asking import FAILURES, unavailable
from session.store.wire import Wire

#: One server or a cluster; answers are decoded as UTF-8 with `surrogateescape`, so that any bytes survive.
Redis = redis.Redis | RedisCluster

#: What a script may be given.
Value = str | int | bytes


class Scripts:
    """The scripts of `session/lua`, by name, on one Redis."""

    def __init__(self, client: Redis) -> None:
        self.client = client
        self._texts = {
            entry.name.removesuffix(".lua"): entry.read_text(encoding="utf-8")
            for entry in (files("session") / "lua").iterdir()
            if entry.name.endswith(".lua")
        }
        self._digests = {
            name: sha1(text.encode(), usedforsecurity=False).hexdigest() for name, text in self._texts.items()
        }
        # In a cluster the library has to find the node of a key first.
        self._send: Callable[..., Any] = (
            client.execute_command if isinstance(client, RedisCluster) else Wire(client).call
        )

    def call(self, name: str, keys: Sequence[str], args: Sequence[Value]) -> list[Any]:
        """Run a script in one round trip (two if the server does not know it yet) and return its answer.

        Raises:
            StoreUnavailable: Redis is away, hung or full; the script may or may not have run.

        """
        command = (len(keys), *keys, *args)
        try:
            try:
                return self._run(name, command)
            except UnicodeEncodeError:
                # Nothing was sent. To look at every value beforehand would cost more than all the rest of a call.
                sendables = [sendable(value) if isinstance(value, str) else value for value in command]
                return self._run(name, sendables)
        except FAILURES as error:
            away = unavailable(name, error)
            if away is None:
                raise
            raise away from error

    def _run(self, name: str, command: Iterable[Value]) -> list[Any]:
        answer: list[Any]
        try:
            answer = self._send("EVALSHA", self._digests[name], *command)
        except exceptions.NoScriptError:
            # It teaches the server the script as well, on the node of the keys and for whoever comes next.
            answer = self._send("EVAL", self._texts[name], *command)
        return answer

    def texts(self) -> dict[str, str]:
        """Return what each script says, by its name."""
        return dict(self._texts)


def sendable(text: str) -> bytes:
    """Return a text as the client library can send it: what it cannot encode goes as bytes.

    What came as bytes goes back as the same bytes; any other lone surrogate has no bytes and becomes "?".
    """
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
