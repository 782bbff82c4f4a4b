"""Decides the result of a turn's messages. It reads no Redis and writes none."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from loguru import logger

from session import phrases
from session.admission import Admission
from session.agent_actions import Declined
from session.agent_rules import act, declined
from session.dead_letters import ActionLetter, AnyLetter, MessageLetter
from session.leases import TurnTaken
from session.messages import Message
from session.models import Member
from session.outgoing import Render, TurnContext
from session.refusing import settle_refusal, turn_away
from session.replies import Reply
from session.ringing import admit_turn
from session.spending import Whose
from session.time_outs import given_up, still_open
from session.turn import Effects
from session.turn_result import TurnResult, settle
from session.waiting import WhileWaiting, wants_nobody_back
from worker.acting import Acting
from worker.budgets import in_place_of_the_assistant, merges
from worker.preparation import is_over, joined
from worker.reaching import reach
from worker.running_turns import Admit, RunningTurn
from worker.senders import Sender

#: Returns the member with a number, or None for a non-member.
Members = Callable[[str], Member | None]


@dataclass(kw_only=True, eq=False, repr=False)
class Answerer(Acting):
    """Decides what follows from the messages of a turn, and asks the assistant of their sender."""

    render: Render
    wants_human: Callable[[str], bool]
    wants_back: Callable[[str], bool] = wants_nobody_back
    new_id: Callable[[], str]
    members: Members = lambda _: None

    async def decide(self, running: RunningTurn, turn: str, now: datetime) -> TurnResult:
        """Return the result of a turn; `turn` is its id. Raises whatever the assistant raises.

        In the turn of an agent action there are no messages, and the assistant is not called.
        """
        taken, messages = running.taken, running.messages
        if taken.attempt > self.policy.turn_attempts:
            return self.give_up(running, messages, turn, now, why="the processes that took the turn died")
        if taken.action:
            return await self.act_on(running, taken.action, self._context(taken, turn, now))
        sender, member = self._about(messages[-1])
        used_up = await self.used_up(messages[-1].route, taken.usages, now)
        context = self._context(taken, turn, now, used_up)
        if sender.access == "members" and member is None:
            refusal = turn_away(messages, taken.usages, now=now, policy=self.policy)
            return settle_refusal(refusal, messages, context)
        admit = self._admits(running, now, sender, member, used_up)
        admission = running.begins(context, admit, sender.on_new_message)
        told = admission.acknowledge or any(self.wants_human(one.text) for one in admission.answer)
        context = replace(context, reachable=await self.reachable(sender, now, told=told))
        effects = Effects()
        if admission.answer:
            instead = in_place_of_the_assistant(admission, used_up, self.policy)
            effects = instead or await self.ask(admission, running, context, sender)
        if effects.replies and admission.session and (route := admission.session.route):
            late = is_over(admission.session, now)
            effects.replies = await running.ready(effects.replies, route=route, late=late)
        # More messages may have joined meanwhile.
        return _settled(running.admission or admission, effects, running.messages, context, running)

    def unanswered(self, running: RunningTurn, turn: str, now: datetime) -> TurnResult:
        """Return the result of a turn whose assistant is not listened to: an agent took over, or the customer wrote STOP."""
        taken, messages = running.taken, running.messages
        if taken.action:
            context = self._context(taken, turn, now)
            return still_open(
                act(taken.session, taken.action, context, opted_out=taken.opted_out), taken.session
            )
        admission = self._admits(running, now, *self._about(messages[-1]))(messages)
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
            context = self._context(taken, turn, now)
            if result := given_up(taken.session, taken.action, context, opted_out=taken.opted_out, why=why):
                return result
            return declined(
                taken.session, taken.action, Declined.FAILED, opted_out=taken.opted_out, dead=[letter]
            )
        admission = self._admits(running, now, self.senders.of(messages[-1].route))(messages)
        language = admission.session.context.language if admission.session else None
        # Nobody waits for what the assistant has planned.
        asked = admission.answer and not admission.answer[0].is_timer
        effects = Effects(replies=[Reply(text=phrases.apology(language))] if asked else [])
        known = {message.id for message in messages}
        # With the message that brings the assistant back it is asked about earlier ones.
        lost = [*messages, *(one for one in admission.answer if one.id not in known)]
        letters = [MessageLetter.of(message, why, now) for message in lost]
        context = self._context(taken, turn, now)
        return _settled(admission, effects, messages, context, running, dead=letters)

    def _about(self, message: Message) -> tuple[Sender, Member | None]:
        """Return the sender through which a message came, and whether its customer is known there."""
        sender = self.senders.of(message.route)
        return sender, self.members(message.customer) if sender.access == "members" else None

    def _context(self, taken: TurnTaken, turn: str, now: datetime, whose: Whose | None = None) -> TurnContext:
        return TurnContext(
            turn=turn,
            fence=taken.lease.fence,
            now=now,
            policy=self.policy,
            render=self.render,
            join=partial(joined, self.senders, self.render, merges(whose, self.policy)),
            used_up=whose,
            reach=partial(reach, self.senders),
            marketing=taken.marketing,
            timers=taken.timers,
        )

    def _admits(
        self,
        running: RunningTurn,
        now: datetime,
        sender: Sender,
        member: Member | None = None,
        used_up: Whose | None = None,
    ) -> Admit:
        """Return what admits messages to a turn; when more of them join, the session is the same."""
        policy, new_id = self.policy, self.new_id()
        meanwhile = WhileWaiting(
            wants_back=self.wants_back,
            assists=sender.assists,
            used_up=used_up is not None and policy.budget_then == "agent",
        )
        if sender.agent_id != policy.agent_id:
            policy = replace(policy, agent_id=sender.agent_id)

        def admits(messages: Sequence[Message]) -> Admission:
            # What is known of the replies grows with the messages that join.
            taken = running.taken
            admission = admit_turn(
                taken.session,
                messages,
                taken.timers,
                taken.usages,
                hours=sender.hours,
                wants_human=self.wants_human,
                ids=taken.states.replies,
                meanwhile=meanwhile,
                now=now,
                new_id=new_id,
                policy=policy,
                opted_out=taken.opted_out,
            )
            if admission.session is None or not (member or taken.marketing):
                return admission
            session = admission.session.change(
                member=member or admission.session.member, marketing=taken.marketing
            )
            return replace(admission, session=session)

        return admits


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
