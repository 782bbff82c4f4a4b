"""What becomes of a turn that failed: it is tried again after a pause, or what prevents that is put aside."""

from datetime import timedelta
from typing import TYPE_CHECKING

from loguru import logger

from session.leases import TurnTaken
from session.reading import Unreadable
from worker.retries import backoff

if TYPE_CHECKING:
    from worker.turns import TurnTaker


async def abandon(taker: "TurnTaker", conversation: str, taken: TurnTaken, error: Exception) -> None:
    """Release a turn that failed; its next attempt comes after a pause."""
    policy = taker.policy
    wait = backoff(
        taken.attempt, first=policy.retry_after, at_most=policy.retry_at_most, chance=taker.chance()
    )
    logger.opt(exception=error).error(
        "turn failed, attempt {} of {}, next attempt in {:.1f} s",
        taken.attempt,
        policy.turn_attempts,
        wait / timedelta(seconds=1),
    )
    await taker.run(taker.store.abandon(conversation, taken.lease, wait=wait))


async def set_aside(taker: "TurnTaker", conversation: str, taken: TurnTaken, error: Exception) -> None:
    """Move the records that prevent giving up to the dead letters: first the session, then the messages."""
    logger.opt(exception=error).error(
        "the turn could not be given up; unreadable records are moved to the dead letters"
    )
    why = in_words(error)
    if taken.record:
        found = [Unreadable(place="session", raw=taken.record, why=why)]
    else:
        found = [Unreadable(place="mailbox", raw=entry, why=why) for entry in taken.entries[:1]]
    if await taker.run(taker.store.set_aside(conversation, taken, found)) is None:
        await taker.run(taker.store.abandon(conversation, taken.lease))
        taker.waker.turns([conversation])


def in_words(error: Exception) -> str:
    """Return the kind and the text of an error."""
    return f"{type(error).__name__}: {error}"[:500]
