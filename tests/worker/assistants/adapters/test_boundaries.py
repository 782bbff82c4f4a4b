"""What an adapter refuses, what it needs, and where it connects to."""

import asyncio
import socket
import sys
import threading
import traceback
from dataclasses import dataclass
from importlib import import_module

import pytest
from agents import Agent as OpenAIAgent
from agents import function_tool
from agents.tracing import get_trace_provider
from langchain_core.tracers.langchain import wait_for_all_tracers
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import MessagesState, StateGraph
from langgraph.types import interrupt
from langsmith.utils import get_env_var

from session import AsyncTurn
from session.errors import BadAssistant, SettingsError
from session.testing import ask, photo, tap, turn
from tests.worker.assistants.adapters.agents import chat_model
from tests.worker.assistants.llm.model_server import calls, refuses
from worker.assistants.adapters import langgraph, openai_agents
from worker.assistants.adapters.runs import FrameworkFailed

TEXT = "villa 7"


def graph_of(node, **compiled):
    graph = StateGraph(MessagesState)
    graph.add_node("only", node)
    graph.set_entry_point("only")
    return graph.compile(**compiled)


@pytest.fixture
def everything_is_traced(monkeypatch):
    """The environment turns on all traces that there are."""
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    for name in ("LANGSMITH_API_KEY", "OPENAI_API_KEY", "LOGFIRE_TOKEN"):
        monkeypatch.setenv(name, "a key")
    get_env_var.cache_clear()
    yield
    get_env_var.cache_clear()


@pytest.mark.usefixtures("everything_is_traced")
def test_nothing_connects_but_to_the_server_of_the_model(agent, server, monkeypatch):
    hosts, look_up = set(), socket.getaddrinfo

    def looks_up(host, *args, **options):
        hosts.add(host)
        return look_up("127.0.0.1", *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", looks_up)
    server.script = [
        lambda _: calls(("visit", {"day": "Friday"})),
        lambda _: calls(text="See you on Friday."),
    ]

    assert ask(agent(), turn("Friday please")).text == "See you on Friday."
    get_trace_provider().force_flush()
    wait_for_all_tracers()

    assert hosts <= {"127.0.0.1"}


@pytest.mark.parametrize(
    "behaviour",
    [
        refuses(400, {"error": {"message": f"what is {TEXT}?", "type": "x"}}),
        lambda _: calls(("visit", {"date": TEXT})),
        lambda _: calls(("no such tool", {"date": TEXT})),
    ],
)
def test_its_errors_quote_nobody(agent, server, behaviour):
    server.then = behaviour

    with pytest.raises(FrameworkFailed) as failed:
        ask(agent(), turn(TEXT))
    assert TEXT not in "".join(traceback.format_exception(failed.value))


def test_an_error_of_a_tool_is_raised_as_it_is():
    graph = graph_of(lambda _: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        ask(langgraph.from_agent(graph), turn("hello"))


def test_a_run_that_is_cancelled_ends_at_once(agent, server):
    asked = threading.Event()

    def never_answers(request):
        asked.set()
        return server.slow(request)

    async def cancel(assistant):
        running = asyncio.ensure_future(assistant(AsyncTurn.of(turn("hello"))))
        await asyncio.to_thread(asked.wait, 30)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    server.script = [never_answers]
    asyncio.run(cancel(agent()))


def test_what_has_no_words_is_named(agent, server):
    server.then = lambda _: calls(text="Thanks.")
    ask(agent(), turn(photo(), tap("b", "Buy"), "please"))

    assert server.requests[0]["messages"][-1]["content"].endswith(
        "the customer writes:\n[a picture, without words]\nBuy\nplease"
    )


@pytest.mark.parametrize(
    ("package", "adapter", "extra"),
    [
        ("pydantic_ai", "pydantic_ai", "pydantic-ai"),
        ("agents", "openai_agents", "openai-agents"),
        ("langgraph", "langgraph", "langgraph"),
    ],
)
def test_the_error_names_the_extra_that_is_not_installed(package, adapter, extra, monkeypatch):
    for name in [package, *(one for one in sys.modules if one.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"worker.assistants.adapters.{adapter}", raising=False)

    with pytest.raises(SettingsError, match=rf"install inturn\[{extra}\]"):
        import_module(f"worker.assistants.adapters.{adapter}")


def test_a_graph_that_keeps_what_is_not_committed_is_refused():
    graph = graph_of(lambda _: {}, checkpointer=InMemorySaver())

    with pytest.raises(BadAssistant, match="without a checkpointer"):
        langgraph.from_agent(graph)


def test_a_graph_that_interrupts_itself_fails():
    graph = graph_of(lambda _: {"messages": [("assistant", interrupt("may I?"))]})

    with pytest.raises(BadAssistant, match="interrupted itself"):
        ask(langgraph.from_agent(graph), turn("refund me"))


def test_an_agent_whose_tool_waits_for_an_approval_fails(server):
    @function_tool(needs_approval=True)
    async def refund() -> str:
        raise AssertionError

    agent = OpenAIAgent[AsyncTurn](name="refunds", model=chat_model(server.url), tools=[refund])
    server.script = [lambda _: calls(("refund", {}))]

    with pytest.raises(BadAssistant, match="waits for an approval"):
        ask(openai_agents.from_agent(agent), turn("refund me"))


def test_tools_may_get_something_else_that_is_made_of_the_turn(agent, server):
    @dataclass
    class Mine:
        turn: AsyncTurn

        def escalate(self, reason):
            self.turn.escalate(f"mine: {reason}")

    server.script = [
        lambda _: calls(("hand_over", {"reason": "to pay"})),
        lambda _: calls(text="One moment."),
    ]

    assert ask(agent(context=Mine), turn("I want to pay")).escalated == "mine: to pay"


def test_roles_alternate_also_if_nobody_has_answered_before(agent, server):
    server.then = lambda _: calls(text="Yes.")
    ask(agent(), turn("hello?", history=["hi", "hello", "anybody there?"]))

    said = server.requests[0]["messages"]
    assert [one["role"] for one in said] == ["system", "user", "assistant", "user"]
    assert said[-1]["content"].startswith("anybody there?\n")


def test_what_is_told_is_bounded(agent, server):
    server.then = lambda _: calls(text="Yes.")
    long = {"essay": "e" * 5000, "budget": 7}
    ask(agent(), turn(*["ж" * 4096] * 3, history=["h" * 4096, "a" * 4096], known=long))

    (_, heard, said, asked) = (one["content"] for one in server.requests[0]["messages"])
    assert (len(heard), len(said)) == (1000, 1000)
    assert (asked.count("ж"), "essay" in asked, '"budget": 7' in asked) == (4096, False, True)
