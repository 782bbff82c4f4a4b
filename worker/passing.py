"""Lets wake-ups through a full Redis: Celery's transport, with scripts that may write when memory is short.

A server at its `maxmemory` rejects every plain command that could use more memory, wake-ups included. Then no worker
would be woken for the very work that frees memory. A script may be exempt, so the transport's two writes are scripts.
Wake-ups are small and soon taken.
"""

from typing import Any

import redis
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as known
from redis.client import Pipeline

from worker.junk import ReadsOn

_LEAVE = "#!lua flags=allow-oom\n"
#: A queue with so many entries accepts no more, so memory is bounded: the sweep replaces what is dropped.
_WRITES = {
    "LPUSH": _LEAVE + "local waiting = redis.call('LLEN', KEYS[1])\n"
    "return waiting < 10000 and redis.call('LPUSH', KEYS[1], unpack(ARGV)) or waiting",
    "SADD": _LEAVE + "return redis.call('SADD', KEYS[1], unpack(ARGV))",
}


class _WithLeave:
    """Sends the transport's writes as scripts."""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        """Execute a command, or a script that executes it."""
        if args[0] in _WRITES:
            command, key, *values = args
            args = ("EVAL", _WRITES[command], 1, key, *values)
        return super().execute_command(*args, **options)  # type: ignore[misc]

    def register_script(self, script: str) -> Any:
        """Return an exempt script of the transport."""
        return super().register_script(_LEAVE + script)  # type: ignore[misc]


class _Pipeline(_WithLeave, Pipeline):  # type: ignore[misc]
    """Several commands at once."""


class _Client(_WithLeave, redis.Redis):  # type: ignore[misc]
    """A client of the transport."""

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:  # noqa: FBT001, FBT002
        """Return a pipeline of exempt scripts."""
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class RedisChannel(ReadsOn, known.Channel):
    """The transport's channel; it has no prefix for its keys, which would need another client."""

    def _get_client(self) -> type[redis.Redis]:
        return _Client


class Transport(known.Transport):
    """The library's transport with our channel."""

    Channel = RedisChannel


def let_wake_ups_pass() -> None:
    """Use this transport for every Redis URL, from the first connection on."""
    # By its alias, because the library chooses TLS and sockets by the scheme of the URL, not by the transport's class.
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
