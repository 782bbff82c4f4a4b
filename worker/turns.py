"""Takes turns: leases a conversation, has its messages answered, and commits the result."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from loguru import logger

from session.agent_actions import AgentActionType
from session.clock import Clock
from session.errors import StoreError
from session.events import ActionTaken
from session.forgetting import Forgetter
from session.ids import chance
from session.leases import Stale, TurnTaken
from session.messages import Message
from session.policy import Policy
from session.printable import counted
from session.reading import Unreadable
from session.results import Committed
from session.store import AsyncRunner, RunningTurnStore, TurnStore
from session.turn_result import TurnResult
from worker.answering import Answerer
from worker.continuing import Continue, continue_nowhere
from worker.forgetting import forget
from worker.retries import backoff
from worker.running_turns import Interrupted, RunningTurn
from worker.separate_process import Ended, SeparateProcess
from worker.wakeups import Waker

#: After so many deaths of its processes a turn is taken alone; until then no death counts as an attempt.
_SUSPECT_AFTER = 2
#: Turns of one conversation in a row; then other conversations come first.
_IN_A_ROW = 10


@dataclass(kw_only=True, eq=False, repr=False)
class TurnTaker:
    """Takes the turns of conversations."""

    run: AsyncRunner
    store: TurnStore
    running: RunningTurnStore
    answerer: Answerer
    waker: Waker
    clock: Clock
    new_id: Callable[[], str]
    policy: Policy
    forgetter: Forgetter
    chance: Callable[[], float] = chance
    alone: SeparateProcess | None = None
    deliver_here: Continue = continue_nowhere
    _thinking: set[asyncio.Task[TurnResult]] = field(default_factory=set, init=False)

    async def take(self, conversation: str) -> None:
        """Take turns of a conversation until its mailbox is empty. One turn is two round trips."""
        first = await self.run(self.store.take(conversation, holder=self.new_id(), now=self.clock.now()))
        taken = first if isinstance(first, TurnTaken) else None
        if taken and taken.crashes >= _SUSPECT_AFTER and taken.attempt <= self.policy.turn_attempts:
            taken = await self._have_taken_alone(conversation, taken)
        for in_a_row in range(1, _IN_A_ROW + 1):
            if taken is None:
                return
            turn = self.new_id()
            with logger.contextualize(conversation=conversation, turn=turn):
                result = await self._take(conversation, taken, turn, go_on=in_a_row < _IN_A_ROW)
            if result is None:
                return
            if result.wake_delivery:
                self._deliver(conversation)
            if result.left and result.next_turn is None:
                self.waker.turns([conversation])
            taken = result.next_turn

    async def take_alone(self, conversation: str, holder: str) -> None:
        """Take one turn whose lease is held under `holder`; this process does nothing else."""
        taken = await self.run(self.store.take(conversation, holder=holder, now=self.clock.now(), alone=True))
        if not isinstance(taken, TurnTaken):
            return
        result = await self._take(conversation, taken, self.new_id(), go_on=False)
        if result and result.wake_delivery:
            self.waker.deliveries([conversation])
        if result and result.left:
            self.waker.turns([conversation])

    def _deliver(self, conversation: str) -> None:
        self.waker.deliveries(self.deliver_here([conversation]))

    async def give_back(self) -> None:
        """End the calls of all assistants: their turns are released at once, for another process."""
        for thinking in self._thinking:
            thinking.cancel()

    async def _have_taken_alone(self, conversation: str, taken: TurnTaken) -> TurnTaken | None:
        """Have a turn taken in a separate process, because processes died during it; None: it was."""
        now = self.clock.now
        ended = Ended.NEVER_BEGAN
        if self.alone:
            logger.warning(
                "turn is taken alone: {} died during it",
                counted(taken.crashes, "process", "processes"),
                of=conversation,
            )
            ended = await self.answerer.threads.call(
                partial(self.alone.take, conversation, taken.lease.holder), within=None
            )
        if ended is Ended.DONE:
            return None
        if ended is Ended.BUSY:
            await self.run(
                self.store.abandon(
                    conversation, taken.lease, retry_at=now() + self.policy.retry_after, counts=False
                )
            )
            return None
        # Our lease, with a new fence; the previous holder of the same name is dead.
        again = await self.run(
            self.store.take(
                conversation, holder=taken.lease.holder, now=now(), alone=ended is Ended.NEVER_BEGAN
            )
        )
        if ended is Ended.DIED and isinstance(again, TurnTaken):
            await self._abandon(
                conversation, again, RuntimeError("the process that took the turn alone died")
            )
            return None
        return again if isinstance(again, TurnTaken) else None

    async def _take(self, conversation: str, taken: TurnTaken, turn: str, *, go_on: bool) -> Committed | None:
        # After a failure messages are tried one by one, so that only the one that causes it is given up.
        messages = taken.messages if taken.attempt == 1 and not taken.crashes else taken.messages[:1]
        now = self.clock.now()
        running = RunningTurn(
            run=self.run,
            store=self.running,
            clock=self.clock,
            conversation=conversation,
            taken=taken,
            lease_for=self.policy.lease_for,
            wake_delivery=self._deliver,
        )
        try:
            action = taken.action
            if (
                action
                and action.type is AgentActionType.FORGET
                and taken.attempt <= self.policy.turn_attempts
            ):
                return await forget(self.run, self.forgetter, taken, action, now=now)
            if (turn_result := await self._decide(running, messages, turn, now)) is None:
                return None
            result = await self._commit(conversation, taken, turn_result, go_on=go_on)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever an assistant raises or asks for, the messages stay)
            if taken.attempt < self.policy.turn_attempts:
                await self._abandon(conversation, taken, error)
                return None
            try:
                turn_result = self.answerer.give_up(
                    taken, messages, turn, now, why=_in_words(error), kept=running.kept
                )
                result = await self._commit(conversation, taken, turn_result, go_on=go_on)
            except StoreError:
                raise
            except Exception as second:  # noqa: BLE001  (what cannot even be given up would stay for ever)
                await self._set_aside(conversation, taken, second)
                return None
        if isinstance(result, Stale):
            logger.warning("the turn took longer than its lease; another worker has taken it")
            return None
        if taken.action:
            why = turn_result.event.declined if isinstance(turn_result.event, ActionTaken) else None
            logger.info("{}: {}", taken.action.type, why or "done", action=taken.action.id)
        for message in messages:
            replies = counted(len(turn_result.deliveries), "reply", "replies")
            logger.info("{} answered with {}", message.counted_as, replies, message=message.id)
        return result

    async def _give_back(self, running: RunningTurn) -> None:
        conversation = running.conversation
        await self.run(
            self.store.abandon(conversation, running.taken.lease, retry_at=self.clock.now(), counts=False)
        )
        self.waker.turns([conversation])

    async def _decide(
        self, running: RunningTurn, messages: Sequence[Message], turn: str, now: datetime
    ) -> TurnResult | None:
        """Return the result of a turn; None if it is lost or given back. Raises whatever the assistant raises."""
        taken = running.taken
        thinking = asyncio.create_task(self.answerer.decide(taken, messages, turn, now, running=running))
        self._thinking.add(thinking)
        try:
            result = await running.listen(thinking)
        finally:
            self._thinking.discard(thinking)
        if result is Interrupted.TAKEN_OVER:
            logger.info("an agent has taken over, the assistant is not listened to")
            return self.answerer.unanswered(taken, messages, turn, now, kept=running.kept)
        if result is None:  # the process stops
            await self._give_back(running)
            return None
        return None if isinstance(result, Interrupted) else result

    async def _set_aside(self, conversation: str, taken: TurnTaken, error: Exception) -> None:
        """Move the records that prevent giving up to the dead letters: first the session, then the messages."""
        logger.opt(exception=error).error(
            "the turn could not be given up; unreadable records are moved to the dead letters"
        )
        why = _in_words(error)
        if taken.record:
            found = [Unreadable(place="session", raw=taken.record, why=why)]
        else:
            found = [Unreadable(place="mailbox", raw=entry, why=why) for entry in taken.entries[:1]]
        if await self.run(self.store.set_aside(conversation, taken, found, now=self.clock.now())) is None:
            await self.run(self.store.abandon(conversation, taken.lease, retry_at=self.clock.now()))
            self.waker.turns([conversation])

    async def _commit(
        self, conversation: str, taken: TurnTaken, turn_result: TurnResult, *, go_on: bool
    ) -> Committed | Stale:
        now = self.clock.now()
        return await self.run(
            self.store.commit(conversation, taken.lease, turn_result.offered_at(now), now=now, go_on=go_on)
        )

    async def _abandon(self, conversation: str, taken: TurnTaken, error: Exception) -> None:
        wait = backoff(
            taken.attempt,
            first=self.policy.retry_after,
            at_most=self.policy.retry_at_most,
            chance=self.chance(),
        )
        logger.opt(exception=error).error(
            "turn failed, attempt {} of {}, next attempt in {:.1f} s",
            taken.attempt,
            self.policy.turn_attempts,
            wait / timedelta(seconds=1),
        )
        await self.run(self.store.abandon(conversation, taken.lease, retry_at=self.clock.now() + wait))


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
