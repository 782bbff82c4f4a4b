"""Moves that arrange a visit: which property, when, and whether that is right; then a person has it, and the customer a reminder."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from session.replies import Button
from session.turn import Turn
from worker.assistants.catalogue import PropertyRecord
from worker.assistants.concierge.dialogue import Dialogue, VisitDraft
from worker.assistants.concierge.heard import Heard
from worker.assistants.concierge.search import menu_of
from worker.assistants.concierge.search_moves import look_for_it
from worker.assistants.concierge.selection import record_in
from worker.assistants.concierge.small_talk import hand_over
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.customer_input import SHOW, VISIT_OTHER, VISIT_YES
from worker.assistants.understanding.dates import When, when_in
from worker.assistants.understanding.normal import normal
from worker.assistants.wording.record_texts import headline
from worker.assistants.wording.visits import for_agents, is_open, opening, time_of

#: The open question of the dialogue, while it is one about a visit.
_ASKED = "visit"
_AGREED, _REFUSED = frozenset({"agree", "acknowledge"}), frozenset({"decline", "no"})
#: Beside a time these are a search; without one these are none.
_SOUGHT, _BESIDE = frozenset({"propertyType", "location"}), frozenset({"urgency", "limit"})
_LONGEST_WORDS = 100
#: The names of the timers.
_SOON, _EVENING = "visit, soon", "visit, the evening before"
_BEFORE, _BEFORE_MIDNIGHT = timedelta(hours=2), timedelta(hours=6)
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
    seeks = not record and heard.new and not (dialogue.one and "pronoun" in heard.meanings)
    if seeks and look_for_it(_with(context, _open(draft, "", when)), heard):
        return True  # what to visit is looked for first; the wish stays
    shown = dialogue.one or (dialogue.ids[0] if len(dialogue.ids) == 1 else "")
    _ask(context, _open(draft, record or shown or ("" if draft.passed else draft.record), when))
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
        _ask(context, _open(draft, record or draft.record or context.dialogue.one, when))
    elif not asked:
        return False
    elif "anytime" in meanings and draft.record:
        _ask(context, _in_their_words(draft, heard))
    elif "postpone" in meanings or (_REFUSED & meanings and not draft.start):
        context.answer(context.say("visit.later"), visit=draft.model_copy(update={"reminded": True}))
    elif "urgency" in heard.understood.entities and draft.record:  # "as soon as possible", "next week"
        _ask_again(context, draft, heard)
    elif _REFUSED & meanings or tap == VISIT_OTHER:
        _ask(context, draft.model_copy(update={"start": "", "words": ""}), again="visit.other")
    elif tap != VISIT_YES and not agreed:
        return False
    elif (draft.start or draft.words) and context.record(draft.record):
        _pass_on(context, draft)
    else:
        _ask(context, draft)
    return True


def tap_on_visit(context: ConciergeTurn, heard: Heard) -> bool:
    """Take a tap for a visit: an answer, or the row of what to visit."""
    if go_on_with_visit(context, heard):
        return True
    return heard.entered.tap in {VISIT_YES, VISIT_OTHER} and arrange_visit(context, heard)


def ask_about_visit_again(context: ConciergeTurn, heard: Heard) -> bool:
    """Ask again after an answer that was not understood; a second one to the question when goes to a person as it is."""
    draft, said = context.dialogue.visit, heard.understood
    if draft is None or context.dialogue.asked != _ASKED or said.acts or "?" in normal(said.text):
        return False
    if draft.tries >= _TRIES and (not draft.record or draft.start or draft.words):
        return False  # it was no answer to another question either
    _ask_again(context, draft, heard)
    return True


def call_visit_off(context: ConciergeTurn, heard: Heard) -> bool:
    """Call a visit off; whoever has it already is told."""
    draft = context.dialogue.visit
    if draft is None or heard.new or ("visit" in heard.meanings and _said(context, heard, draft)):
        return False
    for timer in (_SOON, _EVENING):
        context.turn.cancel_later(timer)
    context = _with(context, None)
    if draft.passed:
        context.turn.escalate(f"visit called off: {_for_agents(context, draft)}")
        context.answer(context.say("visit.off.passed"))
    else:
        context.answer(context.say("visit.off"))
    return True


def come_back_to_visit(context: ConciergeTurn) -> None:
    """After another move, ask once more what is still open about a visit; what was found is what can be visited."""
    kept = Dialogue.of(context.turn.known, context.kind)
    draft = kept.visit
    if draft is None or draft.passed or kept.asked or kept.misses or context.turn.effects.escalation:
        return
    context = replace(context, dialogue=kept)
    if not draft.record and kept.one and len(kept.ids) == 1:
        _ask(context, draft.model_copy(update={"record": kept.one}))
    elif not draft.record and kept.ids:
        context.keep(kept.model_copy(update={"asked": _ASKED}))
    elif draft.record and not draft.reminded and context.dialogue.visit == draft:
        _ask(context, draft.model_copy(update={"reminded": True}))


def remind(turn: Turn) -> str | None:
    """Return what a timer was set to say; None if the visit is over by then: an agent had the conversation."""
    assert turn.timer is not None  # noqa: S101  (it is its turn)
    until = turn.timer.payload if turn.timer.name in (_SOON, _EVENING) else None
    return None if until and datetime.fromisoformat(until) <= turn.now else turn.timer.text


def _with(context: ConciergeTurn, draft: VisitDraft | None) -> ConciergeTurn:
    return replace(context, dialogue=context.dialogue.model_copy(update={"visit": draft}))


def _open(draft: VisitDraft, record: str, when: When | None) -> VisitDraft:
    change: dict[str, Any] = {"record": record, "passed": False, "reminded": False, "tries": 0}
    if when is not None:
        change |= {"start": when.start.isoformat(), "part": when.part, "words": ""}
    return draft.model_copy(update=change)


def _ask_again(context: ConciergeTurn, draft: VisitDraft, heard: Heard) -> None:
    if draft.tries < _TRIES:
        _ask(context, draft.model_copy(update={"tries": draft.tries + 1}), again="visit.again")
    else:
        _ask(context, _in_their_words(draft, heard))


def _in_their_words(draft: VisitDraft, heard: Heard) -> VisitDraft:
    words = " ".join(heard.entered.text.split())[:_LONGEST_WORDS]
    return draft.model_copy(update={"start": "", "words": words})


def _said(context: ConciergeTurn, heard: Heard, draft: VisitDraft) -> When | None:
    """Return the time that a message names, with what is known of it already."""
    zone, asked = context.turn.time_zone, context.dialogue.asked == _ASKED and bool(draft.record)
    before = draft.when(zone)
    return when_in(heard.entered.text, now=context.turn.now.astimezone(zone), asked=asked, before=before)


def _named(context: ConciergeTurn, heard: Heard) -> str:
    """Return the id of the record that a message names: by a tap, its place in the list, its code, or as the cheaper one."""
    if heard.entered.tap:
        return heard.entered.tap.removeprefix(SHOW) if heard.entered.tap.startswith(SHOW) else ""
    if ordinal := record_in(context, heard):
        return ordinal
    if context.quoted:
        return context.quoted[0]
    shown = [
        record for one in context.dialogue.ids if isinstance(record := context.record(one), PropertyRecord)
    ]
    for signal, (field, choose) in _EXTREMES.items():
        if signal in heard.meanings and shown:
            return choose(shown, key=lambda record: getattr(record, field) or 0).id
    return ""


def _ask(context: ConciergeTurn, draft: VisitDraft, again: str = "") -> None:
    """Ask the next question about a visit; the last one is whether it is right."""
    turn, dialogue = context.turn, context.dialogue
    draft = draft.still_to_come(turn.now, turn.time_zone)
    record = context.record(draft.record) if draft.record else None
    when = draft.when(turn.time_zone)
    options: tuple[str, ...] = ()
    if record is None:
        shown = [found for one in dialogue.ids if (found := context.record(one))]
        said = (*["gone"] * bool(draft.record), "visit.which" if shown else "visit.what")
        turn.reply(context.tell(*said), menu=menu_of(context, shown) if shown else None)
        draft, dialogue = (
            draft.model_copy(update={"record": ""}),
            dialogue.updated(ids=tuple(one.id for one in shown)),
        )
    elif when is None and not draft.words:
        turn.reply(context.say(again or "visit.time", **_told(context, draft)))
    elif when is not None and not is_open(when, turn.hours):
        turn.reply(context.say("visit.closed", times=opening(when, turn.hours, context.speech)))
        draft = draft.model_copy(update={"start": ""})
    else:
        options = (VISIT_YES, VISIT_OTHER)
        buttons = [Button(id=one, title=context.speech.say(f"button.{one}")) for one in options]
        turn.reply(context.say("visit.confirm", **_told(context, draft)), buttons=buttons)
    turn.set_intent("visit")
    offered = f"visit: {_for_agents(context, draft)}" if record else ""
    seen: dict[str, Any] = {"one": record.id, "ids": dialogue.ids or (record.id,)} if record else {}
    context.keep(dialogue.updated(visit=draft, asked=_ASKED, options=options, offered=offered, **seen))


def _told(context: ConciergeTurn, draft: VisitDraft) -> dict[str, str]:
    """Return what a sentence about a visit names."""
    record, when = context.record(draft.record), draft.when(context.turn.time_zone)
    title = context.told(headline, record) if record else ""
    return {"title": title, "id": draft.record, "time": time_of(when, draft.words, context.speech)}


def _for_agents(context: ConciergeTurn, draft: VisitDraft) -> str:
    return for_agents(context.record(draft.record), draft.when(context.turn.time_zone), draft.words)


def _pass_on(context: ConciergeTurn, draft: VisitDraft) -> None:
    """Hand a visit over to a person, with record and time as the reason, and plan the reminders."""
    turn, when, named = context.turn, draft.when(context.turn.time_zone), _told(context, draft)
    done = _with(context, draft.model_copy(update={"passed": True}))
    hand_over(done, f"visit: {_for_agents(context, draft)}", "visit.passed", **named)
    for timer in (_SOON, _EVENING):
        turn.cancel_later(timer)
    if when is None:
        return
    day = datetime.combine(when.start.date(), time(), when.start.tzinfo)
    plans = [(_EVENING, day - _BEFORE_MIDNIGHT, day)]
    plans += [(_SOON, when.start - _BEFORE, when.start)] if when.part == "time" else []
    text = context.say("visit.reminder", **named)
    for name, at, until in plans:
        with suppress(ValueError):  # so many timers wait already
            ends = until.isoformat()
            if at - turn.now < _BEFORE or turn.later(name, at=at, text=text, payload=ends) >= until:
                turn.cancel_later(name)
