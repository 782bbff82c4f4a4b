"""How a visit is told: its time to a customer, all of it to an agent, when one is possible, and when to remind of it. Pure."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from session.hours import Hours, next_allowed
from worker.assistants.catalogue import PropertyRecord, Record
from worker.assistants.understanding.dates import When
from worker.assistants.wording.phrasebook import Speech

#: The names of the timers.
REMINDERS = ("visit, soon", "visit, the evening before")
_BEFORE, _BEFORE_MIDNIGHT = timedelta(hours=2), timedelta(hours=6)


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


def reminders(when: When, now: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """Yield the name of each reminder of a visit, when it is due, and from when on it is too late; none is due at once.

    One comes on the evening before, and one shortly before where there is an hour.
    """
    soon, evening = REMINDERS
    day = datetime.combine(when.start.date(), time(), when.start.tzinfo)
    due = {evening: (day - _BEFORE_MIDNIGHT, day)}
    if when.part == "time":
        due[soon] = (when.start - _BEFORE, when.start)
    yield from ((name, at, until) for name, (at, until) in due.items() if at - now >= _BEFORE)
