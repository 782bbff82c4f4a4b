"""Tools that do something outside: once however often a turn is repeated and, where a person must allow it, after a yes."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from hashlib import blake2b
from inspect import iscoroutinefunction, isfunction, signature
from typing import Any, ParamSpec

from pydantic import validate_call
from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from session.approvals import Decision
from session.async_turn import AsyncTurn
from session.errors import BadAssistant, InturnError
from worker.assistants.llm.tool_servers.approvals import ASKED, told

_Arguments = ParamSpec("_Arguments")
Tool = Callable[_Arguments, Coroutine[Any, Any, Any]]


@dataclass(slots=True)
class Run:
    """A run of an agent in a turn."""

    turn: AsyncTurn
    asking: Mapping[str, Callable[..., Any]]  #: by their names: the tools that ask first
    calls: Counter[str] = field(default_factory=Counter)
    failed: InturnError | None = None  #: the error of a tool that the turn cannot go on with


present: ContextVar[Run | None] = ContextVar("the run of an agent", default=None)


def once(tool: Callable[_Arguments, Any]) -> Tool[_Arguments]:
    """Make a step of a function that does something outside, so that a repeated turn gets the kept result instead.

    It is the same step if it is the n-th call of this name with these arguments in a turn. The result must be JSON, or what
    pydantic makes JSON of, and is returned as JSON. A plain function runs in a thread. What has the turn is no step, because
    what it asks of the turn would be missing in a repetition: it calls a function that is one.

    Raises what the function raises, and what `Turn.step` raises; `BadAssistant` if an argument is no JSON.
    """

    @wraps(tool)
    async def step(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Any:
        run = _present_run(tool)

        async def call() -> Any:
            if iscoroutinefunction(tool):
                result = await tool(*args, **kwargs)
            else:
                result = await asyncio.to_thread(tool, *args, **kwargs)
            return to_jsonable_python(result, serialize_unknown=True)

        try:
            called = _digest(tool.__name__, to_json(_given(tool, *args, **kwargs)))
            run.calls[called] += 1
            return await run.turn.step(tool.__name__, call, key=f"{called}:{run.calls[called]}")
        except InturnError as error:
            run.failed = error
            raise

    return step


def asks_first(tool: Callable[_Arguments, Any]) -> Tool[_Arguments]:
    """Let a person at the desk allow each call of a function that does something outside, before it is made.

    The call is kept with the approval. Once it is allowed it is made as it is, as with `once`, by the adapter and not by the agent,
    which is then told what came of it. `from_agent` gets the function, too, in `asks_first`.

    Raises `BadAssistant` if it has not got it, or an argument is no JSON; what `Turn.ask_approval` raises.
    """

    @wraps(tool)
    async def ask(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> str:
        run, name = _present_run(tool), tool.__name__
        try:
            if name not in run.asking:
                raise BadAssistant(f"{name} asks first, and from_agent was not given it in asks_first")
            data = {"tool": name, "arguments": _given(tool, *args, **kwargs)}
        except InturnError as error:
            run.failed = error
            raise
        asked = f"{name} {_digest(name, to_json(data))[:8]}"
        if asked not in run.turn.approvals:
            run.turn.ask_approval(asked, text=f"The assistant asks: may it call {name}?", data=data)
        return ASKED

    return ask


def by_name(tools: Collection[Callable[..., Any]]) -> Mapping[str, Callable[..., Any]]:
    """Return tools that ask first without what asks, by their names.

    Raises `BadAssistant` for what a framework has made of one, and for two of one name: the wrong one would be called.
    """
    if made := [tool for tool in tools if not isfunction(tool)]:
        raise BadAssistant(f"asks_first has the functions themselves, not a {type(made[0]).__name__}")
    named = Counter(tool.__name__ for tool in tools)
    if several := [name for name, count in named.items() if count > 1]:
        raise BadAssistant(f"asks_first has two functions of the name {several[0]}")
    return {tool.__name__: getattr(tool, "__wrapped__", tool) for tool in tools}


async def carried_out(decision: Decision, run: Run) -> str:
    """Make the call that was allowed, if one was; return what the agent is told of the decision.

    Raises `BadAssistant` if what was allowed is not a tool of this assistant: then somebody may decide again.
    """
    match decision.data:
        case {"tool": str(name), "arguments": dict(arguments)}:
            asked = f"{name} {to_json(arguments).decode()}"
            if not decision.approved:
                return told(asked, decision, None, "")
            if name not in run.asking:
                raise BadAssistant(f"{name} is allowed, and from_agent was not given it in asks_first")
            # As JSON the arguments have lost their types.
            result = await validate_call(once(run.asking[name]))(**arguments)
            return told(asked, decision, "done", to_json(result).decode())
    return told(decision.text, decision, None, "")


def _present_run(tool: Callable[..., Any]) -> Run:
    run = present.get()
    if run is None:
        raise BadAssistant(f"{tool.__name__} is called outside of a turn")
    return run


def _given(tool: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return the arguments of a call as JSON has them, by their names."""
    bound = signature(tool).bind(*args, **kwargs)
    bound.apply_defaults()
    try:
        return to_jsonable_python(bound.arguments)
    except PydanticSerializationError:
        raise BadAssistant(f"{tool.__name__} is a step, and has an argument that is no JSON") from None


def _digest(name: str, given: bytes) -> str:
    return blake2b(name.encode() + given, digest_size=16, person=b"inturn agents").hexdigest()
