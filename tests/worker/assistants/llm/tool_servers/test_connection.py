"""A connection to an MCP server: a program that is started, a server over HTTP of either kind, and what becomes of both."""

import asyncio
import os
import sys
from datetime import timedelta

import pytest

from tests.clocks import START
from tests.conftest import ROOT
from tests.ports import free_ports
from tests.valkey import until
from tests.worker.assistants.llm.tool_servers.shop import Shop, serving
from worker.assistants.llm.tool_servers.calls import Called, ToolCallInDoubt, ToolServerDown
from worker.assistants.llm.tool_servers.connection import Connection
from worker.assistants.llm.tool_servers.offering import ToolServer

PROGRAM = (sys.executable, "-m", "tests.worker.assistants.llm.tool_servers.shop")
ENV = {"PYTHONPATH": str(ROOT), "TOKEN": "hidden"}
LATER = START + timedelta(minutes=1)


def over(connection, ask):
    """Ask on a loop, and close the connection."""

    async def asks():
        try:
            return await ask
        finally:
            await connection.close()

    return asyncio.run(asks())


def price(connection, seconds=10.0):
    return connection.call("price", {"item": "sofa"}, key="k", seconds=seconds)


def is_alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.processes
def test_a_program_gets_its_own_environment_and_ends_with_the_connection(monkeypatch):
    monkeypatch.setenv("LLM_API_KEY", "sk-secret")
    program = Connection(ToolServer(name="shop", command=PROGRAM, env=ENV))

    called = over(program, program.call("token", {}, key="k", seconds=10))

    token, process, has_key = called.text.split()
    assert (token, has_key) == ("hidden", "False")
    until(lambda: not is_alive(int(process)), "the program has ended")


@pytest.mark.processes
def test_a_program_that_ends_during_a_call_leaves_it_in_doubt_and_is_started_again():
    program = Connection(ToolServer(name="shop", command=PROGRAM, env=ENV))

    async def asks():
        with pytest.raises(ToolCallInDoubt):
            await program.call("stop", {}, key="k", seconds=10)
        return await price(program)

    assert over(program, asks()) == Called(text="The sofa costs 7250 pounds.")


@pytest.mark.processes
@pytest.mark.parametrize("command", [("/no/such/program",), ("echo", "hello"), ("cat", "/dev/null")])
def test_what_is_no_mcp_server_cannot_be_reached(command):
    nobody = Connection(ToolServer(name="nobody", command=command))
    with pytest.raises(ToolServerDown, match="the MCP server nobody cannot be reached"):
        over(nobody, nobody.tools(START))


@pytest.mark.parametrize("how", [{}, {"json_response": True}, {"stateless_http": True}], ids=str)
def test_a_server_that_was_started_again_is_used_at_once(how):
    (port,) = free_ports(1)
    shop = Connection(ToolServer(name="shop", url=f"http://127.0.0.1:{port}/mcp"))

    async def asks():
        with serving(Shop(), port=port, **how):
            assert await price(shop) == Called(text="The sofa costs 7250 pounds.")
        with pytest.raises(ToolServerDown):
            await price(shop)
        with serving(Shop(), port=port, **how):
            return await price(shop)

    assert over(shop, asks()) == Called(text="The sofa costs 7250 pounds.")


def test_its_tools_are_listed_again_after_a_while():
    with serving(Shop()) as shop:
        connection = Connection(ToolServer(name="shop", url=shop.url))

        async def asks():
            before = await connection.tools(START)
            shop.mcp.remove_tool("order")
            return before, await connection.tools(START), await connection.tools(LATER)

        before, soon, later = over(connection, asks())

    assert before == soon
    assert {tool.name for tool in before} - {tool.name for tool in later} == {"order"}
    assert [tool.name for tool in before if tool.reads_only] == ["price"]


def test_a_call_that_fails_ends_no_other_one():
    with serving(Shop()) as shop:
        connection = Connection(ToolServer(name="shop", url=shop.url))

        async def asks():
            slow = asyncio.create_task(connection.call("slow", {"item": "x"}, key="a", seconds=10))
            await asyncio.to_thread(until, lambda: shop.calls, "the slow call is there")
            with pytest.raises(ToolCallInDoubt):
                await connection.call("huge", {"words": 500_000}, key="b", seconds=10)
            with pytest.raises(ToolCallInDoubt):
                await connection.call("slow", {"item": "y"}, key="c", seconds=0.1)
            shop.released.set()
            return await slow

        assert over(connection, asks()) == Called(text="late")


def test_a_server_that_refuses_us_is_not_reached():
    shop = Shop()

    async def refuses(scope, receive, send):
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b"who is +201001234567?"})

    with serving(shop, app=refuses):
        connection = Connection(ToolServer(name="shop", url=shop.url))
        with pytest.raises(ToolServerDown) as caught:
            over(connection, connection.tools(START))

    assert str(caught.value) == "the MCP server shop cannot be reached: status 401"
