"""An agent of pydantic-ai as an assistant, extra `inturn[pydantic-ai]`.

Its tools, instructions and output functions have the turn as `ctx.deps`, or what `context` makes of it.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from session.async_turn import AsyncTurn
from session.consulting import AsyncAssistant
from session.replies import Reply
from worker.assistants.adapters import runs
from worker.assistants.adapters.tools import by_name
from worker.assistants.llm.told import Said

try:
    from pydantic_ai.agent import AbstractAgent
    from pydantic_ai.capabilities import ReinjectSystemPrompt
    from pydantic_ai.messages import (
        ModelMessage,
        ModelRequest,
        ModelResponse,
        TextPart,
        UserPromptPart,
    )
    from pydantic_ai.usage import UsageLimits
except ModuleNotFoundError as error:
    raise runs.missing("pydantic-ai", error) from None


def from_agent(
    agent: AbstractAgent[Any, Any],
    *,
    requests: int = runs.MOST_REQUESTS,
    tool_calls: int = runs.MOST_TOOL_CALLS,
    asks_first: Collection[Callable[..., Any]] = (),
    context: Callable[[AsyncTurn], Any] = runs.itself,
) -> AsyncAssistant:
    """Return an assistant that answers each turn with a run of the agent.

    A turn has at most so many `requests` to the model and so many `tool_calls`; a run that needs more fails, and its turn with it.
    The history of a run is what was delivered, so nothing of a run is kept but its effects and its answer. `asks_first` are the
    tools with this decorator; `context` makes the dependencies of the turn.
    """
    limits = UsageLimits(request_limit=requests, tool_calls_limit=tool_calls)
    asking = by_name(asks_first)

    async def assistant(turn: AsyncTurn) -> str | Reply | None:
        async with runs.running(turn, asking) as (*before, (_, asked)):
            result = await agent.run(
                asked,
                message_history=_messages(before),
                deps=context(turn),
                usage_limits=limits,
                # With a history it would not be sent.
                capabilities=[ReinjectSystemPrompt()],
            )
        answer: str | Reply | None = result.output
        return answer

    return assistant


def _messages(before: Sequence[Said]) -> list[ModelMessage]:
    return [
        ModelRequest(parts=[UserPromptPart(text)])
        if role == "user"
        else ModelResponse(parts=[TextPart(text)])
        for role, text in before
    ]
