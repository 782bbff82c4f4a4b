"""Leaves a model alone whose server fails: after some failures in a row one turn at a time tries it, and no other waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Lock

from session.errors import InturnError
from worker.assistants.llm.asking import ServerFault
from worker.deadline import DeadlineExceeded

_FAILURES = 3
_PAUSE = timedelta(seconds=30)


class LeftAlone(InturnError):
    """Raised when the server has failed lately and is not asked."""


class Breaker:
    """Counts failures in a row. Any thread may use it."""

    def __init__(self, *, failures: int = _FAILURES, pause: timedelta = _PAUSE) -> None:
        self._most = failures
        self._pause = pause
        self._lock = Lock()
        self._failures = 0
        self._again_at: datetime | None = None

    @contextmanager
    def watching(self, now: datetime) -> Iterator[None]:
        """Note how the block ends. Raises `LeftAlone` in place of it if the server is not to be asked."""
        self._enter(now)
        try:
            yield
        except (ServerFault, DeadlineExceeded):
            self._note(now, failed=True)
            raise
        except Exception:
            self._note(now, failed=False)  # it has answered, whatever it was
            raise
        self._note(now, failed=False)

    def _enter(self, now: datetime) -> None:
        with self._lock:
            if self._failures < self._most:
                return
            if self._again_at is not None and now < self._again_at:
                raise LeftAlone("the model's server has failed lately")
            self._again_at = now + self._pause

    def _note(self, now: datetime, *, failed: bool) -> None:
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            self._again_at = now + self._pause if failed else None
