"""Stops calling a server that fails: after some failures in a row only one turn in a while tries it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from session.errors import InturnError, StoreError
from worker.assistants.llm.model_client import ModelServerError, TokensUsedUp

_FAILURES = 3
_PAUSE = timedelta(seconds=30)


class CircuitOpen(InturnError):
    """Raised when the server has failed recently and is not called."""


class CircuitBreaker:
    """Counts failures in a row. Thread-safe."""

    def __init__(
        self,
        *,
        failures: int = _FAILURES,
        pause: timedelta = _PAUSE,
        server: str = "the model server",
        fault: type[Exception] = ModelServerError,
    ) -> None:
        self._server, self._fault = server, fault
        self._most = failures
        self._pause = pause
        self._lock = Lock()
        self._failures = 0
        self._again_at: datetime | None = None

    @contextmanager
    def watching(self, now: datetime) -> Iterator[None]:
        """Record whether the block fails. Raises `CircuitOpen` instead of running it while the server is not to be called."""
        self._enter(now)
        try:
            yield
        except self._fault:
            self._note(now, failed=True)
            raise
        except (TokensUsedUp, StoreError):
            raise  # nothing was heard of the server
        except Exception:
            self._note(now, failed=False)  # the server has answered, whatever is wrong with the answer
            raise
        self._note(now, failed=False)

    def _enter(self, now: datetime) -> None:
        with self._lock:
            if self._failures < self._most:
                return
            if self._again_at is not None and now < self._again_at:
                raise CircuitOpen(f"{self._server} has failed recently; it is tried again in a while")
            self._again_at = now + self._pause

    def _note(self, now: datetime, *, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            self._again_at = now + self._pause if failed else None
