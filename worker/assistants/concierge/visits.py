"""Moves that arrange a visit: which property, when, and whether that is right; then a person has it, and the customer a reminder."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from session.history import Role
from session.turn import Turn
from worker.assistants.catalogue import PropertyRecord
from worker.assistants.concierge.dialogue import Dialogue, VisitDraft
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.search import menu_of
from worker.assistants.concierge.search_moves import look_for_it
from worker.assistants.concierge.selection import record_in
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import SHOW, VISIT_OTHER, VISIT_YES
from worker.assistants.understanding.dates import When, when_in
from worker.assistants.wording.record_texts import headline
from worker.assistants.wording.visits import REMINDERS, for_agents, is_open, opening, reminders, time_of

#: The open question of the dialogue, while it is one about a visit.
_ASKED = "visit"
_AGREED, _REFUSED = frozenset({"agree", "acknowledge"}), frozenset({"decline", "no"})
#: Beside a time these are a search; without one these are none.
_SOUGHT, _BESIDE = frozenset({"propertyType", "location"}), frozenset({"urgency", "limit"})
_LONGEST_WORDS = 100
#: The first answer that is no time is asked again, a person reads the second one.
_TRIES = 1
#: What says which of several is meant.
_EXTREMES = {"cheaper": ("price", min), "bigger": ("area", max)}


def arrange_visit(context: ConciergeTurn, heard: Heard) -> bool:
    """Begin a visit, or change one: what the message does not say is asked for, at first what to visit."""
    if context.kind != "properties":
        return False
    dialogue, draft = context.dialogue, context.dialogue.visit or VisitDraft()
    record, when = _named(context, heard), _said(context, heard, draft)
    # "My brother in Cairo can visit it" looks for nothing.
    seeks = heard.new and not record and not (dialogue.one and "pronoun" in heard.meanings)
    if seeks and look_for_it(context.going_on(visit=draft.opened("", when)), heard):
        return True  # what to visit is looked for first; the wish stays
    shown = dialogue.one or (dialogue.ids[0] if len(dialogue.ids) == 1 else "")
    _ask(context, draft.opened(record or shown or ("" if draft.passed else draft.record), when))
    return True


def change_visit(context: ConciergeTurn, heard: Heard) -> bool:
    """Change the time of a visit that a person has: whoever is awaited is told at once, else it is confirmed first."""
    draft, waiting = context.dialogue.visit or VisitDraft(), context.turn.waiting
    when = _said(context, heard, draft)
    if when is None or (waiting and not is_open(when, context.turn.hours)):
        return False
    if heard.new.keys() & _SOUGHT or not context.record(draft.record):
        return False
    changed = draft.opened(draft.record, when)
    _pass_on(context, changed, "visit.changed") if waiting else _ask(context, changed)
    return True


def go_on_with_visit(context: ConciergeTurn, heard: Heard) -> bool:
    """Take the answer to a question about a visit; anything else is for another move."""
    draft, meanings, tap = context.dialogue.visit, heard.meanings, heard.entered.tap
    if draft is None or draft.passed:
        return False
    draft = draft.still_to_come(context.turn.now, context.turn.time_zone)
    # "exactly" agrees, but "where exactly is it?" asks.
    agreed = bool(_AGREED & meanings) or ("yes" in meanings and not heard.understood.acts)
    asked, when = context.dialogue.asked == _ASKED, _said(context, heard, draft)
    if heard.new.keys() & _SOUGHT if when else heard.new.keys() - _BESIDE:
        return False  # a search, not an answer
    record = _named(context, heard) if (asked and not heard.entered.number) or not draft.record else ""
    if record or (when and (draft.record or asked)):
        _ask(context, draft.opened(record or draft.record or context.dialogue.one, when))
    elif not asked:
        return False
    elif "anytime" in meanings and draft.record:
        _ask_in_their_words(context, draft, heard)
    elif "postpone" in meanings or (_REFUSED & meanings and not draft.start):
        _forget_reminders(context)
        context.answer(context.say("visit.later"), visit=draft.model_copy(update={"reminded": True}))
    elif "urgency" in heard.understood.entities and draft.record:  # "as soon as possible", "next week"
        _ask_again(context, draft, heard)
    elif _REFUSED & meanings or tap == VISIT_OTHER:
        _ask(context, draft.model_copy(update={"start": "", "words": ""}), again="visit.other")
    elif tap != VISIT_YES and not agreed:
        return False
    elif (draft.start or draft.words) and context.record(draft.record):
        _pass_on(context, draft, "visit.passed")
    else:
        _ask(context, draft)
    return True


def tap_on_visit(context: ConciergeTurn, heard: Heard) -> bool:
    """Take a tap for a visit: an answer, or the row of what to visit."""
    is_answer = heard.entered.tap in {VISIT_YES, VISIT_OTHER}
    return go_on_with_visit(context, heard) or (is_answer and arrange_visit(context, heard))


def ask_about_visit_again(context: ConciergeTurn, heard: Heard) -> bool:
    """Ask again after an answer that was not understood; a second one to the question when goes to a person as it is."""
    draft = context.dialogue.visit
    if draft is None or context.dialogue.asked != _ASKED or heard.understood.acts or heard.is_question:
        return False
    if draft.tries >= _TRIES and (not draft.record or draft.start or draft.words):
        return False  # it was no answer to another question either
    _ask_again(context, draft, heard)
    return True


def come_back_to_visit(context: ConciergeTurn) -> None:
    """After another move, tell once what stands if nobody was free for a visit, and ask what is still open about one."""
    kept, before = Dialogue.of(context.turn.known, context.kind), context.dialogue.visit
    draft = kept.visit
    if draft is None or kept.asked or kept.misses or context.turn.effects.escalation:
        return
    context = replace(context, dialogue=kept)
    if draft.passed:
        _tell_what_stands(context, draft)
    elif not draft.record and kept.one and len(kept.ids) == 1:
        _ask(context, draft.model_copy(update={"record": kept.one}))
    elif not draft.record and kept.ids:
        context.keep(kept.model_copy(update={"asked": _ASKED}))
    elif draft.record and not draft.reminded and before == draft:
        _ask(context, draft.model_copy(update={"reminded": True}))


def _ask_again(context: ConciergeTurn, draft: VisitDraft, heard: Heard) -> None:
    if draft.tries < _TRIES:
        _ask(context, draft.model_copy(update={"tries": draft.tries + 1}), again="visit.again")
    else:
        _ask_in_their_words(context, draft, heard)


def _ask_in_their_words(context: ConciergeTurn, draft: VisitDraft, heard: Heard) -> None:
    _ask(context, draft.model_copy(update={"start": "", "words": heard.in_short[:_LONGEST_WORDS]}))


def _said(context: ConciergeTurn, heard: Heard, draft: VisitDraft) -> When | None:
    """Return the time that a message names, with what is known of it already."""
    zone, asked = context.turn.time_zone, context.dialogue.asked == _ASKED and bool(draft.record)
    before = draft.when(zone)
    return when_in(heard.entered.text, now=context.turn.now.astimezone(zone), asked=asked, before=before)


def _named(context: ConciergeTurn, heard: Heard) -> str:
    """Return the id of the record that a message names: by a tap, its place in the list, its code, or as the cheaper one."""
    if tap := heard.entered.tap:
        return tap.removeprefix(SHOW) if tap.startswith(SHOW) else ""
    if named := record_in(context, heard) or next(iter(context.quoted), ""):
        return named
    homes = [record for record in context.shown() if isinstance(record, PropertyRecord)]
    for signal, (field, choose) in _EXTREMES.items():
        if signal in heard.meanings and homes:
            return choose(homes, key=lambda home: getattr(home, field) or 0).id
    return ""


def _ask(context: ConciergeTurn, draft: VisitDraft, again: str = "") -> None:
    """Ask the next question about a visit; the last one is whether it is right."""
    turn = context.turn
    turn.set_intent("visit")
    draft = draft.still_to_come(turn.now, turn.time_zone)
    record = context.record(draft.record)
    if record is None:
        shown = context.shown()
        said = context.say(*["gone"] * bool(draft.record), "visit.which" if shown else "visit.what")
        menu, ids = menu_of(context, shown) if shown else None, tuple(one.id for one in shown)
        unknown = draft.model_copy(update={"record": ""})
        context.answer(said, menu=menu, asked=_ASKED, visit=unknown, ids=ids)
        return
    when = draft.when(turn.time_zone)
    buttons: tuple[str, ...] = ()
    if when is None and not draft.words:
        said = context.say(again or "visit.time", **_told(context, draft))
    elif when is not None and not is_open(when, turn.hours):
        said = context.say("visit.closed", times=opening(when, turn.hours, context.speech))
        draft = draft.model_copy(update={"start": ""})
    else:
        said, buttons = context.say("visit.confirm", **_told(context, draft)), (VISIT_YES, VISIT_OTHER)
    context = context.going_on(one=record.id, ids=context.dialogue.ids or (record.id,))
    offered = f"visit: {_as_agents_read(context, draft)}"
    context.answer(said, buttons=buttons, visit=draft, asked=_ASKED, offered=offered)


def _pass_on(context: ConciergeTurn, draft: VisitDraft, sentence: str) -> None:
    """Hand a visit over to a person, with record and time as the reason, and plan the reminders."""
    turn, when = context.turn, draft.when(context.turn.time_zone)
    passed = draft.model_copy(update={"passed": True, "passed_at": turn.now.isoformat()})
    context, words = context.going_on(visit=passed), _told(context, draft)
    context.hand_over(f"visit: {_as_agents_read(context, draft)}", sentence, **words)
    _forget_reminders(context)
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
    _forget_reminders(context)
    if draft.passed:
        context.turn.escalate(f"visit called off: {_as_agents_read(context, draft)}")
    context.answer(context.say("visit.off.passed" if draft.passed else "visit.off"), visit=None)
    return True


def _tell_what_stands(context: ConciergeTurn, draft: VisitDraft) -> None:
    """Tell once that a visit which was passed on stands, if no person has written since and its time is not over."""
    turn = context.turn
    if draft.reminded or not draft.passed_at or draft.is_over(turn.now, turn.time_zone):
        return
    since = datetime.fromisoformat(draft.passed_at)
    if not any(one.role is Role.AGENT and one.timestamp >= since for one in turn.history):
        turn.reply(context.say("visit.stands", **_told(context, draft)))
        reminded = draft.model_copy(update={"reminded": True})
        context.keep(context.dialogue.model_copy(update={"visit": reminded}))


def remind(turn: Turn) -> str | None:
    """Return what a timer was set to say; None if the visit is over by then: an agent had the conversation."""
    assert turn.timer is not None  # noqa: S101  (it is its turn)
    until = turn.timer.payload if turn.timer.name in REMINDERS else None
    return None if until and datetime.fromisoformat(until) <= turn.now else turn.timer.text


def _forget_reminders(context: ConciergeTurn) -> None:
    """Cancel the reminders of a visit."""
    for timer in REMINDERS:
        context.turn.cancel_later(timer)


def _told(context: ConciergeTurn, draft: VisitDraft) -> dict[str, str]:
    """Return what a sentence about a visit names."""
    record, when = context.record(draft.record), draft.when(context.turn.time_zone)
    title = context.told(headline, record) if record else ""
    return {"title": title, "id": draft.record, "time": time_of(when, draft.words, context.speech)}


def _as_agents_read(context: ConciergeTurn, draft: VisitDraft) -> str:
    """Return a visit as the desk reads it."""
    return for_agents(context.record(draft.record), draft.when(context.turn.time_zone), draft.words)
