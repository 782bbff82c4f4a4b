"""Decides the result of a turn's messages. It reads no Redis and writes none."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from loguru import logger

from session import phrases
from session.admission import Admission, admit, turn_away
from session.agent_actions import Declined
from session.agent_rules import act, declined
from session.async_turn import AsyncTurn
from session.consulting import AsyncAssistant, consult, consult_async, is_async
from session.dead_letters import ActionLetter, AnyLetter, MessageLetter
from session.leases import TurnTaken
from session.limits import SEARCHES
from session.messages import Message, Reply
from session.models import Member
from session.outgoing import Render, TurnContext
from session.policy import Policy
from session.steps import Progress
from session.turn import Catalogue, Effects, SearchBudget, Turn
from session.turn_result import TurnResult, settle, settle_refusal
from worker.assistant_threads import AssistantThreads, DeadlineExceeded
from worker.running_turns import Admit, Blocking, RunningTurn
from worker.senders import Sender, Senders

#: Returns the member with a number, or None for a non-member.
Members = Callable[[str], Member | None]

#: Shows the customer that a message is being answered, while the block lasts. Raises nothing of its own.
ShowReceipts = Callable[[Message], AbstractContextManager[None]]


@dataclass(kw_only=True, eq=False, repr=False)
class Answerer:
    """Calls the assistant of a sender with the messages of a turn."""

    senders: Senders
    render: Render
    wants_human: Callable[[str], bool]
    new_id: Callable[[], str]
    policy: Policy
    threads: AssistantThreads
    catalogue: Catalogue | None = None
    members: Members = lambda _: None
    answer_within: timedelta = timedelta(seconds=60)
    receipts: ShowReceipts | None = None
    secret: str = ""  #: what the idempotency keys of steps are made with

    async def decide(self, running: RunningTurn, turn: str, now: datetime) -> TurnResult:
        """Return the result of a turn; `turn` is its id. Raises whatever the assistant raises.

        In the turn of an agent action there are no messages, and the assistant is not called.
        """
        taken, messages = running.taken, running.messages
        if taken.attempt > self.policy.turn_attempts:
            return self.give_up(running, messages, turn, now, why="the processes that took the turn died")
        context = self._context(taken, turn, now)
        if taken.action:
            return act(taken.session, taken.action, context, opted_out=taken.opted_out)
        sender, member = self._about(messages[-1])
        if sender.access == "members" and member is None:
            refusal = turn_away(messages, taken.usages, now=now, policy=self.policy)
            return settle_refusal(refusal, messages, context)
        admit = self._admits(taken, now, sender, member)
        admission = running.begins(context, admit, sender.on_new_message)
        effects = await self._ask(admission, running, now, sender) if admission.answer else Effects()
        # More messages may have joined meanwhile.
        return _settled(running.admission or admission, effects, running.messages, context, running)

    def unanswered(self, running: RunningTurn, turn: str, now: datetime) -> TurnResult:
        """Return the result of a turn whose assistant is not listened to: an agent took over, or the customer wrote STOP."""
        taken, messages = running.taken, running.messages
        admission = self._admits(taken, now, *self._about(messages[-1]))(messages)
        return _settled(
            admission, Effects(), messages, self._context(taken, turn, now), running, interrupted=True
        )

    def give_up(
        self,
        running: RunningTurn,
        messages: Sequence[Message],
        turn: str,
        now: datetime,
        *,
        why: str,
    ) -> TurnResult:
        """Return a result that keeps the messages as dead letters and apologises to the customer.

        An agent action becomes a dead letter too; its conversation stays unchanged, and the desk sees that it was declined.
        """
        taken = running.taken
        logger.error("turn given up after {} attempts: {}", taken.attempt, why)
        if taken.action:
            letter = ActionLetter.of(taken.action, why, now)
            return declined(
                taken.session, taken.action, Declined.FAILED, opted_out=taken.opted_out, dead=[letter]
            )
        admission = self._admits(taken, now, self.senders.of(messages[-1].route))(messages)
        language = admission.session.context.language if admission.session else None
        effects = Effects(replies=[Reply(text=phrases.apology(language))] if admission.answer else [])
        letters = [MessageLetter.of(message, why, now) for message in messages]
        context = self._context(taken, turn, now)
        return _settled(admission, effects, messages, context, running, dead=letters)

    def _about(self, message: Message) -> tuple[Sender, Member | None]:
        """Return the sender through which a message came, and whether its customer is known there."""
        sender = self.senders.of(message.route)
        return sender, self.members(message.customer) if sender.access == "members" else None

    def _context(self, taken: TurnTaken, turn: str, now: datetime) -> TurnContext:
        return TurnContext(
            turn=turn, fence=taken.lease.fence, now=now, policy=self.policy, render=self.render
        )

    def _admits(self, taken: TurnTaken, now: datetime, sender: Sender, member: Member | None = None) -> Admit:
        """Return what admits messages to a turn; when more of them join, the session is the same."""
        policy, new_id = self.policy, self.new_id()
        if sender.agent_id != policy.agent_id:
            policy = replace(policy, agent_id=sender.agent_id)

        def admits(messages: Sequence[Message]) -> Admission:
            admission = admit(
                taken.session,
                messages,
                taken.usages,
                now=now,
                new_id=new_id,
                policy=policy,
                wants_human=self.wants_human,
                opted_out=taken.opted_out,
            )
            if member is None or admission.session is None:
                return admission
            return replace(admission, session=admission.session.change(member=member))

        return admits

    async def _ask(
        self, admission: Admission, running: RunningTurn, now: datetime, sender: Sender
    ) -> Effects:
        session = admission.session
        assert session is not None  # noqa: S101  (there is something to answer, so there is a session)
        searches = running.taken.usages.allowance(SEARCHES, now, self.policy)
        turn = Turn(
            session=session,
            messages=admission.answer,
            now=now,
            budget=SearchBudget(left=searches.remaining, again_in=searches.ends_at - now),
            kind=sender.kind,
            catalogue=self.catalogue,
            progress=Progress(session.conversation, admission.answer, running.kept, secret=self.secret),
            keeper=Blocking(running, asyncio.get_running_loop()),
        )
        # Only here: without an answer of the assistant, the customer sees no read mark and no typing indicator.
        receipts = self.receipts if not admission.opted_out else None
        with receipts(turn.messages[-1]) if receipts else nullcontext():
            if not is_async(sender.assistant):
                called = partial(consult, sender.assistant, turn)
                return await self.threads.call(called, within=self.answer_within)
            awaited = AsyncTurn.of(turn, keeper=running, more=running.more)
            return await self._await(consult_async(cast("AsyncAssistant", sender.assistant), awaited))

    async def _await(self, answer: Awaitable[Effects]) -> Effects:
        deadline = asyncio.timeout(self.answer_within / timedelta(seconds=1))
        try:
            async with deadline:
                return await answer
        except TimeoutError:
            if deadline.expired():
                raise DeadlineExceeded(f"no answer within {self.answer_within.total_seconds():g} s") from None
            raise


def _settled(
    admission: Admission,
    effects: Effects,
    messages: Sequence[Message],
    context: TurnContext,
    running: RunningTurn,
    *,
    dead: Sequence[AnyLetter] = (),
    interrupted: bool = False,
) -> TurnResult:
    return settle(
        admission,
        effects,
        messages,
        context,
        dead=dead,
        unsent=running.taken.unsent + running.said,
        kept=running.kept,
        begun=running.said,
        interrupted=interrupted,
    )
