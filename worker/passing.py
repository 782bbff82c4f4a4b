"""Lets wake-ups pass through a Redis that is full: Celery's transport, with leave to write where memory is short.

A server at its `maxmemory` refuses every plain command that could make it larger, a wake-up as well; then nobody would be
woken for the very work that makes room. A script may be given leave, so the two writes of the transport are scripts.
Wake-ups are small and soon taken.
"""

from typing import Any

import redis
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as known
from redis.client import Pipeline

from worker.junk import ReadsOn

_LEAVE = "#!lua flags=allow-oom\n"
#: A queue that nobody has read for so long takes no more: the sweep replaces what is dropped, and memory has an end.
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
        """Return a script of the transport, with leave."""
        return super().register_script(_LEAVE + script)  # type: ignore[misc]


class _Pipeline(_WithLeave, Pipeline):  # type: ignore[misc]
    """Several commands at once."""


class _Client(_WithLeave, redis.Redis):  # type: ignore[misc]
    """A client of the transport."""

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:  # noqa: FBT001, FBT002
        """Return a pipeline with leave."""
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class RedisChannel(ReadsOn, known.Channel):
    """The transport's channel; it has no prefix for its keys, which would need another client."""

    def _get_client(self) -> type[redis.Redis]:
        return _Client


class Transport(known.Transport):
    """The library's transport with our channel."""

    Channel = RedisChannel


def let_wake_ups_pass() -> None:
    """Use this transport for every URL of a Redis, from the first connection on."""
    # By its alias, since the library settles TLS and sockets by the scheme of the URL, not by the transport's class.
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
