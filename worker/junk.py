"""Drops what lies in a queue and is no wake-up, with one line of log. Whoever can write to the broker could else end a worker.

Nothing is lost with it: wake-ups name work, they never hold it, and the sweep replaces them.
"""

from collections.abc import Callable
from datetime import datetime
from queue import Empty
from typing import Any

from celery.worker.consumer import Consumer as CeleryConsumer
from loguru import logger

from worker.wakeups import is_wake_up

#: Headers that a wake-up has not, or not filled in.
_NEVER = ("eta", "group", "retries", "shadow", "stamped_headers", "replaced_task_nesting")


def dropped(why: str) -> None:
    """Say that something was dropped; what it was is not repeated."""
    logger.warning("dropped from a queue, since it is no wake-up: {}", why)


class ReadsOn:
    """Part of a channel on Redis: what is not even a message ends no reading."""

    connection: Any  #: the transport

    def _brpop_read(self, **options: Any) -> Any:
        """Read one message from whichever queue has one; the library lets every error in it end the worker."""
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except LookupError as error:  # the library takes some of these for the broker's
            dropped(type(error).__name__)
            return True
        except self.connection.connection_errors + self.connection.channel_errors + (Empty,):
            raise
        except Exception as error:  # noqa: BLE001  (whatever it is, it is off the queue)
            dropped(type(error).__name__)
            return True


class Consumer(CeleryConsumer):  # type: ignore[misc]
    """Celery's consumer, with one line for each of the things that it cannot use, and no error that ends it."""

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], None]:
        """Return what is called with each message."""
        handle = super().create_task_handler(*args, **options)

        def on_task_received(message: Any) -> None:
            try:
                # Here and not in the pool: what fails there is never acknowledged, and would fill the prefetch.
                if _is_ours(message):
                    handle(message)
                else:
                    self._drop(message, "it has not the form of one")
            except self.connection_errors + self.channel_errors:
                raise
            except Exception as error:  # noqa: BLE001  (headers that nobody thought of)
                self._drop(message, type(error).__name__)

        return on_task_received

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Drop a body that cannot be decoded."""
        self._drop(message, type(exc).__name__)

    def on_unknown_message(self, body: Any, message: Any) -> None:  # noqa: ARG002  (as it is called)
        """Drop what names no task."""
        self._drop(message, "it names no task")

    def on_unknown_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002  (as it is called)
        """Drop what names a task that there is not."""
        self._drop(message, "there is no such task")

    def on_invalid_task(self, body: Any, message: Any, exc: Exception) -> None:  # noqa: ARG002  (as it is called)
        """Drop a message of a wrong form or content type."""
        self._drop(message, type(exc).__name__)

    def _drop(self, message: Any, why: str) -> None:
        dropped(why)
        if not message.acknowledged:
            message.reject_log_error(logger, self.connection_errors)


def _is_ours(message: Any) -> bool:
    """Whether a message has the form in which wake-ups are sent. Raises whatever its decoding raises."""
    headers = message.headers
    if not isinstance(headers, dict) or not _fit(headers):
        return False
    match message.decode():
        case [list(arguments), dict(named), dict(more)] if not named and not any(more.values()):
            return is_wake_up(headers.get("task"), arguments)
    return False


def _fit(headers: dict[str, Any]) -> bool:
    """Whether nothing is asked for that wake-ups never ask for: Celery does not look before it obeys."""
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
