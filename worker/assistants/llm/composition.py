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
from worker.assistants.llm.tool_servers.file import SETTING, read_tool_servers
from worker.assistants.llm.tool_servers.toolbox import Toolbox
from worker.loading import load_assistant
from worker.tables import Followed


def open_assistant(settings: LlmSettings) -> LlmAssistant:
    """Return the assistant; opens no connection and starts no thread.

    Raises `SettingsError` if an extra is not installed, the fallback cannot be loaded, or the file of tool servers is invalid.
    """
    _needed("publicsuffixlist", "worker.assistants.llm", "llm")  # the guard would import it during a turn
    return LlmAssistant(
        settings,
        access=partial(_open_access, settings, open_toolbox(settings)),
        fallback=load_assistant(settings.llm_fallback, "LLM_FALLBACK"),
    )


def open_toolbox(settings: LlmSettings) -> Toolbox | None:
    """Return the tools of the servers in `MCP_FILE`, None without one; opens no connection.

    Raises `SettingsError` if the extra is not installed or the file is invalid.
    """
    if settings.mcp_file is None:
        return None
    _needed("mcp", SETTING, "mcp")
    from worker.assistants.llm.tool_servers.connection import Connection  # noqa: PLC0415  (it needs the extra)

    read = partial(read_tool_servers, country=settings.default_country)
    followed = Followed(settings.mcp_file, read)
    return Toolbox(lambda: followed.now, Connection)


def _needed(package: str, by: str, extra: str) -> None:
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        raise SettingsError(f"{by} needs the package {error.name}: install inturn[{extra}]") from None


def _open_access(settings: LlmSettings, toolbox: Toolbox | None) -> ModelAccess:
    client = connect(
        settings.session_redis_url, timeout=settings.redis_patience, cluster=settings.redis_cluster
    )
    return ModelAccess(
        client=Engine(settings),
        tokens=DailyTokens(AsyncRunner(client), Keys(settings.shards), a_day=settings.llm_daily_tokens),
        breaker=CircuitBreaker(),
        toolbox=toolbox,
    )
