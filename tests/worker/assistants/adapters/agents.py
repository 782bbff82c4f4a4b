"""The same agent in three frameworks: it books visits, reminds of them, and hands over."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from agents import Agent as OpenAIAgent
from agents import OpenAIChatCompletionsModel, RunContextWrapper, function_tool
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, ToolRuntime, tools_condition
from openai import AsyncOpenAI
from pydantic_ai import Agent, RunContext
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from session import AsyncTurn
from session.consulting import AsyncAssistant
from worker.assistants.adapters import asks_first, langgraph, once, openai_agents, pydantic_ai

RULES = "You arrange visits."
MODEL = "stand-in"


@dataclass
class Calendar:
    """The other side: what is booked in it stays."""

    booked: list[str] = field(default_factory=list)
    cancelled: list[date] = field(default_factory=list)

    def booking(self) -> Any:
        @once
        async def book(day: str) -> int:
            """Book a day."""
            self.booked.append(day)
            return len(self.booked)

        return book

    def cancelling(self) -> Any:
        @asks_first
        async def cancel(day: date) -> str:
            """Cancel what is booked."""
            self.cancelled.append(day)
            return f"{day:%A} is free"

        return cancel

    async def visit(self, turn: AsyncTurn, day: str) -> str:
        number = await self.booking()(day)
        turn.later("visit", in_=timedelta(hours=20), text=f"visit on {day}")
        turn.remember(visit=day)
        return f"booked as {number}"


def of_pydantic_ai(url: str, calendar: Calendar, **limits: Any) -> AsyncAssistant:
    model = OpenAIChatModel(MODEL, provider=OpenAIProvider(openai_client=client(url)))
    agent = Agent(model, deps_type=AsyncTurn, system_prompt=RULES)
    cancel = calendar.cancelling()
    agent.tool_plain(calendar.booking())
    agent.tool_plain(cancel)

    @agent.tool
    async def visit(ctx: RunContext[AsyncTurn], day: str) -> str:
        return await calendar.visit(ctx.deps, day)

    @agent.tool
    async def hand_over(ctx: RunContext[AsyncTurn], reason: str) -> str:
        ctx.deps.escalate(reason)
        return "done"

    return pydantic_ai.from_agent(agent, asks_first=[cancel], **limits)


def of_openai_agents(url: str, calendar: Calendar, **limits: Any) -> AsyncAssistant:
    @function_tool
    async def visit(ctx: RunContextWrapper[AsyncTurn], day: str) -> str:
        return await calendar.visit(ctx.context, day)

    @function_tool
    async def hand_over(ctx: RunContextWrapper[AsyncTurn], reason: str) -> str:
        ctx.context.escalate(reason)
        return "done"

    cancel = calendar.cancelling()
    agent = OpenAIAgent[AsyncTurn](
        name="visits",
        instructions=RULES,
        model=chat_model(url),
        tools=[function_tool(calendar.booking()), function_tool(cancel), visit, hand_over],
    )
    return openai_agents.from_agent(agent, asks_first=[cancel], **limits)


def of_langgraph(url: str, calendar: Calendar, **limits: Any) -> AsyncAssistant:
    @tool
    async def visit(day: str, runtime: ToolRuntime[AsyncTurn]) -> str:
        """Book a day, and remind of it."""
        return await calendar.visit(runtime.context, day)

    @tool
    async def hand_over(reason: str, runtime: ToolRuntime[AsyncTurn]) -> str:
        """Hand over."""
        runtime.context.escalate(reason)
        return "done"

    cancel = calendar.cancelling()
    tools = [tool(calendar.booking()), tool(cancel), visit, hand_over]
    model = ChatOpenAI(model=MODEL, base_url=url, api_key="none", max_retries=0).bind_tools(tools)

    async def answer(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.ainvoke([("system", RULES), *state["messages"]])]}

    graph = StateGraph(MessagesState, context_schema=AsyncTurn)
    graph.add_node("model", answer)
    graph.add_node("tools", ToolNode(tools))
    graph.set_entry_point("model")
    graph.add_conditional_edges("model", tools_condition, {"tools": "tools", "__end__": "__end__"})
    graph.add_edge("tools", "model")
    return langgraph.from_agent(graph.compile(), asks_first=[cancel], **limits)


FRAMEWORKS: dict[str, Callable[..., AsyncAssistant]] = {
    "pydantic-ai": of_pydantic_ai,
    "openai-agents": of_openai_agents,
    "langgraph": of_langgraph,
}


def client(url: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=url, api_key="none", max_retries=0)


def chat_model(url: str) -> OpenAIChatCompletionsModel:
    return OpenAIChatCompletionsModel(MODEL, openai_client=client(url))
