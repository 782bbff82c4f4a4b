"""How a visit is told: to the customer, to an agent, and when one is possible."""

from datetime import datetime, time

from session.hours import next_allowed
from worker.assistants.catalogue import PropertyRecord
from worker.assistants.concierge.dialogue import VisitDraft
from worker.assistants.concierge.turn_context import ConciergeTurn
from worker.assistants.understanding.dates import When
from worker.assistants.wording.phrasebook import Speech
from worker.assistants.wording.record_texts import headline


def told(context: ConciergeTurn, draft: VisitDraft) -> dict[str, str]:
    """Return what a sentence about a visit names."""
    record, when = context.record(draft.record), draft.when(context.turn.time_zone)
    time_ = context.speech.moment(when.start, when.part) if when else f"“{draft.words}”"
    return {
        "title": headline(record, context.speech, context.names) if record else "",
        "id": draft.record,
        "time": time_,
    }


def in_words(context: ConciergeTurn, draft: VisitDraft) -> str:
    """Return a visit as an agent reads it: "P-12, Villa in Zayed, Fri 4 Dec 16:00"."""
    record, when = context.record(draft.record), draft.when(context.turn.time_zone)
    what = ""
    if isinstance(record, PropertyRecord):
        kind = Speech(language="en").words.types.get(record.property_type, record.property_type)
        what = f"{kind.capitalize()} in {record.location}"
    at = f"“{draft.words}”" if draft.words else ""
    if when is not None:
        of_day = {"time": f" {when.start:%H:%M}", "day": ""}.get(when.part, f" {when.part}")
        at = f"{when.start:%a} {when.start.day} {when.start:%b}{of_day}"
    return ", ".join(filter(None, [draft.record, what, at]))


def is_open(context: ConciergeTurn, when: When) -> bool:
    """Return whether people are there at a time, or at any time of a day or a part of it."""
    opens = next_allowed(when.start, context.turn.hours).astimezone(when.start.tzinfo)
    return opens < when.end


def opening(context: ConciergeTurn, when: When) -> str:
    """Return when visits are possible: on the day that was wanted or, if that is over or closed, on the next one."""
    hours = context.turn.hours
    opens = next_allowed(when.start, hours).astimezone(hours.zone)
    day = when.start.date() if hours.on(when.start.date()) else opens.date()
    times = context.speech.listed([f"{begin}-{end}" for begin, end in hours.on(day)])
    return f"{context.speech.moment(datetime.combine(day, time(), hours.zone), 'day')}, {times}"
