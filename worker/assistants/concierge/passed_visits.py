"""Visits that a person has: passed on with reminders, called off, and told again if nobody was free."""

from contextlib import suppress
from datetime import datetime

from session.history import Role
from session.turn import Turn
from worker.assistants.concierge.dialogue import VisitDraft
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.wording.record_texts import headline
from worker.assistants.wording.visits import REMINDERS, for_agents, reminders, time_of


def pass_on(context: ConciergeTurn, draft: VisitDraft, sentence: str) -> None:
    """Hand a visit over to a person, with record and time as the reason, and plan the reminders."""
    turn, when = context.turn, draft.when(context.turn.time_zone)
    passed = draft.model_copy(update={"passed": True, "passed_at": turn.now.isoformat()})
    context, words = context.going_on(visit=passed), told(context, draft)
    context.hand_over(f"visit: {as_agents_read(context, draft)}", sentence, **words)
    forget_reminders(context)
    text = context.say("visit.reminder", **words)
    for name, at, until in reminders(when, turn.now) if when else ():
        with suppress(ValueError):  # so many timers wait already
            if turn.later(name, at=at, text=text, payload=until.isoformat()) >= until:
                turn.cancel_later(name)


def call_visit_off(context: ConciergeTurn, heard: Heard) -> bool:
    """Call a visit off, with its reminders; whoever has it already is told."""
    draft, zone = context.dialogue.visit, context.turn.time_zone
    if draft is None or (draft.passed and draft.is_over(context.turn.now, zone)):
        return False
    if heard.new or heard.meanings >= {"visit", "when"}:
        return False
    forget_reminders(context)
    if draft.passed:
        context.turn.escalate(f"visit called off: {as_agents_read(context, draft)}")
    context.answer(context.say("visit.off.passed" if draft.passed else "visit.off"), visit=None)
    return True


def tell_what_stands(context: ConciergeTurn, draft: VisitDraft) -> None:
    """Tell once that a visit which was passed on stands, if nobody was free for it in time."""
    if draft.reminded or _is_settled(context, draft):
        return
    context.turn.reply(context.say("visit.stands", **told(context, draft)))
    reminded = draft.model_copy(update={"reminded": True})
    context.keep(context.dialogue.model_copy(update={"visit": reminded}))


def _is_settled(context: ConciergeTurn, draft: VisitDraft) -> bool:
    """Return whether a person has written since a visit was passed on, or its time is over."""
    if not draft.passed_at or draft.is_over(context.turn.now, context.turn.time_zone):
        return True
    since = datetime.fromisoformat(draft.passed_at)
    return any(one.role is Role.AGENT and one.timestamp >= since for one in context.turn.history)


def remind(turn: Turn) -> str | None:
    """Return what a timer was set to say; None if the visit is over by then: an agent had the conversation."""
    assert turn.timer is not None  # noqa: S101  (it is its turn)
    until = turn.timer.payload if turn.timer.name in REMINDERS else None
    return None if until and datetime.fromisoformat(until) <= turn.now else turn.timer.text


def forget_reminders(context: ConciergeTurn) -> None:
    """Cancel the reminders of a visit."""
    for timer in REMINDERS:
        context.turn.cancel_later(timer)


def told(context: ConciergeTurn, draft: VisitDraft) -> dict[str, str]:
    """Return what a sentence about a visit names."""
    record, when = context.record(draft.record), draft.when(context.turn.time_zone)
    title = context.told(headline, record) if record else ""
    return {"title": title, "id": draft.record, "time": time_of(when, draft.words, context.speech)}


def as_agents_read(context: ConciergeTurn, draft: VisitDraft) -> str:
    """Return a visit as the desk reads it."""
    return for_agents(context.record(draft.record), draft.when(context.turn.time_zone), draft.words)
