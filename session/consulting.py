"""Calls an assistant with a turn, and returns everything that it asked for. Pure."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from session import phrases
from session.async_turn import AsyncTurn, no_more
from session.errors import BadAssistant, SearchLimitReached
from session.facts import facts_of
from session.history import Role, entry
from session.messages import Message
from session.outgoing import said_in
from session.replies import Reply
from session.turn import Effects, Turn

_Turn = TypeVar("_Turn", bound=Turn)
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
    `BadAssistant` if it returns something else than a text, a `Reply` or None. It is called once for each question of the turn.
    """
    turn.effects.facts = facts_of(assistant, turn.kind)
    for one in _one_by_one(turn):
        try:
            said = assistant(one)
        except SearchLimitReached as refusal:
            said = phrases.too_many_searches(one.language, refusal.wait_for)
        _note(said, one)
    return turn.effects


async def consult_async(assistant: AsyncAssistant, turn: AsyncTurn) -> Effects:
    """Do the same with an assistant that is a coroutine function."""
    turn.effects.facts = facts_of(assistant, turn.kind)
    for one in _one_by_one(turn):
        try:
            said = await assistant(one)
        except SearchLimitReached as refusal:
            said = phrases.too_many_searches(one.language, refusal.wait_for)
        _note(said, one)
    return turn.effects


def _one_by_one(turn: _Turn) -> Iterator[_Turn]:
    """Return a turn for each question of a turn, which knows what was done about those before; replies quote what they answer."""
    if len(turn.questions) <= 1:
        yield turn
        return
    for place, question in enumerate(turn.questions):
        one = _about(turn, question, later=turn.questions[place + 1 :])
        yield one
        own = one.effects
        for n, reply in enumerate(own.replies[:1]):
            if reply.template is None and reply.reply_to is None:
                own.replies[n] = reply.model_copy(update={"reply_to": question[-1].id})
        earlier = turn.effects
        turn.effects = replace(own, replies=[*earlier.replies, *own.replies], said=[*earlier.said, *own.said])


def _about(turn: _Turn, question: Sequence[Message], *, later: Sequence[Sequence[Message]]) -> _Turn:
    """Return the turn of one question: its history ends with what was said to those before, and with itself."""
    one = copy(turn)
    asked = {message.id for messages in (question, *later) for message in messages}
    history = turn.session.context.message_history
    said = (entry(Role.ASSISTANT, said_in(reply), at=turn.now, id="") for reply in turn.effects.replies)
    own = {message.id for message in question}
    one.session = turn.session.change_context(
        message_history=(
            *(kept for kept in history if kept.message_id not in asked),
            *said,
            *(kept for kept in history if kept.message_id in own),
        )
    )
    one.messages = tuple(question)
    one.effects = replace(turn.effects, replies=[], said=[], late=[])
    one._progress = turn._progress.about(question)  # noqa: SLF001  (it is the same turn)
    if isinstance(one, AsyncTurn):
        one._more = no_more  # noqa: SLF001  (the same)
    return one


def _note(said: str | Reply | None, turn: Turn) -> None:
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
