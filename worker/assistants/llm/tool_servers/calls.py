"""The calls of tools in one turn. Each is a step of the turn, so a repeated turn does not make it again."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, Protocol

from loguru import logger

from session.approvals import Decision
from session.async_turn import AsyncTurn
from session.errors import InturnError
from worker.assistants.llm.circuit_breaker import CircuitBreaker, CircuitOpen
from worker.assistants.llm.tool_servers import approvals
from worker.assistants.llm.tool_servers.approvals import Fate, ServerCall
from worker.assistants.llm.tool_servers.offering import ListedTool, OfferedTool, ToolServer, told

#: What the model is told where there is no result.
_NOT_DONE: Final = "the server cannot be reached, so nothing was done"
_IN_DOUBT: Final = (
    "no answer came, and nobody knows whether it was carried out; do not call it again, and say so"
)
_NOTHING_READ: Final = "no answer came"
_NONE_LEFT: Final = "no call is left in this turn; answer now"
_TOO_MANY: Final = "a colleague has too much to decide already, so it cannot be asked for now"
_GONE: Final = "there is no such tool any more"
_NO_OBJECT: Final = "the arguments must be one JSON object"


class ToolServerError(InturnError):
    """Raised when an MCP server does not do what it is asked."""


class ToolServerDown(ToolServerError):
    """Raised when an MCP server cannot be reached: nothing was done."""

    def __init__(self, server: str, why: str) -> None:
        super().__init__(f"the MCP server {server} cannot be reached: {why}")


class ToolCallInDoubt(ToolServerError):
    """Raised when an MCP server gives no answer to a call that can be used: it may have been carried out."""

    def __init__(self, server: str) -> None:
        super().__init__(f"the MCP server {server} gave no answer that can be used")


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a server answers to a call."""

    text: str
    failed: bool = False


class Connects(Protocol):
    """A connection to one server. Methods raise `ToolServerError`."""

    async def tools(self, now: datetime) -> Sequence[ListedTool]:
        """Return the tools that the server has."""

    async def call(self, tool: str, arguments: dict[str, Any], *, key: str, seconds: float) -> Called:
        """Return the answer of the server within `seconds`; `key` is the same in every repetition of the call."""

    async def close(self) -> None:
        """Close the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenServer:
    """A server that is in use."""

    server: ToolServer
    connection: Connects
    breaker: CircuitBreaker


class TurnTools:
    """The tools of one turn, and its calls of them."""

    def __init__(
        self,
        turn: AsyncTurn,
        servers: Mapping[str, OpenServer],
        tools: Sequence[OfferedTool],
        *,
        at_most: int,
    ) -> None:
        self._turn = turn
        self._servers = servers
        self._tools = {tool.name: tool for tool in tools}
        self._left = at_most
        self._made = Counter[str]()  # calls, by what they ask for
        self._in_doubt = set[str]()
        self.results: list[str] = []  #: what the model was told
        self.untold: list[str] = []  #: tools of whose calls the customer must be told

    @property
    def definitions(self) -> Sequence[Mapping[str, Any]]:
        """The tools that may still be called, in OpenAI's form."""
        return [tool.definition for tool in self._tools.values()] if self._left else []

    def knows(self, name: str) -> bool:
        """Whether there is such a tool."""
        return name in self._tools

    async def call(self, name: str, written: str, *, seconds: float) -> str:
        """Call a tool with arguments as the model wrote them; return what it is told. An error of the server is told too.

        Raises what `AsyncTurn.step` raises.
        """
        tool = self._tools[name]
        if not self._left:
            return _error(_NONE_LEFT)
        self._left -= 1
        if (arguments := _arguments(written)) is None:
            return _error(_NO_OBJECT)
        # Not from the model, even where the schema hides that there is such an argument.
        arguments.pop(self._servers[tool.server].server.customer, None)
        ours = {tool.customer: self._turn.customer} if tool.customer else {}
        call = ServerCall(
            server=tool.server, tool=tool.tool, arguments=arguments | ours, customer=tool.customer
        )
        if tool.needs_approval:
            return self._ask(call)
        if call.asked in self._in_doubt:
            return _error(_IN_DOUBT)
        self._made[call.asked] += 1
        try:
            key = f"{self._made[call.asked]} {call.asked}"
            fate, text = await self._step(call, key, seconds, reads_only=tool.reads_only)
        except (ToolServerError, CircuitOpen) as error:
            logger.warning("a tool was not called: {}", error)
            return _error(_NOTHING_READ if isinstance(error, ToolCallInDoubt) else _NOT_DONE)
        if not tool.reads_only and fate != "failed":
            self.untold.append(name)
        if fate == "doubt":
            self._in_doubt.add(call.asked)
            return _error(_IN_DOUBT)
        self.results.append(text)
        return text if fate == "done" else _error(text)

    async def carry_out(
        self, call: ServerCall, decision: Decision, *, seconds: float
    ) -> tuple[Fate | None, str]:
        """Make a call that somebody has approved; return what became of it, and what is told of it.

        Raises `ToolServerError` or `CircuitOpen` if its server cannot be reached: the decision can be tried again.
        """
        self.untold.append(f"{call.server}_{call.tool}")
        fate: Fate | None = None
        text = ""
        if decision.approved:
            used = self._servers.get(call.server)
            if used and used.server.allows(call.tool):
                # Not what other calls of this turn have: somebody may allow the same once more.
                key = f"{self._turn.messages[0].id} {call.asked}"
                fate, text = await self._step(call, key, seconds, reads_only=False)
            else:
                fate, text = "failed", _GONE
        return fate, approvals.told(call.asked, decision, fate, text)

    def _ask(self, call: ServerCall) -> str:
        try:
            approvals.ask(call, self._turn)
        except ValueError:
            return _error(_TOO_MANY)
        return json.dumps({"asked": approvals.ASKED})

    async def _step(
        self, call: ServerCall, key: str, seconds: float, *, reads_only: bool
    ) -> tuple[Fate, str]:
        used = self._servers[call.server]

        async def make(idempotency_key: str) -> tuple[Fate, str]:
            try:
                with used.breaker.watching(self._turn.now):
                    called = await used.connection.call(
                        call.tool,
                        dict(call.arguments),
                        key=idempotency_key,
                        seconds=min(seconds, used.server.timeout_seconds),
                    )
            except ToolCallInDoubt as error:
                if reads_only:
                    raise
                logger.warning("nobody knows whether a call was carried out: {}", error)
                return "doubt", ""  # kept, so that a repeated turn does not call either
            except asyncio.CancelledError:
                logger.warning("a call of {} was broken off with its turn", call.server)
                raise
            return "failed" if called.failed else "done", told(called.text)

        digest = blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()
        fate, text = await self._turn.step(f"mcp {call.server}", make, key=digest)
        return fate, text


def _arguments(written: str) -> dict[str, Any] | None:
    try:
        found = json.loads(written or "{}")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _error(words: str) -> str:
    return json.dumps({"error": words}, ensure_ascii=False)
