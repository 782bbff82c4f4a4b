"""A graph of LangGraph as an assistant, extra `inturn[langgraph]`.

Its nodes and tools have the turn as `runtime.context`. Its traces, which would go to LangSmith, are off.
"""

from collections.abc import Callable, Collection
from typing import Any

from session.async_turn import AsyncTurn
from session.consulting import AsyncAssistant
from session.errors import BadAssistant
from worker.assistants.adapters import runs
from worker.assistants.adapters.tools import by_name

try:
    from langgraph.graph.state import CompiledStateGraph
    from langsmith import tracing_context
except ModuleNotFoundError as error:
    raise runs.missing("langgraph", error) from None


def from_agent(
    graph: CompiledStateGraph[Any, Any, Any, Any],
    *,
    requests: int = runs.MOST_REQUESTS,
    asks_first: Collection[Callable[..., Any]] = (),
    context: Callable[[AsyncTurn], Any] = runs.itself,
) -> AsyncAssistant:
    """Return an assistant that answers each turn with a run of the graph; the text of its last message is the answer.

    The state of the graph has `messages`. A turn has at most so many `requests` to the model, each followed by tools; a run that
    needs more fails, and its turn with it. The messages of a run are the history as it was delivered, so nothing of a run is kept
    but its effects and its answer. `asks_first` are the tools with this decorator; `context`
    makes the context of the turn.

    Raises `BadAssistant` for a graph with a checkpointer, which would keep what is not committed.
    """
    if graph.checkpointer:
        raise BadAssistant("compile the graph without a checkpointer: the session has the history")
    steps = 2 * requests + 1
    asking = by_name(asks_first)

    async def assistant(turn: AsyncTurn) -> str | None:
        async with runs.running(turn, asking) as told:
            asked = [{"role": role, "content": text} for role, text in told]
            with tracing_context(enabled=False):
                state = await graph.ainvoke(
                    {"messages": asked}, {"recursion_limit": steps}, context=context(turn)
                )
        if state.get("__interrupt__"):
            raise BadAssistant("the graph has interrupted itself, and nobody can resume it: see asks_first")
        answer: str = state["messages"][-1].text
        return answer

    return assistant
