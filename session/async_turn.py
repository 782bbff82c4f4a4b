"""The turn of an assistant that is a coroutine function. Pure: what it awaits is passed in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Self

from session.content_parts import Media
from session.media_reading import read_in_thread
from session.messages import Message
from session.models import Session
from session.replies import Reply
from session.steps import AsyncKeeper, Keeper, arguments_of, result_in
from session.turn import Turn, early


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What a turn has after further messages joined it."""

    session: Session  #: with all its messages in the history
    messages: tuple[Message, ...]  #: all for the assistant, the earlier ones included


#: Returns what joins a turn now; None if there is nothing.
More = Callable[[], Awaitable[Joined | None]]


async def no_more() -> None:
    """Let nothing join the turn."""


class _Awaited:
    """A keeper that is done at once, behind the interface of one that is awaited."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self.in_step = keeper.in_step

    async def keep(self, field: str, value: str) -> str:
        """Keep a value; return what is kept."""
        return self._keeper.keep(field, value)

    async def say(self, field: str, reply: Reply) -> bool:
        """Queue a reply, unless it was before."""
        return self._keeper.say(field, reply)


class AsyncTurn(Turn):
    """A turn whose steps and early replies are awaited, and which further messages can join.

    It is a `Turn` for everything else, so that functions that take one work with both.
    """

    _async_keeper: AsyncKeeper
    _more: More

    @classmethod
    def of(cls, turn: Turn, *, keeper: AsyncKeeper | None = None, more: More = no_more) -> Self:
        """Return a turn with the same messages for a coroutine function."""
        self = cls.__new__(cls)
        self.__dict__.update(vars(turn))
        self._async_keeper = keeper or _Awaited(turn._keeper)  # noqa: SLF001  (a turn is its base class)
        self._more = more
        return self

    def in_thread(self) -> Turn:
        """Return the same turn for a plain function, which must run in a thread of its own."""
        turn = Turn.__new__(Turn)
        turn.__dict__.update(vars(self))
        return turn

    async def say_now(self, what: str | Reply) -> None:  # type: ignore[override]  # it is awaited
        """Do as `Turn.say_now`."""
        reply = early(what)
        said = not self.effects.late and await self._async_keeper.say(self._progress.early_reply(), reply)
        (self.effects.said if said else self.effects.late).append(reply)

    async def step(self, name: str, fn: Callable[..., Any], *, key: str | None = None) -> Any:
        """Do as `Turn.step`; the function may be a coroutine function. A plain one must not wait for anything."""
        step = self._progress.step(name, key)
        if step.stored is None:
            with self._async_keeper.in_step():
                result = fn(*arguments_of(fn, step))
                if isawaitable(result):
                    result = await result
                kept = await self._async_keeper.keep(step.field, self._progress.value_of(result))
            return result_in(name, kept)
        return result_in(name, step.stored)

    async def read(self, medium: Media) -> bytes:  # type: ignore[override]  # it is awaited
        """Do as `Turn.read`."""
        return await read_in_thread(self, medium)

    async def more(self) -> tuple[Message, ...]:
        """Return the messages that the customer wrote meanwhile, oldest first, and let them join this turn.

        They are then in `messages` and `history`, and are answered with this turn. Nothing joins where `ON_NEW_MESSAGE` is
        not `join`, after a STOP or an agent action, and in a turn that is repeated after a failure.
        """
        joined = await self._more()
        if joined is None:
            return ()
        new = joined.messages[len(self.messages) :]
        self.session, self.messages = joined.session, joined.messages
        self._progress.joined(new)
        return new
