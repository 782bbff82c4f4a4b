"""Asks the model: pydantic-ai on one event loop, in a thread of its own. The only module that knows pydantic-ai.

An engine belongs to the process that made it. Agents shared by threads are bound to the wrong loop, and neither a
loop nor a connection survives a fork.
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

from worker.assistants.llm.answers import FORMS, Answer, Form, MemberSearch, PropertySearch, Search
from worker.assistants.llm.asking import Bill, SearchFor, ServerFault
from worker.assistants.llm.errands import Errands
from worker.assistants.llm.prompts import Question
from worker.assistants.llm.settings import LlmSettings
from worker.deadline import DeadlineExceeded

#: Seconds after the loop's own deadline, so that normally the loop is the one that gives up.
_GRACE = 0.2
_CLOSING = 5.0
#: Wrong key, wrong model, too slow, too many of us.
_FAULTS = frozenset({401, 402, 403, 404, 408, 429})
_SERVER_ERROR = 500


@dataclass(slots=True, kw_only=True)
class _Run:
    """What the tool of one run works with."""

    errands: Errands
    searches_left: int


_Asker: TypeAlias = "Agent[_Run, Answer]"


class Engine:
    """Asks one model, for any number of threads at once."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._http = httpx2.AsyncClient(
            # As for the channels: no proxies or netrc from the environment, no redirections for our key to follow.
            trust_env=False,
            follow_redirects=False,
            timeout=settings.patience,
        )
        model = _model(settings, self._http)
        self._agents = {kind: _agent(form, model, settings) for kind, form in FORMS.items()}
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True, name="llm")
        self._thread.start()

    def ask(self, question: Question, search: SearchFor, bill: Bill, *, seconds: float) -> Answer:
        """Return the model's answer; what it searches for is done by `search`, in the calling thread.

        Raises whatever goes wrong; `bill` says in any case what it has cost.
        """
        errands, usage = Errands(), RunUsage()
        future = asyncio.run_coroutine_threadsafe(
            self._run(question, errands, usage, seconds=seconds), self._loop
        )
        future.add_done_callback(lambda _: errands.finish())
        try:
            errands.serve(search, seconds=seconds + _GRACE)
            return future.result(timeout=0)
        except DeadlineExceeded:
            bill.tokens += self._request(question)
            raise
        except (TimeoutError, ModelAPIError) as error:
            if isinstance(error, TimeoutError | ModelTimeoutError):
                bill.tokens += self._request(question)
            if _is_fault(error):
                raise ServerFault(_named(error)) from error
            raise
        finally:
            future.cancel()
            bill.tokens += usage.total_tokens + usage.unmeasured_requests * self._request(question)

    def _request(self, question: Question) -> int:
        """Return about how many tokens a request takes of which nobody says what it took."""
        return question.tokens + self._settings.llm_max_output_tokens

    def close(self) -> None:
        """End the loop and its connections. Not for a child that inherited this engine."""
        asyncio.run_coroutine_threadsafe(self._http.aclose(), self._loop).result(_CLOSING)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING)
        self._loop.close()

    async def _run(self, question: Question, errands: Errands, usage: RunUsage, *, seconds: float) -> Answer:
        settings = self._settings
        run = self._agents[question.kind].run(
            question.text,
            instructions=question.rules,
            message_history=[_message(role, text) for role, text in question.history],
            deps=_Run(errands=errands, searches_left=settings.llm_max_searches),
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
        api_key=key or "none",  # a server of one's own may want none, but the client does
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


def _agent(form: Form, model: OpenAIChatModel, settings: LlmSettings) -> _Asker:
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


async def _search(run: _Run, wanted: Search) -> str:
    run.searches_left -= 1
    return await run.errands.ask(wanted)


async def _while_some_are_left(context: RunContext[_Run], tool: ToolDefinition) -> ToolDefinition | None:
    """Offer the search only as long as it may be used, so that a model ends with an answer and not with an error."""
    return tool if context.deps.searches_left > 0 else None


def _message(role: str, text: str) -> ModelMessage:
    if role == "user":
        return ModelRequest(parts=[UserPromptPart(content=text)])
    return ModelResponse(parts=[TextPart(content=text)])


def _is_fault(error: Exception) -> bool:
    """Whether the server is at fault. What it says to a long or a wicked text (400, 413, 422) is not its fault."""
    status = error.status_code if isinstance(error, ModelHTTPError) else None
    return status is None or status in _FAULTS or status >= _SERVER_ERROR


def _named(error: Exception) -> str:
    """Return the name of an error and its status, but not its words: a server may repeat in them what it was sent."""
    status = f" {error.status_code}" if isinstance(error, ModelHTTPError) else ""
    return f"{type(error).__name__}{status}"
