"""Decides what follows from an action: of an agent, of another program, or of the system itself."""

from dataclasses import dataclass, replace

from loguru import logger

from session.agent_actions import AgentAction, AgentActionType, Declined
from session.agent_rules import act, declined
from session.client_rules import is_late, way_of
from session.deciding import admit_decision, settle_decision
from session.messages import Route
from session.outgoing import TurnContext
from session.templates import UnusableTemplate
from session.time_outs import admit_open, settle_open
from session.turn_result import TurnResult
from worker.asking import Asking
from worker.preparation import is_over
from worker.running_turns import RunningTurn
from worker.senders import Senders
from worker.spending import UsedUp
from worker.waits import WhenReachable, by_hours

#: The actions that say something to the customer.
SAYING = frozenset({AgentActionType.ANSWER, AgentActionType.SEND})


@dataclass(kw_only=True, eq=False, repr=False)
class Acting(Asking):
    """Decides what follows from an action. The assistant is asked at a time-out what nobody has answered, and about a decision."""

    senders: Senders
    used_up: UsedUp
    reachable: WhenReachable = by_hours

    async def act_on(self, running: RunningTurn, action: AgentAction, context: TurnContext) -> TurnResult:
        """Return the result of an agent action. What it says too late may be a template in its place."""
        session, opted_out = running.taken.session, running.taken.opted_out
        if action.type is AgentActionType.TIME_OUT and session and session.route:
            used_up = await self.used_up(session.route, running.taken.usages, context.now)
            context = replace(context, used_up=used_up)
            if result := await self._answer_open(running, action, context, session.route):
                return result
        if result := await self._carry_out(running, action, context):
            return result
        if action.type in SAYING and (way := way_of(session, action, context)):
            late = is_late(session, action, way.route, context.now)
            try:
                (reply,) = await running.ready([action.says], route=way.route, late=late)
            except UnusableTemplate as error:
                logger.warning("what was to be said is declined: {}", error, action=action.id)
                return declined(session, action, Declined.TEMPLATE, opted_out=opted_out)
            if reply.template:
                action = action.model_copy(update={"reply": reply})
        return act(session, action, context, opted_out=opted_out)

    async def _carry_out(
        self, running: RunningTurn, action: AgentAction, context: TurnContext
    ) -> TurnResult | None:
        """Return the result of a decision that the assistant is called with; None if there is no such approval."""
        taken, now = running.taken, context.now
        admission = admit_decision(taken.session, action, context, opted_out=taken.opted_out)
        if admission is None or admission.session is None or admission.session.route is None:
            return None
        route = admission.session.route
        sender = self.senders.of(route)
        context = replace(context, reachable=await self.reachable(sender, now, told=False))
        effects = await self.ask(admission, running, context, sender)
        if not admission.waiting:
            late = is_over(admission.session, now)
            effects.replies = await running.ready(effects.replies, route=route, late=late)
        return settle_decision(
            admission, effects, action, context, unsent=taken.unsent + running.said, kept=running.kept
        )

    async def _answer_open(
        self, running: RunningTurn, action: AgentAction, context: TurnContext, route: Route
    ) -> TurnResult | None:
        """Return the result of a time-out at which the assistant answers what is open; None if there is nothing."""
        taken, sender = running.taken, self.senders.of(route)
        admission = admit_open(taken.session, action, context, opted_out=taken.opted_out)
        if admission is None:
            return None
        context = replace(context, reachable=await self.reachable(sender, context.now, told=False))
        effects = await self.ask(admission, running, context, sender)
        effects.replies = await running.ready(effects.replies, route=route, late=False)
        return settle_open(
            admission, effects, action, context, unsent=taken.unsent + running.said, kept=running.kept
        )
