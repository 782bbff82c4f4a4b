"""A turn of an agent of another framework: what the agent is told, and what becomes of its errors."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from loguru import logger

from session.async_turn import AsyncTurn
from session.bounds import LONGEST_TEXT
from session.errors import InturnError, SettingsError
from session.facts import json_length
from worker.assistants.adapters.tools import Run, carried_out, present
from worker.assistants.llm.customer_text import ad_of, whole_text_of
from worker.assistants.llm.reminders import time_of, waiting
from worker.assistants.llm.told import MARKS, Said, told_before, told_now

#: Requests of an agent to its model in a turn, if nothing else is said.
MOST_REQUESTS: Final = 10
#: Calls of its tools in a turn.
MOST_TOOL_CALLS: Final = 20
#: Entries of the history that an agent is told, and characters of each; a session has at most MAX_MESSAGE_HISTORY.
_ENTRIES, _ENTRY = 100, 1000
#: Characters of a known fact as JSON; a longer one is not told.
_FACT = 1000
#: Packages whose errors may quote what customers write.
_QUOTING: Final = frozenset(
    {"agents", "langchain_core", "langchain_openai", "langgraph", "openai", "pydantic_ai", "pydantic_core"}
)


class FrameworkFailed(InturnError):
    """Raised when the framework of an agent or the server of its model fails. Its text quotes nobody."""


def missing(extra: str, error: ModuleNotFoundError) -> SettingsError:
    """Return the error of an adapter whose framework is not installed."""
    return SettingsError(f"this adapter needs the package {error.name}: install inturn[{extra}]")


def itself(turn: AsyncTurn) -> AsyncTurn:
    """Return the turn: what the tools of an agent get, if nothing else is made of it."""
    return turn


@asynccontextmanager
async def running(turn: AsyncTurn, asking: Mapping[str, Callable[..., Any]]) -> AsyncIterator[list[Said]]:
    """Run an agent in a turn: yields what the agent is told.

    `asking` are the tools that ask first, by their names; if somebody has allowed one of them, it is called before.

    Raises the error of a step at the end, also if the framework has only told its model of it: an answer that was made of it
    would not be true. Raises `FrameworkFailed` for an error of the framework.
    """
    run = Run(turn, asking)
    token = present.set(run)
    try:
        yield _told(turn, await carried_out(turn.decision, run) if turn.decision else None)
    except Exception as error:
        package = type(error).__module__.partition(".")[0]
        if run.failed is None and package not in _QUOTING:
            raise
        logger.opt(exception=error).debug("the agent failed")
        if run.failed is None:
            status = getattr(error, "status_code", "")
            raise FrameworkFailed(f"{package}: {type(error).__name__} {status}".rstrip()) from None
    finally:
        present.reset(token)
    if run.failed:
        raise run.failed


def _told(turn: AsyncTurn, decided: str | None) -> list[Said]:
    """Return the history as it was delivered, then what is known and what the customer writes now, or what was decided."""
    before = [*told_before(turn, entries=_ENTRIES, characters=_ENTRY, contacts=True)]
    facts = {
        "how to read the history": " ".join(MARKS.split()) if before else "",
        "the time": time_of(turn),
        "reminders that wait": waiting(turn),
        "the ad from which the customer came": ad_of(turn.session.referral),
        "known so far": {
            name: value for name, value in turn.known.stored().items() if json_length(value) <= _FACT
        },
    }
    text = decided or whole_text_of(turn.messages)
    now = told_now(turn, text[:LONGEST_TEXT], facts)
    if before and before[-1][0] == "user":  # nobody has answered it
        *before, (_, unanswered) = before
        now = f"{unanswered}\n{now}"
    return [*before, ("user", now)]
