"""Adapts Celery's transport and consumer: wake-ups pass through a full Redis, and other entries of a queue stop nothing.

A server at its `maxmemory` rejects every plain command that could use more memory, wake-ups included. Then no worker
would be woken for the very work that frees memory. A script may be exempt, so the transport's two writes are scripts.
Wake-ups are small and soon taken.

Entries that are not wake-ups are dropped with one log line; otherwise a writer to the broker could stop a worker. Nothing
is lost: wake-ups name work and never contain it, and the sweep replaces them.
"""

from collections.abc import Callable
from datetime import datetime
from queue import Empty
from typing import Any

import redis
from celery.worker.consumer import Consumer as CeleryConsumer
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as known
from loguru import logger
from redis.client import Pipeline

from session.publishing import EXEMPT, PUSH
from worker.wakeups import is_wake_up

#: Headers that a wake-up does not have, or has empty.
_NEVER = ("eta", "group", "retries", "shadow", "stamped_headers", "replaced_task_nesting")


def dropped(why: str) -> None:
    """Log that something was dropped, without its content."""
    logger.warning("dropped from a queue because it is not a wake-up: {}", why)


class ReadsOn:
    """Part of a channel on Redis: an entry that is not even a message does not stop reading.

    It has no prefix for its keys, which would need another client.
    """

    connection: Any  #: the transport

    def _get_client(self) -> type[redis.Redis]:
        return _Client

    def _brpop_read(self, **options: Any) -> Any:
        """Read one message from any queue; the library would stop the worker at any error in it."""
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except LookupError as error:  # the library mistakes some of these for errors of the broker
            dropped(type(error).__name__)
            return True
        except self.connection.connection_errors + self.connection.channel_errors + (Empty,):
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, it is off the queue)
            dropped(type(error).__name__)
            return True


class Consumer(CeleryConsumer):  # type: ignore[misc]
    """Celery's consumer, with one log line for each entry that it cannot use, and no error that stops it."""

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], None]:
        """Return the function that is called with each message."""
        handle = super().create_task_handler(*args, **options)

        def on_task_received(message: Any) -> None:
            try:
                # Here and not in the pool: what fails there is never acknowledged, and would fill the prefetch.
                if _is_ours(message):
                    handle(message)
                else:
                    self._drop(message, "its form is wrong")
            except self.connection_errors + self.channel_errors:
                raise
            except Exception as error:  # noqa: BLE001  (headers that nobody thought of)
                self._drop(message, type(error).__name__)

        return on_task_received

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Drop a body that cannot be decoded."""
        self._drop(message, type(exc).__name__)

    def on_unknown_message(self, body: Any, message: Any) -> None:  # noqa: ARG002  (as it is called)
        """Drop a message that names no task."""
        self._drop(message, "it names no task")

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002  (as it is called)
        """Drop a message that names an unknown task."""
        self._drop(message, "it names an unknown task")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002  (as it is called)
        """Drop a message of a wrong form or content type."""
        self._drop(message, type(exc).__name__)

    def _drop(self, message: Any, why: str) -> None:
        dropped(why)
        if not message.acknowledged:
            message.reject_log_error(logger, self.connection_errors)


def _is_ours(message: Any) -> bool:
    """Whether a message has the form of a wake-up. Raises whatever its decoding raises."""
    headers = message.headers
    if not isinstance(headers, dict) or not _fit(headers):
        return False
    match message.decode():
        case [list(arguments), dict(named), dict(more)] if not named and not any(more.values()):
            return is_wake_up(headers.get("task"), arguments)
    return False


def _fit(headers: dict[str, Any]) -> bool:
    """Whether a message has no options that wake-ups never have: Celery would obey them."""
    if any(headers.get(name) for name in _NEVER) or not isinstance(headers.get("id"), str):
        return False
    return headers.get("timelimit") in (None, [None, None]) and _is_moment(headers.get("expires"))


def _is_moment(text: object) -> bool:
    if text is None:
        return True
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


#: A queue accepts a limited number of messages, as it does from `Publisher`.
_WRITES = {"LPUSH": PUSH, "SADD": EXEMPT + "return redis.call('SADD', KEYS[1], unpack(ARGV))"}


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
        return super().register_script(EXEMPT + script)  # type: ignore[misc]


class _Pipeline(_WithLeave, Pipeline):  # type: ignore[misc]
    """Several commands at once."""


class _Client(_WithLeave, redis.Redis):  # type: ignore[misc]
    """A client of the transport."""

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> Pipeline:  # noqa: FBT001, FBT002
        """Return a pipeline of exempt scripts."""
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class RedisChannel(ReadsOn, known.Channel):
    """The transport's channel."""


class SentinelChannel(ReadsOn, known.SentinelChannel):
    """The same for the master that Sentinel names."""


class Transport(known.Transport):
    """The library's transport with our channel."""

    Channel = RedisChannel


class SentinelTransport(known.SentinelTransport):
    """The library's transport for Sentinels with our channel."""

    Channel = SentinelChannel


def let_wake_ups_pass() -> None:
    """Use these transports for every Redis URL, from the first connection on."""
    # By its alias, because the library chooses TLS and sockets by the scheme of the URL, not by the transport's class.
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
    TRANSPORT_ALIASES["sentinel"] = f"{__name__}:{SentinelTransport.__name__}"
