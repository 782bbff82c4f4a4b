"""For how long customers waited for a person: counted from events beside the other counters, and read for a day. Pure.

The counters have two fields for each scope and hour: how many first answers of a person there were, and the sum of the waits.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from session.conversations import scope_of
from session.event_records import EventRecord
from session.events import ActionTaken
from session.hours import Hours
from session.reachable import Waits
from session.records import MS, to_ms

#: Seconds of an hour: answers are counted by the hour in which they were given.
_HOUR: Final = 3600
#: A longer wait was over night, and says nothing of a day.
_LONGEST: Final = timedelta(hours=4)
#: The beginning of the fields, and for how many seconds they are kept.
FIELD: Final = "answered"
KEPT_FOR: Final = 26 * _HOUR


def of_waits(record: EventRecord) -> Iterator[tuple[str, int]]:
    """Return the fields and increments for an event: none unless a person has answered a customer who waited for one."""
    event = record.event
    if isinstance(event, ActionTaken) and 0 < event.waited <= _LONGEST // MS:
        answers, together = _fields(scope_of(record.conversation), record.at // 1000)
        yield answers, 1
        yield together, event.waited


def fields_of(scope: str, hours: Hours, now: datetime) -> list[str]:
    """Return the fields for the hours of a day that have begun, by the clock of a sender: each answers, then their waits."""
    midnight = now.astimezone(hours.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first, last = (to_ms(at) // 1000 // _HOUR for at in (midnight, now))
    return [field for hour in range(first, last + 1) for field in _fields(scope, hour * _HOUR)]


def waits_in(shards: Iterable[Sequence[str | None]]) -> Waits:
    """Return the waits that the values of such fields tell, one sequence of them from each shard."""
    count = together = 0
    for values in shards:
        numbers = [int(value) if value and value.isdecimal() else 0 for value in values]
        count, together = count + sum(numbers[::2]), together + sum(numbers[1::2])
    return Waits(count=count, together=together * MS)


def _fields(scope: str, second: int) -> tuple[str, str]:
    hour = second // _HOUR * _HOUR
    return f"{FIELD}|{scope}@{hour}", f"{FIELD}_ms|{scope}@{hour}"
