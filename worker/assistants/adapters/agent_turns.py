"""A turn of an agent of another framework: what the agent is told, and how its tools do something outside only once."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from hashlib import blake2b
from inspect import iscoroutinefunction, signature
from typing import Any, Final, ParamSpec

from loguru import logger
from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from session.async_turn import AsyncTurn
from session.bounds import LONGEST_TEXT
from session.errors import BadAssistant, InturnError, SettingsError
from worker.assistants.llm.customer_text import ad_of, whole_text_of
from worker.assistants.llm.reminders import time_of, waiting
from worker.assistants.llm.told import MARKS, Said, told_before, told_now

#: Requests of an agent to its model in a turn, if nothing else is said.
MOST_REQUESTS: Final = 10
#: Calls of its tools in a turn.
MOST_TOOL_CALLS: Final = 20
#: Entries of the history that an agent is told; a session has at most MAX_MESSAGE_HISTORY.
_ENTRIES = 100

#: Packages whose errors may quote what customers write.
_QUOTING: Final = frozenset(
    {"agents", "langchain_core", "langchain_openai", "langgraph", "openai", "pydantic_ai", "pydantic_core"}
)

_Arguments = ParamSpec("_Arguments")


class AgentFailed(InturnError):
    """Raised when the framework of an agent or the server of its model fails. Its text quotes nobody."""


def missing(extra: str, error: ModuleNotFoundError) -> SettingsError:
    """Return the error of an adapter whose framework is not installed."""
    return SettingsError(f"this adapter needs the package {error.name}: install inturn[{extra}]")


def told(turn: AsyncTurn) -> list[Said]:
    """Return what an agent is told: the history as it was delivered, then what is known and what the customer writes now."""
    before = told_before(turn, entries=_ENTRIES, characters=LONGEST_TEXT, contacts=True)
    facts = {
        "how to read this": MARKS,
        "the time": time_of(turn),
        "reminders that wait": waiting(turn),
        "the ad from which the customer came": ad_of(turn.session.referral),
        "known so far": turn.known.stored(),
    }
    return [*before, ("user", told_now(turn, whole_text_of(turn.messages), facts))]


@dataclass(slots=True)
class _Run:
    turn: AsyncTurn
    calls: Counter[str] = field(default_factory=Counter)
    failed: InturnError | None = None


_run: ContextVar[_Run] = ContextVar("the run of an agent")


@contextmanager
def running(turn: AsyncTurn) -> Iterator[None]:
    """Let the tools of an agent be steps of a turn.

    Raises the error of a step at the end, also if the framework has only told its model of it: an answer that was made of it
    would not be true. Raises `AgentFailed` for an error of the framework.
    """
    run = _Run(turn)
    token = _run.set(run)
    try:
        yield
    except Exception as error:
        package = type(error).__module__.partition(".")[0]
        if run.failed is None and package not in _QUOTING:
            raise
        logger.opt(exception=error).debug("the agent failed")
        if run.failed is None:
            status = getattr(error, "status_code", "")
            raise AgentFailed(f"{package}: {type(error).__name__} {status}".rstrip()) from None
    finally:
        _run.reset(token)
    if run.failed:
        raise run.failed


def once(tool: Callable[_Arguments, Any]) -> Callable[_Arguments, Coroutine[Any, Any, Any]]:
    """Make a step of a function that does something outside, so that a repeated turn gets the kept result instead.

    It is the same step if it is the n-th call of this name with these arguments in a turn. The result must be JSON, or what
    pydantic makes JSON of, and is returned as JSON. A plain function runs in a thread. What has the turn is no step, because
    what it asks of the turn would be missing in a repetition: it calls a function that is one.

    Raises what the function raises, and what `Turn.step` raises; `BadAssistant` if an argument is no JSON.
    """

    @wraps(tool)
    async def step(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Any:
        run = _run.get(None)
        if run is None:
            raise BadAssistant(f"{tool.__name__} is called outside of a turn")

        async def call() -> Any:
            if iscoroutinefunction(tool):
                result = await tool(*args, **kwargs)
            else:
                result = await asyncio.to_thread(tool, *args, **kwargs)
            return to_jsonable_python(result, serialize_unknown=True)

        try:
            return await run.turn.step(tool.__name__, call, key=_key(run, tool, *args, **kwargs))
        except InturnError as error:
            run.failed = error
            raise

    return step


def _key(
    run: _Run, tool: Callable[_Arguments, Any], *args: _Arguments.args, **kwargs: _Arguments.kwargs
) -> str:
    bound = signature(tool).bind(*args, **kwargs)
    bound.apply_defaults()
    try:
        given = to_json(bound.arguments)
    except PydanticSerializationError:
        raise BadAssistant(f"{tool.__name__} is a step, and has an argument that is no JSON") from None
    called = blake2b(tool.__name__.encode() + given, digest_size=16, person=b"inturn agents").hexdigest()
    run.calls[called] += 1
    return f"{called}:{run.calls[called]}"
