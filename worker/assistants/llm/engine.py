"""Asks the model with pydantic-ai, on one event loop in its own thread. The only module that imports pydantic-ai.

An engine belongs to the process that has created it: agents must not be shared between event loops, and neither a loop
nor a connection survives a fork.
"""

import asyncio
from dataclasses import dataclass
from threading import Thread
from typing import TypeAlias

import httpx2
from openai import AsyncOpenAI
from pydantic_ai import Agent, RunContext, Tool, ToolOutput
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError, ModelTimeoutError
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, UserPromptPart
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIChatModelSettings
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.usage import RunUsage, UsageLimits

from worker.assistants.llm.model_client import ModelServerError, SearchFor, TurnUsage
from worker.assistants.llm.prompts import Question
from worker.assistants.llm.schemas import (
    FORMS,
    Form,
    MemberSearch,
    ModelAnswer,
    PropertySearch,
    SearchArguments,
)
from worker.assistants.llm.settings import LlmSettings
from worker.assistants.llm.tool_queue import ToolQueue

#: Seconds after the deadline of the loop, so that normally the loop times out first.
_GRACE = 0.2
_CLOSING = 5.0
#: Statuses that are a problem of the server or the account: wrong key or model, timeout, too many requests.
_FAULTS = frozenset({401, 402, 403, 404, 408, 429})
_SERVER_ERROR = 500


@dataclass(slots=True, kw_only=True)
class _Run:
    """What the search tool of one run needs."""

    tool_queue: ToolQueue
    searches_left: int


_Agent: TypeAlias = "Agent[_Run, ModelAnswer]"


class Engine:
    """Asks one model. Thread-safe."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._http = httpx2.AsyncClient(
            # As in the channels: no proxies or netrc from the environment, and no redirects, which would forward the key.
            trust_env=False,
            follow_redirects=False,
            timeout=settings.patience,
        )
        model = _model(settings, self._http)
        self._agents = {kind: _agent(form, model, settings) for kind, form in FORMS.items()}
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True, name="llm")
        self._thread.start()

    def ask(
        self, question: Question, search: SearchFor, turn_usage: TurnUsage, *, seconds: float
    ) -> ModelAnswer:
        """Return the answer of the model; its searches are run by `search` in the calling thread.

        Raises any error of the request; `turn_usage` is updated in any case.
        """
        tool_queue, usage = ToolQueue(), RunUsage()
        future = asyncio.run_coroutine_threadsafe(
            self._run(question, tool_queue, usage, seconds=seconds), self._loop
        )
        future.add_done_callback(lambda _: tool_queue.finish())
        try:
            tool_queue.serve(search, seconds=seconds + _GRACE)
            return future.result(timeout=0)
        except (TimeoutError, ModelAPIError) as error:
            if isinstance(error, TimeoutError | ModelTimeoutError):
                turn_usage.tokens += self._request(question)
            if _is_server_error(error):
                raise ModelServerError(_named(error)) from error
            raise
        finally:
            future.cancel()
            turn_usage.tokens += usage.total_tokens + usage.unmeasured_requests * self._request(question)

    def _request(self, question: Question) -> int:
        """Return an estimate of the tokens of a request without reported usage."""
        return question.tokens + self._settings.llm_max_output_tokens

    def close(self) -> None:
        """Close the connections and the loop. Not to be called in a child process that has inherited the engine."""
        asyncio.run_coroutine_threadsafe(self._http.aclose(), self._loop).result(_CLOSING)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING)
        self._loop.close()

    async def _run(
        self, question: Question, tool_queue: ToolQueue, usage: RunUsage, *, seconds: float
    ) -> ModelAnswer:
        settings = self._settings
        run = self._agents[question.kind].run(
            question.text,
            instructions=question.rules,
            message_history=[_message(role, text) for role, text in question.history],
            deps=_Run(tool_queue=tool_queue, searches_left=settings.llm_max_searches),
            model_settings=_model_settings(settings, seconds),
            usage=usage,
            usage_limits=UsageLimits(
                request_limit=settings.llm_max_requests, tool_calls_limit=settings.llm_max_searches
            ),
        )
        return (await asyncio.wait_for(run, seconds)).output


def _model(settings: LlmSettings, http: httpx2.AsyncClient) -> OpenAIChatModel:
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
    client = AsyncOpenAI(
        base_url=settings.llm_base_url,
        api_key=key or "none",  # a local server may need no key, but the client requires one
        http_client=http,
        max_retries=settings.llm_max_retries,
    )
    return OpenAIChatModel(
        settings.llm_model,
        provider=OpenAIProvider(openai_client=client),
        profile=OpenAIModelProfile(
            supports_forced_tool_choice=settings.llm_tool_choice == "required",
            openai_chat_supports_max_completion_tokens=settings.llm_output_limit == "max_completion_tokens",
        ),
    )


def _model_settings(settings: LlmSettings, seconds: float) -> OpenAIChatModelSettings:
    return OpenAIChatModelSettings(max_tokens=settings.llm_max_output_tokens, timeout=seconds)


def _agent(form: Form, model: OpenAIChatModel, settings: LlmSettings) -> _Agent:
    tool: Tool[_Run] = Tool(
        _search_properties if form.search is PropertySearch else _search_members,
        name="search",
        description="Find records, five a page. Ask for the next page of the same search with `page`.",
        prepare=_while_some_are_left,
        max_retries=1,
    )
    return Agent(
        model,
        deps_type=_Run,
        output_type=ToolOutput(form.answer, name="answer"),
        tools=[tool] if settings.llm_max_searches else [],
        retries=1,
        end_strategy="early",
        name="inturn",
    )


async def _search_properties(context: RunContext[_Run], wanted: PropertySearch) -> str:
    return await _search(context.deps, wanted)


async def _search_members(context: RunContext[_Run], wanted: MemberSearch) -> str:
    return await _search(context.deps, wanted)


async def _search(run: _Run, wanted: SearchArguments) -> str:
    run.searches_left -= 1
    return await run.tool_queue.submit(wanted)


async def _while_some_are_left(context: RunContext[_Run], tool: ToolDefinition) -> ToolDefinition | None:
    """Offer the search tool only while searches are left, so that the model ends with an answer, not an error."""
    return tool if context.deps.searches_left > 0 else None


def _message(role: str, text: str) -> ModelMessage:
    if role == "user":
        return ModelRequest(parts=[UserPromptPart(content=text)])
    return ModelResponse(parts=[TextPart(content=text)])


def _is_server_error(error: Exception) -> bool:
    """Whether an error is a problem of the server, not of a long or malicious text (400, 413, 422)."""
    status = error.status_code if isinstance(error, ModelHTTPError) else None
    return status is None or status in _FAULTS or status >= _SERVER_ERROR


def _named(error: Exception) -> str:
    """Return the name of an error and its status, without its text: that may quote what was sent."""
    status = f" {error.status_code}" if isinstance(error, ModelHTTPError) else ""
    return f"{type(error).__name__}{status}"
