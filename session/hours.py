"""When a sender may write first: business hours by weekday, and quiet hours, in a time zone. Pure.

They are written as text: `21:00-09:00` for quiet hours, `09:00-13:00, 14:00-18:00` for the business hours of a day. A period
that ends before it begins goes on after midnight; one that ends as it begins is a whole day.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
#: A change of the clocks may take the only allowed minutes of a day; then the next ones count.
_LOOKED_AT: Final = 400
_PERIOD = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")

#: From which minute to before which, of a week that begins on Monday.
Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The minutes of a week in which something may be sent that no customer has just asked for."""

    zone: ZoneInfo
    allowed: tuple[Minutes, ...]  #: in order, none of them touching the next

    @classmethod
    def of(cls, zone: str, *, quiet: str = "", business: Mapping[str, str] | None = None) -> "Hours":
        """Return the hours that some texts describe.

        `quiet` are periods of every day, `business` those of some days: a day is `mon`, several are `mon-fri` or `sat, sun`.
        Days that `business` leaves out are closed; without it all are open. Raises `ValueError` for an unknown time zone or
        day, for what is no period, and if nothing is left.
        """
        try:
            found = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{zone} is not a time zone, such as Africa/Cairo") from None
        open_ = [business is None] * _WEEK
        for days, periods in (business or {}).items():
            _set(open_, _days(days), periods, to=True)
        _set(open_, range(7), quiet, to=False)
        edges = [0, *(at for at in range(1, _WEEK) if open_[at] != open_[at - 1]), _WEEK]
        allowed = tuple((begin, end) for begin, end in pairwise(edges) if open_[begin])
        if not allowed:
            raise ValueError("the business hours and the quiet hours leave no time")
        return cls(zone=found, allowed=allowed)

    def allow(self, at: datetime) -> bool:
        """Whether something may be sent at a moment."""
        return self._wait(at) == 0

    def on(self, day: date) -> tuple[tuple[str, str], ...]:
        """Return the periods of a day, as texts such as "09:00" and "17:00"; one that goes on after midnight ends there."""
        midnight = _DAY * day.weekday()
        periods = ((max(begin - midnight, 0), min(end - midnight, _DAY)) for begin, end in self.allowed)
        return tuple((_clock(begin), _clock(end)) for begin, end in periods if begin < end)

    def _wait(self, at: datetime) -> int:
        """Return after how many minutes on the wall the next period begins; 0 within one."""
        local = at.astimezone(self.zone)
        minute = _DAY * local.weekday() + 60 * local.hour + local.minute
        for begin, end in self.allowed:
            if minute < end:
                return max(0, begin - minute)
        return self.allowed[0][0] + _WEEK - minute


def next_allowed(at: datetime, hours: Hours) -> datetime:
    """Return a moment if something may be sent then, else the beginning of the next minute at which it may, in UTC."""
    if not (wait := hours._wait(at)):  # noqa: SLF001  (the rule of its class)
        return at
    # Whole minutes: until the clocks change, those on the wall are those that pass.
    found = at.astimezone(UTC).replace(second=0, microsecond=0)
    for _ in range(_LOOKED_AT):
        if not wait:
            return found
        found = _unless_changed(found, found + wait * _MINUTE, hours.zone)
        wait = hours._wait(found)  # noqa: SLF001  (the same)
    return at


def _unless_changed(found: datetime, later: datetime, zone: ZoneInfo) -> datetime:
    """Return the later of two moments; the first minute after a change of the clocks between them, if there is one."""
    offset = found.astimezone(zone).utcoffset()
    for day in _steps(found, later):
        if day.astimezone(zone).utcoffset() != offset:
            before, after = max(found, day - timedelta(days=1)), day
            while after - before > _MINUTE:
                middle = before + (after - before) // 2 // _MINUTE * _MINUTE
                changed = middle.astimezone(zone).utcoffset() != offset
                before, after = (before, middle) if changed else (middle, after)
            return after
    return later


def _steps(found: datetime, later: datetime) -> Iterable[datetime]:
    """Return the moments between two at which the clocks are looked at, the later one included."""
    days = (later - found) // timedelta(days=1)
    yield from (found + timedelta(days=day) for day in range(1, days + 1))
    yield later


def _set(open_: list[bool], days: Iterable[int], periods: str, *, to: bool) -> None:
    for period in filter(str.strip, periods.split(",")):
        begin, end = _period(period)
        for day in days:
            for minute in range(begin, end if end > begin else end + _DAY):
                open_[(_DAY * day + minute) % _WEEK] = to


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _period(text: str) -> Minutes:
    if found := _PERIOD.fullmatch(text):
        begin_hour, begin, end_hour, end = map(int, found.groups())
        first, last = 60 * begin_hour + begin, 60 * end_hour + end
        if max(begin, end) < 60 and first < _DAY and last <= _DAY:  # noqa: PLR2004  (minutes of an hour)
            return first, last
    raise ValueError(f"{text.strip()} is no period such as 21:00-09:00")


def _days(text: str) -> Sequence[int]:
    found: list[int] = []
    for part in text.replace("_", "-").split(","):
        first, _, last = (one.strip().lower()[:3] for one in part.partition("-"))
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(f"{text} is no day, and no days such as mon-fri or sat, sun")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found += range(begin, end + 1) if begin <= end else [*range(begin, 7), *range(end + 1)]
    return found


#: At any time.
ALWAYS: Final = Hours.of("UTC")
