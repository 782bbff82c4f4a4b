"""Which servers a process is connected to, and what a turn has of them."""

import asyncio
from datetime import timedelta

from session import AsyncTurn
from session.testing import NOW, turn
from tests.worker.assistants.llm.tool_servers.test_offering import listed, server
from worker.assistants.llm.tool_servers.calls import ToolServerDown
from worker.assistants.llm.tool_servers.toolbox import Toolbox


class Connected:
    """A connection that lists its tools, unless it is down or silent, and notes what is asked of it."""

    def __init__(self, to):
        self.to = to
        self.asked = 0
        self.closed = False
        self.down = self.silent = False

    async def tools(self, now):
        self.asked += 1
        if self.down:
            raise ToolServerDown(self.to.name, "it is down")
        if self.silent:
            await asyncio.Event().wait()
        return [listed("find")]

    async def close(self):
        self.closed = True


class Deployment:
    """A file of servers that can change, and the connections of a process."""

    def __init__(self, *servers):
        self.servers = servers
        self.connections = []
        self.toolbox = Toolbox(lambda: self.servers, self.connect)

    def connect(self, to):
        self.connections.append(Connected(to))
        return self.connections[-1]

    async def offered(self, now=NOW, seconds=10.0):
        tools = await self.toolbox.of(AsyncTurn.of(turn("hello", now=now)), at_most=3, seconds=seconds)
        return [one["function"]["name"] for one in tools.definitions]


def test_a_changed_file_closes_what_it_does_not_name_any_more_and_keeps_the_rest():
    one, two, moved = (
        server(name="one"),
        server(name="two"),
        server(name="two", url="https://new.example/mcp"),
    )

    async def story():
        here = Deployment(one, two)
        before = await here.offered()
        here.servers = (one, moved)
        after = await here.offered()
        closed = [connection.closed for connection in here.connections]
        await here.toolbox.close()
        return before, after, closed, here.connections

    before, after, closed, connections = asyncio.run(story())

    assert before == after == ["one_find", "two_find"]
    assert [connection.to for connection in connections] == [one, two, moved]
    assert closed == [False, True, False]
    assert all(connection.closed for connection in connections)


def test_a_server_that_says_nothing_delays_a_turn_only_so_long_and_the_others_are_there():
    async def story():
        here = Deployment(server(name="silent"), server(name="quick"))
        await here.offered()
        here.connections[0].silent = True
        return await here.offered(seconds=0.01)

    assert asyncio.run(story()) == ["quick_find"]


def test_after_three_failures_a_server_is_left_alone_for_a_while():
    async def story():
        here = Deployment(server(name="shop"))
        await here.offered()
        (shop,) = here.connections
        shop.asked, shop.down = 0, True
        for _ in range(5):
            assert await here.offered() == []
        asked, shop.down = shop.asked, False
        return asked, await here.offered(NOW + timedelta(seconds=31))

    assert asyncio.run(story()) == (3, ["shop_find"])
