"""Calls an assistant with a turn, and returns everything that it asked for. Pure."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from session import phrases
from session.async_turn import AsyncTurn
from session.errors import BadAssistant, SearchLimitReached
from session.facts import facts_of
from session.replies import Reply
from session.turn import Effects, Turn

#: Takes a turn, returns a reply or None; may send more through the turn.
Assistant = Callable[[Turn], str | Reply | None]
#: The same as a coroutine function.
AsyncAssistant = Callable[[AsyncTurn], Awaitable[str | Reply | None]]


def is_async(assistant: Any) -> bool:
    """Whether an assistant is a coroutine function, an object that is called like one, or one whose `is_async` says so."""
    called = (assistant, getattr(assistant, "__call__", None))  # noqa: B004
    return any(map(iscoroutinefunction, called)) or bool(getattr(assistant, "is_async", False))


def consult(assistant: Assistant, turn: Turn) -> Effects:
    """Call an assistant with a turn, and return all its effects, the returned reply included.

    A `SearchLimitReached` that it does not catch becomes a reply to the customer. Other errors are raised, and
    `BadAssistant` if it returns something else than a text, a `Reply` or None.
    """
    turn.effects.facts = facts_of(assistant, turn.kind)
    try:
        said = assistant(turn)
    except SearchLimitReached as refusal:
        said = phrases.too_many_searches(turn.language, refusal.wait_for)
    return _with(said, turn)


async def consult_async(assistant: AsyncAssistant, turn: AsyncTurn) -> Effects:
    """Do the same with an assistant that is a coroutine function."""
    turn.effects.facts = facts_of(assistant, turn.kind)
    try:
        said = await assistant(turn)
    except SearchLimitReached as refusal:
        said = phrases.too_many_searches(turn.language, refusal.wait_for)
    return _with(said, turn)


def _with(said: str | Reply | None, turn: Turn) -> Effects:
    match said:
        case None | "":
            pass
        case str():
            turn.reply(said)
        case Reply():
            turn.effects.replies.append(said)
        case _:
            raise BadAssistant(
                f"the assistant returned {type(said).__name__} instead of a text, a Reply or None"
            )
    turn.effects.replies[:0] = turn.effects.late
    turn.effects.late.clear()
    return turn.effects
