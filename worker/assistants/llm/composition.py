"""Puts the assistant together: settings are checked at the start, connections are opened at the first turn of a process."""

import os
import weakref
from collections.abc import Callable
from importlib import import_module
from threading import Lock
from typing import Any

from session.connection import connect
from session.errors import SettingsError
from session.keys import Keys
from worker.assistants.llm.circuit_breaker import CircuitBreaker
from worker.assistants.llm.llm_assistant import LlmAssistant, ModelAccess
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.llm.token_budget import DailyTokens
from worker.loading import load_assistant

#: What a child process has inherited. It must not be garbage-collected: closing the event loop here would break that of
#: the parent, since both use the same file descriptors.
_INHERITED: list[Any] = []


def open_assistant(settings: LlmSettings) -> LlmAssistant:
    """Return the assistant; opens no connection and starts no thread.

    Raises `SettingsError` if the extra is not installed or the fallback cannot be loaded.
    """
    # The import takes a second of CPU time; no turn should wait for it.
    engine = _engine()
    access = OncePerProcess(lambda: _open_access(settings, engine))
    return LlmAssistant(
        settings, access=access, fallback=load_assistant(settings.llm_fallback, "LLM_FALLBACK")
    )


class OncePerProcess:
    """Creates its value at the first call, once for all threads of a process, and again after a fork."""

    def __init__(self, make: Callable[[], ModelAccess]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: ModelAccess | None = None
        here = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _begin_anew(here()))

    def __call__(self) -> ModelAccess:
        """Return the value of this process, created if necessary."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def begin_anew(self) -> None:
        """Forget the inherited value, in a new child process."""
        _INHERITED.append(self._made)
        self._made = None
        self._lock = Lock()


def _begin_anew(once: OncePerProcess | None) -> None:
    if once is not None:
        once.begin_anew()


def _engine() -> Any:
    try:
        import_module("publicsuffixlist")  # the guard would import it during a turn
        return import_module("worker.assistants.llm.engine").Engine
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("worker."):
            raise
        raise SettingsError(
            f"worker.assistants.llm needs the package {error.name}: install inturn[llm]"
        ) from None


def _open_access(settings: LlmSettings, engine: Any) -> ModelAccess:
    client = connect(
        settings.session_redis_url, timeout=settings.redis_patience, cluster=settings.redis_cluster
    )
    return ModelAccess(
        client=engine(settings),
        tokens=DailyTokens(client, Keys(settings.shards), a_day=settings.llm_daily_tokens),
        breaker=CircuitBreaker(),
    )
