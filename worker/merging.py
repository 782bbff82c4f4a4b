"""The turns of a merge: a conversation hands over everything to another one of its customer, which waits for it and takes it in."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from loguru import logger

from session.agent_actions import AgentAction, AgentActionType
from session.leases import Stale, TurnTaken
from session.merging import came_without, left, merged
from session.outgoing import TurnContext
from session.parcels import parcel_in
from session.store import Awaited, Late, Sending, field_of
from session.turn_result import TurnResult
from worker.retries import backoff

if TYPE_CHECKING:
    from worker.turns import TurnTaker

#: A reply that is being sent is settled in this time, usually.
_WHILE_SENDING: Final = timedelta(seconds=1)
#: The other conversation is moved in its own turn, usually at once; what it puts here ends the wait.
_FIRST_WAIT, _LONGEST_WAIT = timedelta(milliseconds=100), timedelta(seconds=10)


async def merge_turn(
    taker: "TurnTaker", taken: TurnTaken, action: AgentAction, turn: str, now: datetime
) -> TurnResult | None:
    """Return the result of a turn of a merge; None if it is given back, or is another worker's by now."""
    if action.type is AgentActionType.MERGE_OUT:
        return await _hand_over(taker, taken, action, now)
    context = TurnContext(
        turn=turn,
        fence=taken.lease.fence,
        now=now,
        policy=taker.policy,
        render=taker.answerer.render,
        marketing=taken.marketing,
    )
    return await _take_in(taker, taken, action, context)


async def _hand_over(
    taker: "TurnTaker", taken: TurnTaken, action: AgentAction, now: datetime
) -> TurnResult | None:
    packed = await taker.run(taker.merges.pack(action, taken.lease))
    if isinstance(packed, Stale):
        return None
    if isinstance(packed, Sending):
        await _give_back(taker, taken, action, _WHILE_SENDING)
        return None
    woken = await taker.run(taker.merges.put(action, packed))
    taker.waker.turns([woken])
    return left(parcel_in(packed), action, now, taker.policy, finished=(field_of(action),))


async def _take_in(
    taker: "TurnTaker", taken: TurnTaken, action: AgentAction, context: TurnContext
) -> TurnResult | None:
    field = field_of(action)
    kept = taken.kept.get(field)
    came = kept if kept is not None else await taker.run(taker.merges.take(action, taken.lease))
    match came:
        case Stale():
            return None
        case Awaited(times):
            wait = backoff(times, first=_FIRST_WAIT, at_most=_LONGEST_WAIT, chance=taker.chance())
            await _give_back(taker, taken, action, wait)
            return None
        case Late():
            logger.error("the other conversation of the customer did not come; it goes on without it")
            return came_without(action, taken.session, context, "the other conversation did not come")
    parcel = parcel_in(came)
    done = merged(parcel, action, taken.session, context, opted_out=taken.opted_out, finished=(field,))
    if kept is None and isinstance(
        await taker.run(taker.merges.take_in(action, taken.lease, parcel, done.cancelled)), Stale
    ):
        return None
    return done.result


async def _give_back(taker: "TurnTaker", taken: TurnTaken, action: AgentAction, wait: timedelta) -> None:
    """Give the turn back for a moment; that is no attempt."""
    await taker.run(taker.store.abandon(action.conversation, taken.lease, wait=wait, counts=False))
