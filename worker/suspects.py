"""Turns during which processes died: one that may be the cause is taken in a process that does nothing else."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from loguru import logger

from session.agent_actions import AgentActionType
from session.errors import StoreError
from session.leases import Lease, Stale, TurnTaken
from session.models import Session, State
from session.policy import Policy
from session.printable import counted
from worker.acting import SAYING
from worker.failed_turns import abandon
from worker.interruptions import RENEWED
from worker.separate_process import Ended

if TYPE_CHECKING:
    from worker.turns import TurnTaker


#: After so many deaths of its processes a turn is taken alone; until then no death counts as an attempt.
_SUSPECT_AFTER = 2


def is_beside_suspects(taken: TurnTaken, policy: Policy) -> bool:
    """Whether a turn, or what waits behind it, may be why processes died."""
    return taken.crashes >= _SUSPECT_AFTER and taken.attempt <= policy.turn_attempts


def is_suspect(taken: TurnTaken, policy: Policy, *, assists: bool = False) -> bool:
    """Whether a turn itself may be. One that asks no assistant, and prepares no file, is not.

    `assists` says that an assistant may be asked while a person is awaited.
    """
    if not is_beside_suspects(taken, policy):
        return False
    if taken.action:
        late = taken.action.type is AgentActionType.TIME_OUT
        asks = taken.action.type in SAYING or taken.action.type is AgentActionType.DECIDE
        return asks or (late and _has_open(taken.session))
    session = taken.session
    if session is None or session.state is not State.WAITING_AGENT:
        return True
    # What comes while an agent has a conversation, or should have it, is only kept, unless the assistant may be asked meanwhile,
    # or comes back to what is open.
    return session.held_by is None and (assists or _has_open(session))


def _has_open(session: Session | None) -> bool:
    return bool(session and session.wait and session.wait.open)


async def _keep(taker: "TurnTaker", conversation: str, lease: Lease) -> None:
    """Renew a lease until the separate process has taken the turn under it.

    To start may take that process longer than a lease lasts: another worker would begin the same, and nobody would ever end.
    """
    while True:
        await asyncio.sleep(taker.policy.lease_for / timedelta(seconds=1) / RENEWED)
        try:
            renewed = await taker.run(taker.running.renew(conversation, lease))
        except StoreError as error:
            logger.warning("the lease could not be renewed for now: {}", error)
            continue
        if isinstance(renewed, Stale):
            return


async def have_taken_alone(taker: "TurnTaker", conversation: str, taken: TurnTaken) -> TurnTaken | None:
    """Have a turn taken in a separate process, because processes died during it; None: it was."""
    ended = Ended.NEVER_BEGAN
    if taker.alone:
        logger.warning(
            "turn is taken alone: {} died during it",
            counted(taken.crashes, "process", "processes"),
            of=conversation,
        )
        kept = asyncio.create_task(_keep(taker, conversation, taken.lease))
        try:
            ended = await taker.answerer.threads.call(
                partial(taker.alone.take, conversation, taken.lease.holder), within=None
            )
        finally:
            kept.cancel()
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
