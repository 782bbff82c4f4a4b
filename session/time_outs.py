"""The time-out of a wait for a person: the customer is told, and what was asked meanwhile is answered in the same turn. Pure.

What an agent has answered is not open any more, nor what the assistant has answered meanwhile. A turn that is repeated finds the
same messages open, and is committed once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from session import phrases
from session.action_events import in_place_of
from session.admission import Admission
from session.agent_actions import AgentAction, AgentActionType, Declined
from session.dead_letters import AnyLetter, MessageLetter
from session.effects import Effects
from session.event_values import Expiry
from session.history import Role
from session.limits import MESSAGES
from session.machine import AgentsLate, agents_late_at, step
from session.models import Session, State, Waiting
from session.outgoing import TurnContext
from session.records import from_ms, to_ms
from session.replies import Reply
from session.reported_actions import Done, may_write
from session.turn_result import TurnResult, settle
from session.waiting import open_messages


def waited_for(session: Session | None, action: AgentAction, now: datetime) -> int:
    """Return for how long a customer had waited for this answer of a person, in ms; 0 if it is not the first one."""
    if action.type is not AgentActionType.ANSWER or session is None or session.waiting_since is None:
        return 0
    handed_over = session.wait is not None and session.wait.handed_over
    return max(1, to_ms(now) - to_ms(session.waiting_since)) if handed_over else 0


def timed_out(
    session: Session, action: AgentAction, context: TurnContext, *, opted_out: bool
) -> Done | Declined:
    """Return what a TIME_OUT comes to. The question is not repeated.

    While a budget is used up the assistant could answer nothing: the conversation stays with people, and what is open with it.
    """
    # The process that created the action may have had a clock ahead of ours.
    now, policy = context.now, context.policy
    late_at = agents_late_at(session, policy)
    if late_at is None or late_at > max(now, from_ms(action.received_at)):
        return Declined.STATE
    used_up = context.used_up is not None and policy.budget_then == "agent"
    stays = used_up or policy.agent_timeout_then == "stay"
    told = may_write(session, now) and not opted_out
    text = phrases.nobody_free(session.context.language, stays=stays)
    return Done(
        session=step(session, AgentsLate(stays=stays), now, policy),
        reply=Reply(text=text) if told else None,
        role=Role.ASSISTANT,
    )


def admit_open(
    session: Session | None, action: AgentAction, context: TurnContext, *, opted_out: bool
) -> Admission | None:
    """Return what the assistant is asked at a time-out: what nobody has answered; None if it is not asked.

    No limit holds anything back: it is the business that is late.
    """
    if action.type is not AgentActionType.TIME_OUT:
        return None
    if session is None or session.state is not State.WAITING_AGENT:
        return None
    wanted = open_messages(session) if session.route else ()
    done = timed_out(session, action, context, opted_out=opted_out)
    if not wanted or isinstance(done, Declined) or done.reply is None or done.session is None:
        return None
    if done.session.state is State.WAITING_AGENT:
        return None
    return Admission(
        before=session.state,
        was=Expiry.of(session, context.policy),
        session=done.session,
        answer=wanted,
        uses={MESSAGES.name: len(wanted)},
    )


def given_up(
    session: Session | None,
    action: AgentAction,
    context: TurnContext,
    *,
    opted_out: bool,
    why: str,
) -> TurnResult | None:
    """Return the result of a time-out at which the assistant fails: nobody is left waiting, and what is open is kept as dead letters.

    None if no assistant is asked in it.
    """
    admission = admit_open(session, action, context, opted_out=opted_out)
    if admission is None or admission.session is None:
        return None
    sorry = Effects(replies=[Reply(text=phrases.apology(admission.session.context.language))])
    letters = [MessageLetter.of(message, why, context.now) for message in admission.answer]
    return settle_open(admission, sorry, action, context, dead=letters)


def still_open(result: TurnResult, before: Session | None) -> TurnResult:
    """Return the result of a time-out whose assistant was not listened to: what was open still is, for who has come."""
    if result.session is None or before is None or before.wait is None:
        return result
    wait = Waiting(open=before.wait.open)
    event = result.event.model_copy(update={"interrupted": True})
    return replace(result, session=result.session.change(wait=wait), event=event)


def settle_open(
    admission: Admission,
    effects: Effects,
    action: AgentAction,
    context: TurnContext,
    *,
    dead: Sequence[AnyLetter] = (),
    unsent: int = 0,
    kept: Mapping[str, str] | None = None,
) -> TurnResult:
    """Apply the effects of the assistant that was asked at a time-out; the customer is told first that nobody was free."""
    assert admission.session is not None  # noqa: S101  (there is something to answer, so there is a session)
    sorry = Reply(text=phrases.nobody_free(admission.session.context.language, stays=False))
    said = replace(effects, replies=[sorry, *effects.replies])
    result = settle(admission, said, admission.answer, context, dead=dead, unsent=unsent, kept=kept)
    return replace(
        result,
        consumed=1,
        # The reply is as old as the time-out, not as what it answers.
        deliveries=tuple(
            one.model_copy(update={"received_at": action.received_at}) for one in result.deliveries
        ),
        event=in_place_of(result.event, action, asked=tuple(one.id for one in admission.answer)),
        waited=True,
    )
