"""A small real MCP server, over HTTP in a thread or as a program: it does what its tools say, and records the calls.

python -m tests.worker.assistants.llm.tool_servers.shop     # as a program that speaks over its standard input and output
"""

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp_types import ToolAnnotations

from tests.ports import free_ports
from tests.valkey import until

READS = ToolAnnotations(read_only_hint=True)


class Shop:
    """The server of a shop. Its tools can be changed while it runs."""

    def __init__(self, name: str = "shop") -> None:
        self.calls: list[tuple[str, Any]] = []  #: tool and argument, in their order
        self.keys: list[str] = []  #: the idempotency keys of orders
        self.released = threading.Event()
        self.url = ""
        self.mcp: Any = MCPServer(name, log_level="CRITICAL")
        self.mcp.add_tool(self.price, annotations=READS)
        for tool in (self.order, self.slow, self.fails, self.huge, self.mine):
            self.mcp.add_tool(tool)

    def price(self, item: str) -> str:
        """The price of an item."""
        self.calls.append(("price", item))
        return f"The {item} costs 7250 pounds."

    def order(self, item: str, ctx: Context[Any, Any]) -> str:
        """Order an item."""
        self.calls.append(("order", item))
        meta = ctx.request_context.meta or {}
        self.keys.append(meta["inturn/idempotencyKey"])
        return f"Ordered as number {len(self.calls)}."

    async def slow(self, item: str) -> str:
        """Order an item, slowly."""
        self.calls.append(("slow", item))
        await asyncio.to_thread(self.released.wait, 30)
        return "late"

    def fails(self) -> str:
        """Fail."""
        raise ValueError("the shop is closed")

    def huge(self, words: int) -> str:
        """Say very much."""
        return "7250 " * words

    def mine(self, phone: str) -> str:
        """The orders of who has a phone number."""
        self.calls.append(("mine", phone))
        return "one order"

    def stop(self) -> None:
        """End the program at once."""
        os._exit(1)

    def token(self) -> str:
        """What the program was given, and the process that it is."""
        return f"{os.environ['TOKEN']} {os.getpid()} {'LLM_API_KEY' in os.environ}"


@contextmanager
def serving(shop: Shop, *, port: int = 0, app: Any = None, **how: bool) -> Iterator[Shop]:
    """Serve a shop, or an ASGI `app` in its place, over HTTP until the block ends; `how` is what `streamable_http_app` takes."""
    port = port or free_ports(1)[0]
    served = app or shop.mcp.streamable_http_app(**how)
    config = uvicorn.Config(
        served,
        host="127.0.0.1",
        port=port,
        log_config=None,
        lifespan="off" if app else "on",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        until(lambda: server.started, "it listens")
        shop.url = f"http://127.0.0.1:{port}/mcp"
        yield shop
    finally:
        shop.released.set()
        server.should_exit = True
        thread.join(10)


if __name__ == "__main__":
    program = Shop()
    program.mcp.add_tool(program.stop)
    program.mcp.add_tool(program.token)
    program.mcp.run("stdio")
