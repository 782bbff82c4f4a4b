"""Takes turns: leases a conversation, has its messages answered, and commits the result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from loguru import logger

from session.agent_actions import OF_MERGES, AgentActionType
from session.clock import Clock, ContinuedClock
from session.deciding import with_open_approvals
from session.errors import StoreError
from session.events import ActionTaken, MessagesTaken
from session.ids import chance
from session.leases import Stale, TurnTaken
from session.policy import Policy
from session.printable import counted
from session.results import Committed
from session.spending import Whose
from session.store import AsyncRunner, MergeStore, RunningTurnStore, TurnStore
from session.turn_result import TurnResult
from worker.alarms import Alarms
from worker.answering import Answerer
from worker.continuing import CommitTurn, Continue, commit_only, continue_nowhere
from worker.engine import AtOnce, WorkTaker
from worker.failed_turns import abandon, in_words, set_aside
from worker.forgetting import TurnOfForgetting
from worker.interruptions import Interrupted, Thinking, Watch
from worker.media.waiting import MediaWait, with_media_of
from worker.merging import merge_turn
from worker.notices import Notices, Subscription, subscribed
from worker.preparation import Preparation
from worker.running_turns import RunningTurn
from worker.separate_process import SeparateProcess
from worker.suspects import have_taken_alone, is_beside_suspects, is_suspect
from worker.wakeups import Waker

#: Turns of one conversation in a row; then other conversations come first.
_IN_A_ROW = 10


@dataclass(kw_only=True, eq=False, repr=False)
class TurnTaker:
    """Takes the turns of conversations."""

    run: AsyncRunner
    store: TurnStore
    running: RunningTurnStore
    merges: MergeStore
    answerer: Answerer
    waker: Waker
    clock: Clock
    new_id: Callable[[], str]
    policy: Policy
    forgetting: TurnOfForgetting
    alarms: Alarms
    media: MediaWait
    preparation: Preparation
    chance: Callable[[], float] = chance
    alone: SeparateProcess | None = None
    notices: Notices | None = None
    deliver_here: Continue = continue_nowhere
    commit: CommitTurn = commit_only
    look_at_spending: Callable[[], None] = lambda: None
    works: WorkTaker = field(default_factory=AtOnce)
    tell_hooks: Callable[[str], None] = lambda _: None  #: that an event of a conversation is written
    thinking: Thinking = field(default_factory=Thinking, init=False)

    async def take(self, conversation: str) -> None:
        """Take turns of a conversation until its mailbox is empty. One turn is two round trips."""
        with subscribed(self.notices, conversation) as subscription:
            await self._take_turns(conversation, subscription)

    async def _take_turns(self, conversation: str, subscription: Subscription) -> None:
        taken = await self._lease(conversation, self.new_id())
        if taken and is_suspect(taken, self.policy, assists=self.answerer.senders.assist):
            # What only waits is given back here: a process of its own for each look would take too long.
            if await self.media.given_back(conversation, with_media_of(taken)):
                return
            taken = await have_taken_alone(self, conversation, taken)
        for in_a_row in range(1, _IN_A_ROW + 1):
            if taken is None:
                return
            turn = self.new_id()
            with logger.contextualize(conversation=conversation, turn=turn):
                # What is behind suspects stays one if the turn is released.
                go_on = in_a_row < _IN_A_ROW and not self.works.stopping
                go_on = go_on and not is_beside_suspects(taken, self.policy)
                result = await self._take(conversation, taken, turn, subscription, go_on=go_on)
            if result is None:
                return
            self.tell_hooks(conversation)
            if result.wake_delivery:
                self._deliver(conversation)
            self.alarms.leave(conversation, result)
            taken = result.next_turn

    async def take_alone(self, conversation: str, holder: str) -> None:
        """Take one turn whose lease is held under `holder`; this process does nothing else."""
        taken = await self.run(self.store.take(conversation, holder=holder, alone=True))
        if not isinstance(taken, TurnTaken):
            return
        result = await self._take(conversation, taken, self.new_id(), Subscription(), go_on=False)
        if result and result.wake_delivery:
            self.waker.deliveries([conversation])
        if result and result.left:
            self.waker.turns([conversation])

    async def _lease(self, conversation: str, holder: str) -> TurnTaken | None:
        listener = self.notices.listener if self.notices else None
        self.look_at_spending()  # goes out with the next call
        taken = await self.run(self.store.take(conversation, holder=holder, listener=listener))
        self.alarms.heed(conversation, taken)
        return taken if isinstance(taken, TurnTaken) else None

    def _deliver(self, conversation: str) -> None:
        self.waker.deliveries(self.deliver_here([conversation]))

    async def _take(
        self,
        conversation: str,
        taken: TurnTaken,
        turn: str,
        subscription: Subscription,
        *,
        go_on: bool,
        begins_anew_until: datetime | None = None,
    ) -> Committed | None:
        if taken.media:
            taken = with_media_of(taken)
            if await self.media.given_back(conversation, taken):
                return None
        # After a failure messages are tried one by one, so that only the one that causes it is given up.
        messages = taken.messages if taken.attempt == 1 and not taken.crashes else taken.messages[:1]
        now, clock = taken.now, ContinuedClock(taken.now, self.clock)
        running = RunningTurn(
            run=self.run,
            store=self.running,
            clock=clock,
            conversation=conversation,
            taken=taken,
            wake_delivery=self._deliver,
            preparation=self.preparation,
            messages=messages,
        )
        watch = Watch(
            running=running,
            lease_for=self.policy.lease_for,
            subscription=subscription,
            begins_anew_until=begins_anew_until or now + self.answerer.answer_within,
        )
        try:
            action = taken.action
            if (
                action
                and action.type is AgentActionType.FORGET
                and taken.attempt <= self.policy.turn_attempts
            ):
                return await self.forgetting.take(taken, action)
            turn_result: TurnResult | Interrupted | None
            if action and action.type in OF_MERGES and taken.attempt <= self.policy.turn_attempts:
                turn_result = await merge_turn(self, taken, action, turn, now)
            else:
                turn_result = await self._decide(watch, turn, now)
            if turn_result is Interrupted.SUPERSEDED:
                return await self._begin_anew(watch, go_on=go_on)
            if turn_result is None or isinstance(turn_result, Interrupted):
                return None
            result = await self._commit(conversation, taken, turn_result, clock.now(), go_on=go_on)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  (whatever an assistant raises or asks for, the messages stay)
            if taken.attempt < self.policy.turn_attempts:
                await abandon(self, conversation, taken, error)
                return None
            try:
                turn_result = self.answerer.give_up(running, messages, turn, now, why=in_words(error))
                result = await self._commit(conversation, taken, turn_result, clock.now(), go_on=go_on)
            except StoreError:
                raise
            except Exception as second:  # noqa: BLE001  (what cannot even be given up would stay for ever)
                await set_aside(self, conversation, taken, second)
                return None
        if isinstance(result, Stale):
            logger.warning("the turn took longer than its lease; another worker has taken it")
            return None
        if taken.action:
            why = turn_result.event.declined if isinstance(turn_result.event, ActionTaken) else None
            logger.info("{}: {}", taken.action.type, why or "done", action=taken.action.id)
        if isinstance(turn_result.event, MessagesTaken) and turn_result.event.budget:
            logger.info("{}", Whose(turn_result.event.budget).reason)
        for message in running.messages:
            replies = counted(len(turn_result.deliveries), "reply", "replies")
            logger.info("{} answered with {}", message.counted_as, replies, message=message.id)
        return result

    async def _give_back(self, running: RunningTurn) -> None:
        conversation = running.conversation
        await self.run(self.store.abandon(conversation, running.taken.lease, counts=False))
        self.waker.turns([conversation])

    async def _begin_anew(self, watch: Watch, *, go_on: bool) -> Committed | None:
        """Take the turn again under the own lease: it has a new fence, so the superseded run writes nothing any more."""
        running, turn = watch.running, self.new_id()
        conversation = running.conversation
        again = await self._lease(conversation, running.taken.lease.holder)
        if again is None:
            return None
        with logger.contextualize(turn=turn):
            logger.info("the customer has written more, the turn begins anew")
            return await self._take(
                conversation,
                again,
                turn,
                watch.subscription,
                go_on=go_on,
                begins_anew_until=watch.begins_anew_until,
            )

    async def _decide(self, watch: Watch, turn: str, now: datetime) -> TurnResult | Interrupted | None:
        """Return the result of a turn; None if it is given back. Raises whatever the assistant raises."""
        running = watch.running
        result = await self.thinking.over(watch, partial(self.answerer.decide, running, turn, now))
        if result in (Interrupted.TAKEN_OVER, Interrupted.STOPPED):
            by_agent = result is Interrupted.TAKEN_OVER
            who = "an agent has taken over" if by_agent else "the customer wants nothing"
            logger.info("{}, the assistant is not listened to", who)
            return self.answerer.unanswered(running, turn, now)
        if result is None:  # the process stops
            await self._give_back(running)
        return result

    async def _commit(
        self, conversation: str, taken: TurnTaken, turn_result: TurnResult, now: datetime, *, go_on: bool
    ) -> Committed | Stale:
        written = with_open_approvals(turn_result.offered_at(now), taken.timers)
        made = partial(self.store.commit, conversation, taken.lease, written, go_on=go_on)
        return await self.commit(conversation, lambda courier: self.run(made(courier=courier)))
