"""Continues work in the process that has it, without a wake-up.

Who emptied the intake takes the turns, and who committed a turn sends what it said: with a free send place it takes the
outbox with its commit. Only as far as the process has room, and reads the queue in which the wake-up would lie: with `-Q`
some workers take turns and others send.
"""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from celery import Celery

from session.leases import Stale
from session.results import Committed
from worker.deliveries import Courier
from worker.engine import Engine
from worker.wakeups import DELIVER, QUEUES

#: Begins work on conversations in this process; returns those for which a wake-up must be published instead.
Continue = Callable[[Sequence[str]], Sequence[str]]


def continue_nowhere(conversations: Sequence[str]) -> Sequence[str]:
    """Begin nothing, and return all of them."""
    return conversations


def continue_here(
    app: Celery,
    engine: Engine,
    task: str,
    work: Callable[[str], Coroutine[Any, Any, None]],
    *,
    ends_a_turn: bool = False,
) -> Continue:
    """Return what begins in this process what a task would have begun in another one.

    What `ends_a_turn` begins even without room: it takes the place of the turn that it follows.
    """
    if QUEUES[task] not in app.amqp.queues.consume_from:
        return continue_nowhere

    def begin(conversations: Sequence[str]) -> Sequence[str]:
        room = len(conversations) if ends_a_turn and not engine.stopping else engine.free
        for conversation in conversations[:room]:
            engine.begin(partial(work, conversation))
        return conversations[room:]

    return begin


#: Commits a turn; the id of who sends its replies, "" for nobody.
Commit = Callable[[str], Awaitable[Committed | Stale]]
#: Has a turn of a conversation committed.
CommitTurn = Callable[[str, Commit], Awaitable[Committed | Stale]]


async def commit_only(conversation: str, commit: Commit) -> Committed | Stale:  # noqa: ARG001  (as it is called)
    """Commit a turn, and leave its replies to their wake-up."""
    return await commit("")


@dataclass(kw_only=True, eq=False, repr=False)
class CommitAndSend:
    """Commits turns with a send place for what they say, and sends it."""

    courier: Courier
    engine: Engine

    async def __call__(self, conversation: str, commit: Commit) -> Committed | Stale:
        """Commit a turn; if its outbox was taken with it, begin to send."""
        slots = self.courier.slots
        if self.engine.stopping or slots.locked():
            return await commit("")
        await slots.acquire()  # at once, since it is not locked
        holder = self.courier.new_id()
        result: Committed | Stale | None = None
        try:
            result = await commit(holder)
        finally:
            if isinstance(result, Committed) and result.outbox is None:
                slots.release()
            else:
                # Without an answer, and if the turn is found committed, this call may have been the one that took the outbox.
                outbox = result.outbox if isinstance(result, Committed) else None
                self.engine.begin(partial(self.courier.deliver_with_place, conversation, holder, outbox))
        return result


def commit_here(app: Celery, engine: Engine | None, courier: Courier) -> CommitTurn:
    """Return how this process commits turns."""
    if engine is None or QUEUES[DELIVER] not in app.amqp.queues.consume_from:
        return commit_only
    return CommitAndSend(courier=courier, engine=engine)
