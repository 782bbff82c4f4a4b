"""The tool servers of a process, and which of their tools a turn has."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from loguru import logger

from session.async_turn import AsyncTurn
from session.pauses import sender_of
from worker.assistants.llm.circuit_breaker import CircuitBreaker, CircuitOpen
from worker.assistants.llm.tool_servers.calls import (
    Connects,
    OpenServer,
    ToolServerDown,
    ToolServerError,
    TurnTools,
)
from worker.assistants.llm.tool_servers.offering import ListedTool, OfferedTool, ToolServer, offered

#: Of each server the tools that it has, or why they are not known.
Listing = Sequence[tuple[ToolServer, Sequence[ListedTool] | BaseException]]


class Toolbox:
    """Keeps connections to the servers that are configured now, on the loop of whoever asks first."""

    def __init__(
        self,
        servers: Callable[[], Sequence[ToolServer]],
        connect: Callable[[ToolServer], Connects],
    ) -> None:
        self._servers = servers
        self._connect = connect
        self._open: dict[str, OpenServer] = {}
        self._closing = set[asyncio.Task[None]]()

    async def of(self, turn: AsyncTurn, *, at_most: int, seconds: float) -> TurnTools:
        """Return the tools of a turn, with which `at_most` calls may be made.

        A server that does not list its tools within `seconds` is left out of the turn.
        """
        sender = sender_of(turn.session.route) if turn.session.route else ""
        servers = [one for one in self._current() if one.server.serves(sender)] if at_most else []
        found = await asyncio.gather(*(self._offered(one, turn, seconds) for one in servers))
        tools = [tool for several in found for tool in several]
        return TurnTools(turn, {one.server.name: one for one in servers}, tools, at_most=at_most)

    async def listing(self, now: datetime, *, seconds: float) -> Listing:
        """Return of each server that is configured the tools that it has, or why they are not known."""
        servers = self._current()
        asked = (_listed(one, now, seconds) for one in servers)
        found = await asyncio.gather(*asked, return_exceptions=True)
        return [(one.server, listed) for one, listed in zip(servers, found, strict=True)]

    async def close(self) -> None:
        """Close the connections."""
        for name in list(self._open):
            self._drop(name)
        if self._closing:
            await asyncio.wait(set(self._closing))

    def _current(self) -> Sequence[OpenServer]:
        """Return the servers as they are configured now; connections to others begin to close."""
        servers = {server.name: server for server in self._servers()}
        for name, one in list(self._open.items()):
            if servers.get(name) != one.server:
                self._drop(name)
        for name, server in servers.items():
            if name not in self._open:
                breaker = CircuitBreaker(fault=ToolServerError, server=f"the MCP server {name}")
                self._open[name] = OpenServer(
                    server=server, connection=self._connect(server), breaker=breaker
                )
        return [self._open[name] for name in servers]

    def _drop(self, name: str) -> None:
        task = asyncio.create_task(self._open.pop(name).connection.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _offered(self, one: OpenServer, turn: AsyncTurn, seconds: float) -> Sequence[OfferedTool]:
        try:
            with one.breaker.watching(turn.now):
                return offered(one.server, _guarded(one.server, await _listed(one, turn.now, seconds)))
        except CircuitOpen:
            return ()  # it was told when it failed
        except ToolServerError as error:
            logger.warning("a turn goes on without tools: {}", error)
            return ()


async def _listed(one: OpenServer, now: datetime, seconds: float) -> Sequence[ListedTool]:
    try:
        async with asyncio.timeout(seconds):
            return await one.connection.tools(now)
    except TimeoutError:
        raise ToolServerDown(one.server.name, "it does not list its tools in time") from None


def _guarded(server: ToolServer, listed: Sequence[ListedTool]) -> Sequence[ListedTool]:
    """Return the tools of a server; if `approve` is misspelt, the tool that is meant would be called without a person."""
    if missing := server.approve - {tool.name for tool in listed}:
        raise ToolServerError(
            f"the MCP server {server.name} has no tool {min(missing)!r}, which approve names"
        )
    return listed
