"""Puts the assistant together: at the start what settings name, in each process at its first turn what it opens."""

import os
import weakref
from collections.abc import Callable
from importlib import import_module
from threading import Lock
from typing import Any

from session.connection import connect
from session.errors import SettingsError
from session.keys import Keys
from worker.assistants.llm.breaker import Breaker
from worker.assistants.llm.budget import DailyTokens
from worker.assistants.llm.replier import LlmAssistant, Means
from worker.assistants.llm.settings import LlmSettings
from worker.named import load_assistant

#: What children have inherited of their parents. It must not even be collected: closing a loop here would take the
#: parent's own wake-ups away, since both look at the same descriptors.
_LEFT_ALONE: list[Any] = []


def open_assistant(settings: LlmSettings) -> LlmAssistant:
    """Return the assistant. Opens no connection and starts no thread.

    Raises `SettingsError` if the extra is not installed or the fallback cannot be loaded.
    """
    # A second of processor time, which no turn should pay.
    engine = _engine()
    means = OncePerProcess(lambda: _open_means(settings, engine))
    return LlmAssistant(settings, means=means, fallback=load_assistant(settings.llm_fallback, "LLM_FALLBACK"))


class OncePerProcess:
    """Makes its value at the first call, once for all threads, and again in a process that was forked since."""

    def __init__(self, make: Callable[[], Means]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: Means | None = None
        here = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _begin_anew(here()))

    def __call__(self) -> Means:
        """Return the value of this process."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = self._make()
        return self._made

    def begin_anew(self) -> None:
        """Forget what was inherited, in a child that has just begun."""
        _LEFT_ALONE.append(self._made)
        self._made = None
        self._lock = Lock()


def _begin_anew(once: OncePerProcess | None) -> None:
    if once is not None:
        once.begin_anew()


def _engine() -> Any:
    try:
        import_module("publicsuffixlist")  # the guard's, which would ask for it as late as in a turn
        return import_module("worker.assistants.llm.engine").Engine
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("worker."):
            raise
        raise SettingsError(
            f"worker.assistants.llm needs the package {error.name}: install inturn[llm]"
        ) from None


def _open_means(settings: LlmSettings, engine: Any) -> Means:
    client = connect(
        settings.session_redis_url, timeout=settings.redis_patience, cluster=settings.redis_cluster
    )
    return Means(
        asker=engine(settings),
        tokens=DailyTokens(client, Keys(settings.shards), a_day=settings.llm_daily_tokens),
        breaker=Breaker(),
    )
