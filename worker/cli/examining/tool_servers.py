"""Checks the MCP servers whose tools a language model may call, by asking them."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from worker.assistants.llm.tool_servers.offering import left_out, offered
from worker.assistants.llm.tool_servers.toolbox import Listing, Toolbox
from worker.cli.examining.finding import Finding, failure, ok, warning

_PATIENCE = 30  #: seconds; a program may have to be downloaded first


def examine_tool_servers(toolbox: Toolbox, now: datetime) -> Iterator[Finding]:
    """Yield for each server whether it lists its tools, and which of those in the file it does not have."""
    for server, listed in asyncio.run(_ask(toolbox, now)):
        if isinstance(listed, BaseException):
            first = "start it" if server.url else "run its command to see what it says"
            yield failure(
                "mcp", str(listed), f"{first}, or correct MCP_FILE; turns go on without its tools until then"
            )
            continue
        tools = offered(server, listed)
        yield ok("mcp", f"{server.name} offers {', '.join(tool.tool for tool in tools) or 'no tool'}")
        if server.customer and tools and not any(tool.customer for tool in tools):
            yield warning(
                "mcp",
                f"no tool of {server.name} has the argument {server.customer}, so none gets the number of the customer",
                "correct customer in MCP_FILE, or the model chooses whose number a tool gets",
            )
        if missing := left_out(server, listed):
            yield warning(
                "mcp",
                f"{server.name} does not offer {', '.join(missing)}",
                "correct tools and approve in MCP_FILE; docs/llm.md says how many tools and how long schemas are taken",
            )


async def _ask(toolbox: Toolbox, now: datetime) -> Listing:
    try:
        return await toolbox.listing(now, seconds=_PATIENCE)
    finally:
        await toolbox.close()
