"""The turn in which somebody has decided about an approval: the assistant is called in it, and does what was approved. Pure.

The approval goes with the commit, so a second decision finds nothing. Whoever has the conversation: what was approved is done. But
nobody is talked over: where a person has it, or it waits for one, what the assistant says is kept for that person.
"""

from collections.abc import Mapping
from dataclasses import replace

from session.action_events import in_place_of
from session.admission import Admission
from session.agent_actions import AgentAction, AgentActionType
from session.approvals import LONGEST_ASKED
from session.bounds import LONGEST_TEXT, bounded
from session.content_parts import Kind
from session.contents import Timer, readable
from session.effects import Effects
from session.history import heard
from session.models import Session, State
from session.outgoing import TurnContext, said_in
from session.records import from_ms
from session.ringing import nothing_admitted, with_message
from session.timers import TimerRecord, read_timers
from session.turn_result import TurnResult, settle


def admit_decision(
    session: Session | None, action: AgentAction, context: TurnContext, *, opted_out: bool
) -> Admission | None:
    """Add what was decided to the session, for the assistant to carry out; None if the approval is not open any more.

    A session that has ended by itself begins anew with it, as with a timer.
    """
    open_ = (one for one in context.timers.values() if one.message.id == action.timer)
    record = next((one for one in open_ if one.content.kind is Kind.APPROVAL), None)
    if record is None or action.type is not AgentActionType.DECIDE:
        return None
    decided = {"approved": action.approved, "by": action.agent, "note": bounded(action.text, LONGEST_ASKED)}
    content = record.content.model_copy(update=decided)
    message = record.message.model_copy(update={"content": content, "received_at": action.received_at})
    admission = with_message(
        nothing_admitted(session, context.policy, opted_out=opted_out),
        message,
        record,
        now=context.now,
        new_id=context.turn,
        policy=context.policy,
    )
    waits = admission.session is not None and admission.session.state is State.WAITING_AGENT
    return replace(admission, answer=(message,), waiting=waits)


def settle_decision(
    admission: Admission,
    effects: Effects,
    action: AgentAction,
    context: TurnContext,
    *,
    unsent: int = 0,
    kept: Mapping[str, str] | None = None,
) -> TurnResult:
    """Apply the effects of the assistant that was called with a decision."""
    if admission.waiting:
        admission, effects = _told_to_agent(admission, effects), replace(effects, replies=[], escalation=None)
    result = settle(admission, effects, admission.answer, context, unsent=unsent, kept=kept)
    (message,) = admission.answer
    assert isinstance(message.content, Timer)  # noqa: S101  (see `admit_decision`)
    event = in_place_of(
        result.event, action, approval=message.content.name, approved="yes" if action.approved else "no"
    )
    return replace(result, consumed=1, event=event)


def with_open_approvals(result: TurnResult, known: Mapping[str, TimerRecord]) -> TurnResult:
    """Return a result whose session says until when a person may decide; `known` are the timers as the turn has found them."""
    if result.session is None or not (known or result.timers.written or result.session.decide_by):
        return result
    changes = result.timers.written
    written = read_timers([part for change in changes.items() if change[1] for part in change])
    left = {name: record for name, record in known.items() if name not in changes} | written
    until = max((one.at for one in left.values() if one.content.kind is Kind.APPROVAL), default=0)
    return replace(result, session=result.session.change(decide_by=from_ms(until) if until else None))


def _told_to_agent(admission: Admission, effects: Effects) -> Admission:
    """Return it with the replies in the entry of the decision, which the customer never sees."""
    (message,), session = admission.answer, admission.session
    assert session is not None  # noqa: S101  (it has the decision)
    said = "\n".join(readable(said_in(reply)) for reply in effects.replies)
    content = message.content.model_copy(update={"outcome": bounded(said, LONGEST_TEXT)})
    *earlier, _ = session.context.message_history
    history = (*earlier, heard(message.model_copy(update={"content": content})))
    return replace(admission, session=session.change_context(message_history=history))
