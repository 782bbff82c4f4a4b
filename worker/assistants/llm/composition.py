"""Puts the assistant together: settings are checked at the start, connections are opened at the first turn of a process."""

from functools import partial
from importlib import import_module

from session.connection import connect
from session.errors import SettingsError
from session.keys import Keys
from session.store import AsyncRunner
from worker.assistants.llm.circuit_breaker import CircuitBreaker
from worker.assistants.llm.engine import Engine
from worker.assistants.llm.llm_assistant import LlmAssistant, ModelAccess
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.llm.token_budget import DailyTokens
from worker.loading import load_assistant


def open_assistant(settings: LlmSettings) -> LlmAssistant:
    """Return the assistant; opens no connection and starts no thread.

    Raises `SettingsError` if the extra is not installed or the fallback cannot be loaded.
    """
    try:
        import_module("publicsuffixlist")  # the guard would import it during a turn
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"worker.assistants.llm needs the package {error.name}: install inturn[llm]"
        ) from None
    return LlmAssistant(
        settings,
        access=partial(_open_access, settings),
        fallback=load_assistant(settings.llm_fallback, "LLM_FALLBACK"),
    )


def _open_access(settings: LlmSettings) -> ModelAccess:
    client = connect(
        settings.session_redis_url, timeout=settings.redis_patience, cluster=settings.redis_cluster
    )
    return ModelAccess(
        client=Engine(settings),
        tokens=DailyTokens(AsyncRunner(client), Keys(settings.shards), a_day=settings.llm_daily_tokens),
        breaker=CircuitBreaker(),
    )
