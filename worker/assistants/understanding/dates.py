"""When a customer wants an appointment: the days and times in a message, in the time zone of the business. Pure.

What was said is read by `spoken_times`; here it becomes a moment, which has not passed. An hour without "am" or "pm" is one at
which people visit: 5 is 17:00, 10 is 10:00.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.spoken_times import SpokenTime, spoken_time
from worker.assistants.understanding.time_values import Clock, Day, Part

PartOfDay = Literal["day", "morning", "afternoon", "evening", "time"]

_WEEK, _MONTHS = 7, 12
_DAY = timedelta(days=1)
#: Nobody makes an appointment for later than in a year.
_FARTHEST = timedelta(days=365)
#: The hours at which a part of the day ends.
_PARTS: tuple[tuple[int, PartOfDay], ...] = ((12, "morning"), (17, "afternoon"), (24, "evening"))
#: An hour from 1 to 7 is one of the afternoon or evening.
_EARLY, _NOON, _EVENING = 8, 12, 17
#: From this hour on, one that has passed today is meant tomorrow, unless the day was said.
_LATE = 10
#: A week begins on a Saturday.
_FIRST_DAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A day, or a part or a time of it."""

    start: datetime  #: when it begins, in the zone of the business; of today no earlier than now
    part: PartOfDay  #: "time": at `start`; else at any time of that day or part

    @property
    def end(self) -> datetime:
        """When the day or the part of it ends; of a time that itself, and a minute."""
        if self.part == "time":
            return self.start + timedelta(minutes=1)
        until = next((end for end, part in _PARTS if part == self.part), 24)
        return datetime.combine(self.start.date(), time(), self.start.tzinfo) + timedelta(hours=until)


def when_of(spoken: SpokenTime, *, now: datetime, before: When | None = None) -> When | None:
    """Return when that is, None if it has passed or is more than a year ahead. `now` is in the zone of the business.

    `before` is what was known: "at 4" is on that day, and "rather on Monday" at that time.
    """
    if before is not None and spoken.later is None:
        return when_of(_instead_of(spoken, before), now=now)
    if spoken.later is not None:
        start = _real(now.astimezone(UTC) + timedelta(minutes=spoken.later.minutes), now)
        return When(start=start.replace(second=0, microsecond=0), part="time")
    for day in _days(spoken.day or Day(ahead=0), now.date()):
        if timedelta() <= day - now.date() <= _FARTHEST and (when := _on(spoken, day, now)):
            return when
    return None


def _instead_of(spoken: SpokenTime, before: When) -> SpokenTime:
    """Return the same, with what it does not say from what was known."""
    start = before.start
    same = replace(spoken, day=spoken.day or Day(day=start.day, month=start.month, year=start.year))
    if spoken.clock or spoken.part or before.part == "day":
        return same
    if before.part != "time":
        return replace(same, part=Part(hour=start.hour))
    half = "am" if start.hour < _NOON else "pm"
    return replace(same, clock=Clock(hour=start.hour, minute=start.minute, half=half))


def _on(spoken: SpokenTime, day: date, now: datetime) -> When | None:
    """Return the time on a day, None if it has passed."""
    if spoken.clock is not None:
        today = day == now.date() and (spoken.day is not None or spoken.clock.hour < _LATE)
        hours = _hours(spoken.clock, spoken.part, today=today)
        moments = (_real(_local(day, hour, spoken.clock.minute, now), now) for hour in hours)
        start = next((moment for moment in moments if _is_after(moment, now)), None)
        return None if start is None else When(start=start, part="time")
    hour = spoken.part.hour if spoken.part else 0
    end, part = next((end, part) for end, part in _PARTS if hour < end)
    if day == now.date() and now.hour >= (end if spoken.part else _PARTS[-1][0]):
        return None
    start = _real(_local(day, hour, 0, now), now)
    return When(start=start if _is_after(start, now) else now, part=part if spoken.part else "day")


def when_in(text: str, *, now: datetime, asked: bool = False, before: When | None = None) -> When | None:
    """Return when a text names, None if it names no time to come.

    `now` has the time zone of the business. `asked` says that the text answers the question when: then "5", "evening" and
    "الاتنين" are times by themselves. `before` is the time that was known so far: "at 4" is on that day.
    """
    spoken = spoken_time(normal(text), asked=asked)
    return when_of(spoken, now=now, before=before) if spoken else None


def _days(said: Day, today: date) -> Iterator[date]:
    """Yield the day that is meant, then those that are meant if its time has passed."""
    if said.ahead is not None:
        yield from (today + _DAY * (said.ahead + more) for more in (0, 1))
    elif said.weekday is not None:
        first = today
        if said.week:
            first = today + _DAY * (((_FIRST_DAY - today.weekday() - 1) % _WEEK) + 1)
        elif said.coming:
            first = today + _DAY * (1 + _WEEK * (said.coming - 1))
        day = first + _DAY * ((said.weekday - first.weekday()) % _WEEK)
        yield from (day, day + _DAY * _WEEK)
    elif said.year:
        yield from _dates(said.year, said.month, said.day)
    else:
        for number in range(2 * _MONTHS):
            year, month = divmod(today.month - 1 + number, _MONTHS)
            if said.month in {0, month + 1}:
                yield from _dates(today.year + year, month + 1, said.day)


def _dates(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


def _hours(clock: Clock, part: Part | None, *, today: bool) -> tuple[int, ...]:
    """Return the hours from 0 to 23 that a clock time can mean, the likeliest first."""
    hour = clock.hour % 24
    if not 1 <= hour <= _NOON:
        return (hour,)
    morning, later = hour % _NOON, hour % _NOON + _NOON
    if clock.half:
        return (morning if clock.half == "am" else later,)
    if part is not None and hour == _NOON and part.hour >= _EVENING:
        return (0,)
    if part is not None:
        return (morning if part.hour < _NOON and hour != _NOON else later,)
    if hour < _EARLY or hour == _NOON:
        return (later,)
    return (morning, later) if today else (morning,)


def _local(day: date, hour: int, minute: int, now: datetime) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=now.tzinfo)


def _is_after(moment: datetime, now: datetime) -> bool:
    # Two moments of one zone would be compared by their clocks, which repeat an hour in autumn.
    return moment.astimezone(UTC) >= now.astimezone(UTC)


def _real(moment: datetime, now: datetime) -> datetime:
    """Return a moment on the clock of the business; one that a change of the clocks skips is an hour later."""
    return moment.astimezone(UTC).astimezone(now.tzinfo)
