"""When a customer wants an appointment: the days and times in a message, in the time zone of the business. Pure.

What was said is read by `day_grammar` and `clock_grammar`; here it becomes a moment, which has not passed. An hour without "am" or "pm" is one at
which people visit: 5 is 17:00, 10 is 10:00.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeVar

from worker.assistants.understanding.clock_grammar import clock_at, part_at
from worker.assistants.understanding.day_grammar import date_at, day_at, later_at
from worker.assistants.understanding.normal import normal
from worker.assistants.understanding.time_values import Clock, Day, Found, Later, Part
from worker.assistants.understanding.time_words import TimeLine
from worker.assistants.understanding.tokens import Token, tokenise
from worker.assistants.understanding.vocabulary import vocabulary

PartOfDay = Literal["day", "morning", "afternoon", "evening", "time"]

#: So many words of times are read: a message names few, and what they are compared with stays short.
_MOST = 12
#: How far a refusal and a correction reach, in words.
_REFUSED, _FIXED = 3, 2
_WEEK, _MONTHS = 7, 12
_DAY = timedelta(days=1)
#: Nobody makes an appointment for later than in a year.
_FARTHEST = timedelta(days=365)
#: The hours at which a part of the day ends.
_PARTS: tuple[tuple[int, PartOfDay], ...] = ((12, "morning"), (17, "afternoon"), (24, "evening"))
#: An hour from 1 to 7 is one of the afternoon or evening.
_EARLY, _NOON, _EVENING = 8, 12, 17
#: A week begins on a Saturday.
_FIRST_DAY = 5

_Value = TypeVar("_Value", Day, Clock, Later, Part)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A day, or a part or a time of it."""

    start: datetime  #: when it begins, in the zone of the business; of today no earlier than now
    part: PartOfDay  #: "time": at `start`; else at any time of that day or part
    words: str  #: as it was said, in the normal spelling


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenTime:
    """The day and the time that a message names; each may be missing, but not all."""

    day: Day | None
    clock: Clock | None
    part: Part | None
    later: Later | None
    words: str
    spans: tuple[
        tuple[int, int], ...
    ]  #: the characters that say nothing else: from the first to behind the last

    def at(self, now: datetime) -> When | None:
        """Return when that is, None if it has passed or is more than a year ahead. `now` is in the zone of the business."""
        if self.later is not None:
            start = _real(now.astimezone(UTC) + timedelta(minutes=self.later.minutes), now)
            return When(start=start.replace(second=0, microsecond=0), part="time", words=self.words)
        for day in _days(self.day or Day(ahead=0), now.date()):
            if timedelta() <= day - now.date() <= _FARTHEST and (when := self._on(day, now)):
                return when
        return None

    def _on(self, day: date, now: datetime) -> When | None:
        """Return the time on a day, None if it has passed."""
        if self.clock is not None:
            hours = _hours(self.clock, self.part, today=day == now.date())
            moments = (_real(_local(day, hour, self.clock.minute, now), now) for hour in hours)
            start = next((moment for moment in moments if _is_after(moment, now)), None)
            return None if start is None else When(start=start, part="time", words=self.words)
        hour = self.part.hour if self.part else 0
        end, part = next((end, part) for end, part in _PARTS if hour < end)
        if day == now.date() and now.hour >= (end if self.part else _PARTS[-1][0]):
            return None
        start = _real(_local(day, hour, 0, now), now)
        return When(
            start=start if _is_after(start, now) else now, part=part if self.part else "day", words=self.words
        )


def when_in(text: str, *, now: datetime, asked: bool = False) -> When | None:
    """Return when a text names, None if it names no time to come.

    `now` has the time zone of the business. `asked` says that the text answers the question when: then "5", "evening" and
    "الاتنين" are times by themselves.
    """
    spoken = spoken_time(normal(text), asked=asked)
    return spoken.at(now) if spoken else None


def spoken_time(
    plain: str, tokens: Sequence[Token] | None = None, *, asked: bool = False
) -> SpokenTime | None:
    """Return what a text in its normal spelling says about a time, None if nothing; `asked` as in `when_in`.

    `tokens` are its words, if they are known.
    """
    line = TimeLine(plain, tokenise(plain, vocabulary().known) if tokens is None else tokens)
    if line.says_nothing and not asked:
        return None
    found = _all_found(line, asked=asked)
    kept = found if asked else _certain(found)
    meant = [one for one in kept if not _is_refused(line, one, found)]
    if not meant:
        return None
    return SpokenTime(
        day=_chosen(line, meant, Day),
        clock=_chosen(line, meant, Clock),
        part=_chosen(line, meant, Part),
        later=_chosen(line, meant, Later),
        words=" ".join(plain[line.tokens[one.first].start : line.tokens[one.end - 1].end] for one in kept),
        spans=tuple((one.first, one.end) for one in kept if one.consumed),
    )


def _all_found(line: TimeLine, *, asked: bool) -> list[Found]:
    found: list[Found] = []
    at = 0
    while at < len(line) and len(found) < _MOST:
        before = found[-1] if found and found[-1].end == at else None
        if line.means(at, "other") or not line.knows(at):
            at = line.after(at)
            continue
        one = (
            later_at(line, at)
            or date_at(line, at, beside=before is not None or asked)
            or day_at(line, at)
            or clock_at(line, at, before, asked=asked)
            or part_at(line, at)
        )
        found += [one] if one else []
        at = one.end if one else at + 1
    return found


def _certain(found: Sequence[Found]) -> list[Found]:
    """Return those that are times: by their words, or because of a time that was said too, directly beside a day of the week."""
    begins, ends = {one.first for one in found}, {one.end for one in found}
    days = [one.sure or one.end in begins or one.first in ends for one in found]
    if not any(
        one.sure or (day and isinstance(one.values[0], Day)) for one, day in zip(found, days, strict=True)
    ):
        return []
    return [one for one, day in zip(found, days, strict=True) if day or not isinstance(one.values[0], Day)]


def _is_refused(line: TimeLine, one: Found, found: Sequence[Found]) -> bool:
    """Return whether "not" comes before it, or directly after it and before no other."""
    for back in range(one.first - 1, max(-1, one.first - 1 - _REFUSED), -1):
        if any(other.first <= back < other.end for other in found):
            break
        if line.means(back, "refuse"):
            return True
    follows = any(one.end < other.first <= one.end + _REFUSED for other in found)
    return not follows and line.means(one.end, "refuse")


def _chosen(line: TimeLine, meant: Sequence[Found], kind: type[_Value]) -> _Value | None:
    """Return the first of a kind, or the one that corrects it; of "Thursday 12 December" the date."""
    said = [(one.first, value) for one in meant for value in one.values if isinstance(value, kind)]
    chosen = said[0][1] if said else None
    for first, value in said[1:]:
        corrects = any(line.means(back, "fix") for back in range(max(0, first - _FIXED), first))
        if corrects or (
            isinstance(value, Day) and value.month and isinstance(chosen, Day) and not chosen.month
        ):
            chosen = value
    return chosen


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
