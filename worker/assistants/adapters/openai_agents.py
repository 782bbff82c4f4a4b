"""An agent of the OpenAI Agents SDK as an assistant, extra `inturn[openai-agents]`.

Its tools, instructions, guardrails and hand-offs have the turn as `ctx.context`. Its traces, which would go to OpenAI, are off.
"""

from collections.abc import Callable, Collection
from typing import Any

from session.async_turn import AsyncTurn
from session.consulting import AsyncAssistant
from session.errors import BadAssistant
from session.replies import Reply
from worker.assistants.adapters import runs
from worker.assistants.adapters.tools import by_name

try:
    from agents import Agent, RunConfig, Runner
except ModuleNotFoundError as error:
    raise runs.missing("openai-agents", error) from None


def from_agent(
    agent: Agent[Any],
    *,
    requests: int = runs.MOST_REQUESTS,
    asks_first: Collection[Callable[..., Any]] = (),
    context: Callable[[AsyncTurn], Any] = runs.itself,
) -> AsyncAssistant:
    """Return an assistant that answers each turn with a run of the agent.

    A turn has at most so many `requests` to the model; a run that needs more fails, and its turn with it. The history of a run is
    what was delivered, in place of a session of the SDK, so nothing of a run is kept but its effects and its answer. `asks_first` are
    the tools with this decorator; `context` makes the context of the turn.
    """
    config = RunConfig(tracing_disabled=True)
    asking = by_name(asks_first)

    async def assistant(turn: AsyncTurn) -> str | Reply | None:
        async with runs.running(turn, asking) as told:
            asked: list[Any] = [{"role": role, "content": text} for role, text in told]
            result = await Runner.run(
                agent, asked, context=context(turn), max_turns=requests, run_config=config
            )
        if result.interruptions:
            raise BadAssistant(
                "a tool of the agent waits for an approval that nobody can give: see asks_first"
            )
        answer: str | Reply | None = result.final_output
        return answer

    return assistant
