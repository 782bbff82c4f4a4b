"""What a tool server is, and which of its tools a model is offered: their names, schemas, and the texts of their results. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from session.addresses import ExactUrl
from worker.assistants.llm.guard import visible

#: Tools of one server. Each costs tokens in every request.
MOST: Final = 32
#: Characters of a name (OpenAI's limit), of a description, of a schema as JSON, and of a result.
_LONGEST_NAME, _LONGEST_DESCRIPTION, _LONGEST_SCHEMA, _LONGEST_RESULT = 64, 1000, 6000, 4000
#: Before the description of a tool that a person must allow.
_ASKS: Final = "This asks a colleague, who decides whether it is done. "
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


_Named = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class ToolServer(BaseModel):
    """One MCP server."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    #: without "_": what is before the first one in the name of a tool is the server
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,19}$")]
    url: ExactUrl = ""  #: servers tell "/mcp/" from "/mcp", and no redirect is followed
    headers: Mapping[str, SecretStr] = Field(default_factory=dict)
    command: tuple[str, ...] = ()  #: the program and its arguments
    env: Mapping[str, SecretStr] = Field(default_factory=dict)
    tools: frozenset[_Named] | None = Field(None, min_length=1)  #: None: all that it has
    approve: frozenset[_Named] = frozenset()
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5
    senders: frozenset[str] = frozenset()  #: empty: all
    customer: str = ""  #: the argument of tools that is the number of the customer

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        if bool(self.url) == bool(self.command):
            raise ValueError("write either url or command")
        if (self.headers and not self.url) or (self.env and not self.command):
            raise ValueError("headers belong to url, env to command")
        if unknown := self.approve - (self.approve if self.tools is None else self.tools):
            raise ValueError(f"approve names {min(unknown)!r}, which is not in tools")
        return self

    def serves(self, sender: str) -> bool:
        """Whether its tools may be called for customers of a sender, "<channel>:<name>"."""
        return not self.senders or sender in self.senders

    def allows(self, tool: str) -> bool:
        """Whether the file allows a tool."""
        return self.tools is None or tool in self.tools


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTool:
    """A tool as its server describes it."""

    name: str
    description: str
    schema: Mapping[str, Any]  #: of its arguments, JSON Schema
    reads_only: bool  #: whether the server says that it changes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTool:
    """A tool as a model knows it."""

    name: str
    server: str
    tool: str  #: its name at the server
    definition: Mapping[str, Any]  #: of a function, in OpenAI's form
    reads_only: bool
    needs_approval: bool
    customer: str  #: the argument that is the number of the customer, "" if it has none


def offered(server: ToolServer, listed: Iterable[ListedTool]) -> Sequence[OfferedTool]:
    """Return the tools that may be offered, in the order of the server: those with a schema of a fair size, `MOST` of them."""
    allowed = [tool for tool in listed if server.allows(tool.name)]
    return tuple(_offered(server, tool) for tool in allowed if _is_usable(tool))[:MOST]


def left_out(server: ToolServer, listed: Sequence[ListedTool]) -> Sequence[str]:
    """Return the names of tools that the file allows, or names, and that are not offered."""
    wanted = {tool.name for tool in listed} if server.tools is None else server.tools
    return sorted((wanted | server.approve) - {tool.tool for tool in offered(server, listed)})


def told(text: str) -> str:
    """Return the text of a result as the model reads it: without invisible characters, and cut."""
    seen = visible(text)
    return seen if len(seen) <= _LONGEST_RESULT else f"{seen[:_LONGEST_RESULT]} [cut off here]"


def _is_usable(tool: ListedTool) -> bool:
    schema = tool.schema
    names = schema.get("properties", {}), schema.get("required", [])
    return (
        schema.get("type") == "object"
        and isinstance(names[0], dict)
        and isinstance(names[1], list)
        and len(json.dumps(schema)) <= _LONGEST_SCHEMA
    )


def _offered(server: ToolServer, tool: ListedTool) -> OfferedTool:
    ours = server.customer if server.customer in tool.schema.get("properties", {}) else ""
    name, asks = _name(server.name, tool.name), tool.name in server.approve
    description = f"{_ASKS}{tool.description}" if asks else tool.description
    return OfferedTool(
        name=name,
        server=server.name,
        tool=tool.name,
        definition={
            "type": "function",
            "function": {
                "name": name,
                "description": visible(description)[:_LONGEST_DESCRIPTION],
                "parameters": _without(tool.schema, ours),
            },
        },
        reads_only=tool.reads_only,
        needs_approval=asks,
        customer=ours,
    )


def _name(server: str, tool: str) -> str:
    """Return the name of a tool for a model; one that had to be changed ends with a hash, so that no two become the same."""
    plain = f"{server}_{_NOT_IN_NAMES.sub('_', tool)}"
    if len(plain) <= _LONGEST_NAME and plain == f"{server}_{tool}":
        return plain
    mark = blake2b(tool.encode("utf-8", "replace"), digest_size=4).hexdigest()
    return f"{plain[: _LONGEST_NAME - len(mark) - 1]}_{mark}"


def _without(schema: Mapping[str, Any], argument: str) -> Mapping[str, Any]:
    """Return a schema without an argument, and without what some servers of models do not take."""
    kept = {name: value for name, value in schema.items() if name != "$schema"}
    if argument:
        kept["properties"] = {name: one for name, one in schema["properties"].items() if name != argument}
        kept["required"] = [name for name in schema.get("required", ()) if name != argument]
    return kept
