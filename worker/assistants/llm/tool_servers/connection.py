"""Keeps a connection to an MCP server: opened when it is first needed, opened again when it is lost. Needs `inturn[mcp]`."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import (
    CONNECTION_CLOSED,
    INTERNAL_ERROR,
    PARSE_ERROR,
    REQUEST_TIMEOUT,
    CallToolResult,
    EmbeddedResource,
    TextContent,
    TextResourceContents,
)
from pydantic import ValidationError
from pydantic_core import to_json

from worker.assistants.llm.tool_servers.calls import Called, ToolCallInDoubt, ToolServerDown
from worker.assistants.llm.tool_servers.http import IN_DOUBT, NOT_DONE, http_client
from worker.assistants.llm.tool_servers.offering import MOST, ListedTool, ToolServer

_T = TypeVar("_T")

#: How long a list of tools is used before the server is asked again.
_FRESH = timedelta(seconds=30)
#: Seconds in which a server answers the first request: a program may have to be downloaded first.
_OPENS_WITHIN: Final = 30
#: Seconds for closing: a program is asked to end, then killed.
_CLOSES_WITHIN: Final = 8
_DOUBTFUL = frozenset({IN_DOUBT, CONNECTION_CLOSED, REQUEST_TIMEOUT, INTERNAL_ERROR, PARSE_ERROR})
_PAGES: Final = 10
#: Where a call carries its idempotency key.
_KEY: Final = "inturn/idempotencyKey"


class Connection:
    """Asks one MCP server, on the loop of whoever asks first.

    Methods raise `ToolServerDown` if the server cannot be reached, and nothing was done.
    """

    def __init__(self, server: ToolServer) -> None:
        # What goes wrong comes back as an error; their records would quote what customers and servers say.
        for name in ("mcp", "client", "httpx2"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.server = server
        self._line: _Line | None = None
        self._listed: Sequence[ListedTool] = ()
        self._listed_at: datetime | None = None
        self._listing = asyncio.Lock()

    async def tools(self, now: datetime) -> Sequence[ListedTool]:
        """Return the tools that the server has."""
        async with self._listing:
            if self._listed_at is None or now - self._listed_at >= _FRESH:
                try:
                    self._listed = await self._ask(self._list)
                except (MCPError, RuntimeError, ValidationError) as error:
                    raise ToolServerDown(self.server.name, _words_of(error)) from None
                self._listed_at = now
        return self._listed

    async def call(self, tool: str, arguments: dict[str, Any], *, key: str, seconds: float) -> Called:
        """Call a tool; `key` is its idempotency key, the same in every repetition.

        Raises `ToolCallInDoubt` if nobody knows whether it was carried out.
        """

        async def ask(client: Client) -> CallToolResult:
            meta: Any = {_KEY: key}
            return await client.call_tool(tool, arguments, read_timeout_seconds=seconds, meta=meta)

        try:
            result = await self._ask(ask)
        except MCPError as error:
            if error.code in _DOUBTFUL:
                raise ToolCallInDoubt(self.server.name) from None
            called = Called(text=error.message, failed=True)
        except (RuntimeError, ValidationError):  # it has answered, with what is no result
            raise ToolCallInDoubt(self.server.name) from None
        else:
            called = Called(text=_text_in(result), failed=result.is_error)
        if called.failed:
            self._listed_at = None  # perhaps because its tools are others now
        return called

    async def close(self) -> None:
        """Close the connection; the next request opens a new one."""
        line, self._line, self._listed_at = self._line, None, None
        if line:
            await line.close()

    async def _list(self, client: Client) -> Sequence[ListedTool]:
        found, page = list[ListedTool](), await client.list_tools(cache_mode="bypass")
        for _ in range(_PAGES):
            found += [
                ListedTool(
                    name=tool.name,
                    description=tool.description or "",
                    schema=tool.input_schema,
                    reads_only=bool(tool.annotations and tool.annotations.read_only_hint),
                )
                for tool in page.tools
            ]
            if page.next_cursor is None or len(found) > 10 * MOST:
                break
            page = await client.list_tools(cursor=page.next_cursor, cache_mode="bypass")
        return found

    async def _ask(self, ask: Callable[[Client], Awaitable[_T]]) -> _T:
        """Return what the server answers, on a new connection if the present one is over."""
        for is_last in (False, True):
            if self._line is None or self._line.is_over:
                self._line = _Line(self.server)
            line = self._line
            try:
                return await ask(await line.client())
            except MCPError as error:
                if error.code in (NOT_DONE, CONNECTION_CLOSED):
                    line.end()
                if error.code != NOT_DONE:
                    raise
                if is_last:
                    raise ToolServerDown(self.server.name, error.message) from None
        raise AssertionError  # pragma: no cover


class _Line:
    """One connection. It has a task of its own, because the client must be left by the task that has entered it."""

    def __init__(self, server: ToolServer) -> None:
        self._server = server
        self._opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        # An error that nobody waits for any more is no warning.
        self._opened.add_done_callback(lambda opened: opened.cancelled() or opened.exception())
        self._end = asyncio.Event()
        self._task = asyncio.create_task(self._hold())

    @property
    def is_over(self) -> bool:
        """Whether it can be used no more."""
        return self._task.done() or self._end.is_set()

    async def client(self) -> Client:
        """Return the client when it is open. Whoever stops waiting leaves it to open for the next."""
        return await asyncio.shield(self._opened)

    def end(self) -> None:
        """Begin to close it."""
        self._end.set()

    async def close(self) -> None:
        """Close it."""
        self._end.set()
        _, late = await asyncio.wait({self._task}, timeout=_CLOSES_WITHIN)
        for task in late:
            task.cancel()

    async def _hold(self) -> None:
        why = "it was closed"
        try:
            async with AsyncExitStack() as stack:
                client = await stack.enter_async_context(await _client(self._server, stack))
                self._opened.set_result(client)
                await self._end.wait()
        except* Exception as errors:  # noqa: BLE001  (whoever waits for it is told)
            why = _words_of(errors)
        finally:
            if not self._opened.done():
                self._opened.set_exception(ToolServerDown(self._server.name, why))


async def _client(server: ToolServer, stack: AsyncExitStack) -> Client:
    if server.url:
        http = await stack.enter_async_context(http_client(server))
        return Client(
            streamable_http_client(server.url, http_client=http), read_timeout_seconds=_OPENS_WITHIN
        )
    # What the program says besides may quote customers.
    nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, ASYNC230, PTH123
    program, *arguments = server.command
    parameters = StdioServerParameters(
        command=program,
        args=arguments,
        env={name: value.get_secret_value() for name, value in server.env.items()},
    )
    return Client(stdio_client(parameters, errlog=nowhere), read_timeout_seconds=_OPENS_WITHIN)


def _words_of(error: BaseException) -> str:
    """Return the name of an error, of the first in a group; the words of one that we have made."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, MCPError):
        return str(error) if error.code in (NOT_DONE, IN_DOUBT) else f"error {error.code}"
    return type(error).__name__


def _text_in(result: CallToolResult) -> str:
    """Return what a result says, as far as it is text."""
    parts = []
    for part in result.content:
        if isinstance(part, TextContent):
            parts.append(part.text)
        elif isinstance(part, EmbeddedResource) and isinstance(part.resource, TextResourceContents):
            parts.append(part.resource.text)
        else:
            parts.append(f"[{part.type}]")
    if not parts and result.structured_content is not None:
        parts.append(to_json(result.structured_content).decode())
    return "\n".join(parts)
