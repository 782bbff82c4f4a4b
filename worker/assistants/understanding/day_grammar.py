"""The grammar of days: what the words at one position of a message say about the day of an appointment. Pure.

later = "in" number "hours"                                               in two hours · بعد ساعة · in 3 days
date  = ["on"] number ["of"] month | month number | "14/3" | "يوم" number  3rd of March · يوم ١٤ · on the 14th
day   = ["on" | "this" | "next"] weekday ["next"] | "tomorrow"             الجمعة الجاية · next Sunday
"""

import re

from worker.assistants.understanding.time_values import Day, Found, Later, Part
from worker.assistants.understanding.time_words import TimeLine

_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)")
_WITH_POINTS = re.compile(r"([0-9]{1,2})[.]([0-9]{1,2})[.](20[0-9]{2})")
_DAYS, _MONTHS = 31, 12
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
#: "24/7" is no date; up to the 8th "3/2" may be bedrooms and bathrooms.
_ALWAYS, _ROOMS = (24, 7), 8
_IN_MINUTES = {"minute": 1, "hour": 60}
_IN_DAYS = {"day": 1, "week": 7}
_MOST_AHEAD = 366


def later_at(line: TimeLine, at: int) -> Found | None:
    """Return what a position says of a time from now on: "in two hours"."""
    if not line.means(at, "within"):
        return None
    step = line.after(at)
    if unit := line.meaning(step, "two"):
        return _in(unit, 2, at, line.after(step))
    count: float | None = line.whole(step, 1, _MOST_AHEAD)
    if count is not None:
        step += 1
    elif line.meaning(step, "minutes") == "30":
        count, step = 0.5, line.skip(line.after(step), "one")
    elif line.means(step, "one", "hour"):
        count, step = float(line.meaning(step, "hour") or 1), line.after(step)
    unit = line.meaning(step, "span")
    if unit is None or (count is None and (unit == "day" or line.tokens[step].has_article)):
        return None
    return _in(unit, count or 1, at, line.after(step))


def _in(unit: str, count: float, first: int, end: int) -> Found:
    # The words stay: "in 3 days" is also by when a property is wanted.
    if unit in _IN_DAYS:
        return Found((Day(ahead=int(count * _IN_DAYS[unit])),), first, end, consumed=False)
    return Found((Later(minutes=int(count * _IN_MINUTES[unit])),), first, end, consumed=False)


def date_at(line: TimeLine, at: int, *, beside: bool) -> Found | None:
    """Return the date at a position; `beside` says that a word of a time is before it, so that "3/2" is one."""
    cue = line.meaning(at, "day")
    step = line.skip(at, "day")
    token = line.token(step)
    if token is None:
        return None
    if (month := line.meaning(step, "month")) is not None:
        return _after_month(line, at, line.after(step), int(month))
    if points := _WITH_POINTS.fullmatch(token.text):
        day, month_, year = map(int, points.groups())
        return Found((Day(day=day, month=month_, year=year),), at, step + 1)
    day_ = _day_of_month(line, step)
    if day_ is None:
        return None
    if slashed := _with_slashes(line, at, step, beside=beside or cue is not None):
        return slashed
    if named := _before_month(line, at, step, day_, cued=cue is not None):
        return named
    # "on the 14th" and "يوم 14", but neither "on the 5th floor" nor "on 14".
    ordinal = token.number is None
    said = cue == "number" or (ordinal and (cue or token.has_article or beside))
    return Found((Day(day=day_),), at, step + 1) if said and line.is_last(step + 1) else None


def _after_month(line: TimeLine, first: int, at: int, month: int) -> Found | None:
    day = _day_of_month(line, at)
    if day is None or line.is_counted(at + 1):
        return None
    year, end = _year(line, at + 1)
    return Found((Day(day=day, month=month, year=year),), first, end)


def _before_month(line: TimeLine, first: int, at: int, day: int, *, cued: bool) -> Found | None:
    """Read "3rd of March" and "14 شهر 12" from the number on."""
    step = line.skip(at + 1, "of")
    if named := line.meaning(step, "month"):
        month, end = int(named), line.after(step)
        if not cued and line.is_place(day, month):
            return None
    else:
        month, end = line.whole(step, 1, _MONTHS) or 0, step + 1
        if step == at + 1 or not month or line.is_counted(end):
            return None
    year, end = _year(line, end)
    return Found((Day(day=day, month=month, year=year),), first, end)


def _day_of_month(line: TimeLine, at: int) -> int | None:
    token = line.token(at)
    ordinal = _ORDINAL.fullmatch(token.text) if token else None
    if ordinal:
        return int(ordinal[1]) if 1 <= int(ordinal[1]) <= _DAYS else None
    return line.whole(at, 1, _DAYS)


def _with_slashes(line: TimeLine, first: int, at: int, *, beside: bool) -> Found | None:
    """Read "14/3", "14/3/2027" and "14-3-2027" from the number on."""
    day = line.whole(at, 1, _DAYS) or 0
    dash = line.token(at + 1)
    dashed = dash is not None and dash.text == "-"
    if not dashed and line.joined_by(at) != "/":
        return None
    step = at + 2 if dashed else at + 1
    month = line.whole(step, 1, _MONTHS) or 0
    year, end = _year(line, step + 2 if dashed else step + 1)
    if not day or not month:
        return None
    plausible = (beside or day > _ROOMS) and (day, month) != _ALWAYS and not line.is_counted(step + 1)
    if not year and (dashed or not plausible):
        return None
    return Found((Day(day=day, month=month, year=year),), first, end if year else step + 1)


def _year(line: TimeLine, at: int) -> tuple[int, int]:
    """Return the year at a position and the position behind it; 0 and the same position if there is none."""
    year = line.whole(at, _FIRST_YEAR, _LAST_YEAR)
    return (year, at + 1) if year else (0, at)


def day_at(line: TimeLine, at: int) -> Found | None:
    """Return the day at a position: a day of the week or "tomorrow", with "on", "next" or "next week" around it."""
    step, week, cued = at, None, line.means(at, "day")
    for _ in range(2):
        week = line.meaning(step, "week") or week
        step = line.skip(step, "week", "day", "next", "this")
    coming = max((int(line.meaning(back, "next") or 0) for back in range(at, step)), default=0)
    ahead, weekday = (
        line.meaning(step, "ahead"),
        line.meaning(step, "weekday") or line.meaning(step, "weekend"),
    )
    if ahead is None and weekday is None:
        return None
    parts = tuple(Part(hour=int(hour)) for hour in filter(None, [line.meaning(step, "part_of")]))
    sure = not line.means(step, "unsure") or cued
    end = line.after(step)
    if ahead is not None:
        return Found((Day(ahead=int(ahead)), *parts), at, end, sure)
    for _ in range(2):
        week = line.meaning(end, "week") or week
        coming = max(coming, int(line.meaning(end, "next") or 0))
        end = line.skip(end, "week", "next", "this") if not line.ends(end) else end
    sure = sure or coming > 0 or week is not None
    value = Day(weekday=int(weekday or 0), coming=coming, week=None if week is None else int(week))
    return Found((value,), at, end, sure)
