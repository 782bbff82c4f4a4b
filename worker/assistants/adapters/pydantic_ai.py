"""An agent of pydantic-ai as an assistant, extra `inturn[pydantic-ai]`.

Its tools, instructions and output functions have the turn as `ctx.deps`. An output that is a `Reply` is sent as it is.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from session.async_turn import AsyncTurn
from session.consulting import AsyncAssistant
from session.replies import Reply
from worker.assistants.adapters import agent_turns
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
    raise agent_turns.missing("pydantic-ai", error) from None


def from_agent(
    agent: AbstractAgent[AsyncTurn, Any],
    *,
    requests: int = agent_turns.MOST_REQUESTS,
    tool_calls: int = agent_turns.MOST_TOOL_CALLS,
    asks_first: Collection[Callable[..., Any]] = (),
) -> AsyncAssistant:
    """Return an assistant that answers each turn with a run of the agent.

    A turn has at most so many `requests` to the model and so many `tool_calls`; a run that needs more fails, and its turn with
    it. The history of a run is what was delivered, so nothing of a run is kept but its effects and its answer. `asks_first` are the tools with this decorator.
    """
    limits = UsageLimits(request_limit=requests, tool_calls_limit=tool_calls)

    async def assistant(turn: AsyncTurn) -> str | Reply | None:
        async with agent_turns.running(turn, asks_first) as (*before, (_, asked)):
            result = await agent.run(
                asked,
                message_history=_messages(before),
                deps=turn,
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
