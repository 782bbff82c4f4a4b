"""How a visit is told: its time to a customer, all of it to an agent, and when one is possible."""

from datetime import datetime, time

from session.hours import Hours, next_allowed
from worker.assistants.catalogue import PropertyRecord, Record
from worker.assistants.understanding.dates import When
from worker.assistants.wording.phrasebook import Speech


def for_agents(record: Record | None, when: When | None, words: str) -> str:
    """Return a visit as an agent reads it: "P-12, Villa in Zayed, Fri 4 Dec 16:00"; `words` are the customer's, instead of a time."""
    what = ""
    if isinstance(record, PropertyRecord):
        kind = Speech(language="en").words.types.get(record.property_type, record.property_type)
        what = f"{record.id}, {kind.capitalize()} in {record.location}"
    at = f"“{words}”" if words else ""
    if when is not None:
        of_day = {"time": f" {when.start:%H:%M}", "day": ""}.get(when.part, f" {when.part}")
        at = f"{when.start:%a} {when.start.day} {when.start:%b}{of_day}"
    return ", ".join(filter(None, [what, at]))


def time_of(when: When | None, words: str, speech: Speech) -> str:
    """Return when a visit is, as the customer reads it."""
    return speech.moment(when.start, when.part) if when else f"“{words}”"


def is_open(when: When, hours: Hours) -> bool:
    """Return whether people are there at a time, or at any time of a day or a part of it."""
    return next_allowed(when.start, hours).astimezone(when.start.tzinfo) < when.end


def opening(when: When, hours: Hours, speech: Speech) -> str:
    """Return when visits are possible: on the day that was wanted or, if that is over or closed, on the next one."""
    opens = next_allowed(when.start, hours).astimezone(hours.zone)
    day = when.start.date() if hours.on(when.start.date()) else opens.date()
    times = speech.listed([f"{begin}-{end}" for begin, end in hours.on(day)])
    return f"{speech.moment(datetime.combine(day, time(), hours.zone), 'day')}, {times}"
