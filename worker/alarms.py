"""The alarms of a process, for turns whose messages gather: when one goes off, the turn is taken here, or woken.

They take no place of the work. What becomes of the process does not matter: the due index has the same times, and the sweep
finds what nobody has taken.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Protocol

from session.leases import Held, MailboxEmpty, TurnTaken
from session.results import Committed
from worker.continuing import Continue, continue_nowhere
from worker.engine import AtOnce, WorkTaker
from worker.wakeups import Waker


class Alarm(Protocol):
    """Something that will be called once."""

    def cancel(self) -> None:
        """Call it no more."""


#: Calls a function without arguments in so many seconds, on the loop.
CallLater = Callable[[float, Callable[[], None]], Alarm]


def call_later(seconds: float, function: Callable[[], None]) -> Alarm:
    """Call a function in so many seconds, on the running loop."""
    return asyncio.get_running_loop().call_later(seconds, function)


class Alarms:
    """At most one alarm for each conversation. Used on the loop only."""

    def __init__(
        self,
        waker: Waker,
        works: WorkTaker | None = None,
        take_here: Continue = continue_nowhere,
        call_later: CallLater = call_later,
    ) -> None:
        """Take what begins turns in this process, if it has room and takes turns at all."""
        self._waker = waker
        self._works = works or AtOnce()
        self._take_here = take_here
        self._call_later = call_later
        self._set: dict[str, Alarm] = {}

    def set(self, conversation: str, wait: timedelta, *, here: bool = True) -> None:
        """Have a turn taken after `wait`; an alarm that the conversation has is replaced.

        With `here` this process takes it if it has room, else it is woken. A process that stops leaves it to others at once.
        """
        self._cancel(conversation)
        if self._works.stopping:
            self._waker.turns([conversation])
            return
        go_off = partial(self._go_off, conversation, here=here)
        self._set[conversation] = self._call_later(wait / timedelta(seconds=1), go_off)

    def heed(self, conversation: str, taken: TurnTaken | MailboxEmpty | Held) -> None:
        """Note that a turn was tried: it has no alarm any more, or another one if its messages still gather."""
        self._cancel(conversation)
        if isinstance(taken, Held) and taken.gathers is not None:
            self.set(conversation, taken.gathers)

    def leave(self, conversation: str, committed: Committed) -> None:
        """See that somebody takes what a turn has left, unless its holder goes on: now, or when it has gathered."""
        if committed.gathers is not None:
            self.set(conversation, committed.gathers)
        elif committed.left and committed.next_turn is None:
            self._waker.turns([conversation])

    async def hand_over(self) -> None:
        """Wake everything that this process would have taken later: another one finds out when that is due."""
        conversations = list(self._set)
        for conversation in conversations:
            self._cancel(conversation)
        self._waker.turns(conversations)

    def _cancel(self, conversation: str) -> None:
        alarm = self._set.pop(conversation, None)
        if alarm:
            alarm.cancel()

    def _go_off(self, conversation: str, *, here: bool) -> None:
        del self._set[conversation]
        self._waker.turns(self._take_here([conversation]) if here else [conversation])
