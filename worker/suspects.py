"""Turns during which processes died: one that may be the cause is taken in a process that does nothing else."""

from functools import partial
from typing import TYPE_CHECKING

from loguru import logger

from session.leases import TurnTaken
from session.printable import counted
from worker.failed_turns import abandon
from worker.separate_process import Ended

if TYPE_CHECKING:
    from worker.turns import TurnTaker


async def have_taken_alone(taker: "TurnTaker", conversation: str, taken: TurnTaken) -> TurnTaken | None:
    """Have a turn taken in a separate process, because processes died during it; None: it was."""
    ended = Ended.NEVER_BEGAN
    if taker.alone:
        logger.warning(
            "turn is taken alone: {} died during it",
            counted(taken.crashes, "process", "processes"),
            of=conversation,
        )
        ended = await taker.answerer.threads.call(
            partial(taker.alone.take, conversation, taken.lease.holder), within=None
        )
    if ended is Ended.DONE:
        return None
    if ended is Ended.BUSY:
        await taker.run(
            taker.store.abandon(conversation, taken.lease, wait=taker.policy.retry_after, counts=False)
        )
        return None
    # Our lease, with a new fence; the previous holder of the same name is dead.
    again = await taker.run(
        taker.store.take(conversation, holder=taken.lease.holder, alone=ended is Ended.NEVER_BEGAN)
    )
    if ended is Ended.DIED and isinstance(again, TurnTaken):
        await abandon(taker, conversation, again, RuntimeError("the process that took the turn alone died"))
        return None
    return again if isinstance(again, TurnTaken) else None
