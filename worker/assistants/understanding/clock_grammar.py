"""The grammar of times of day: what the words at one position of a message say about the hour of an appointment. Pure.

clock = ["at" | "after"] number [minutes] ["to" number] ["pm" | part]      الساعة ٥ ونص · 5:30 · half past 5 · 5-7 pm
part  = ["in" | "at"] "morning" | "noon" | ...                             العصر · after prayer
"""

import re

from worker.assistants.understanding.time_values import Clock, Found, Part
from worker.assistants.understanding.time_words import TimeLine

_WITH_POINT = re.compile(r"([0-9]{1,2})[.]([0-9]{2})")
_HOURS, _HALF_DAY, _MINUTES = 24, 12, 59
#: A bare number is the answer to the question when in a short message only.
_SHORT = 4


def clock_at(line: TimeLine, at: int, before: Found | None, *, asked: bool) -> Found | None:
    """Return the time of day at a position; `before` is what ends there, `asked` as in `when_in`."""
    cue = next((kind for kind in ("at", "after", "about") if line.means(at, kind)), "")
    step = line.skip(at, "at", "after", "about")
    step = line.skip(step, "after", "about") if cue == "at" else step
    alone = asked and len(line) <= _SHORT
    in_words = bool(cue) or before is not None or (alone and not step)
    spoken = _half_past(line, step) or _hour(line, step, in_words=in_words)
    if spoken is None or line.means(spoken[1], "month"):
        return None
    clock, end, exact = spoken
    end = _other_end(line, end)
    half = line.meaning(end, "half") if not line.ends(end) else None
    end = line.skip(end, "half", "oclock") if not line.ends(end) else end
    told = exact or half is not None or line.means(end - 1, "oclock") or _part_follows(line, end)
    if not told and line.is_counted(end):
        return None
    beside = before is not None and line.is_last(end)
    if not (told or cue or beside or alone):
        return None
    sure = told or cue in {"at", "after"} or beside
    value = Clock(hour=clock.hour, minute=clock.minute, half=half or clock.half)
    return Found((value,), at, end, sure)


def _hour(line: TimeLine, at: int, *, in_words: bool) -> tuple[Clock, int, bool] | None:
    """Read the hour and the minutes at a position; the last value says that it can only be a time of day."""
    token = line.token(at)
    if token is None:
        return None
    if point := _WITH_POINT.fullmatch(token.text):
        hour, minute = map(int, point.groups())
        is_time = hour <= _HOURS and minute <= _MINUTES
        return (Clock(hour=hour, minute=minute), at + 1, False) if is_time else None
    hour_word = line.meaning(at, "hour") if in_words or _part_follows(line, line.after(at)) else None
    hour_ = line.whole(at, 0, _HOURS) if hour_word is None else int(hour_word)
    if hour_ is None or line.joined_by(at) == "/":
        return None
    end = at + 1 if hour_word is None else line.after(at)
    minute_ = line.whole(end, 0, _MINUTES)
    if line.joined_by(at) == ":" and minute_ is not None:
        return Clock(hour=hour_, minute=minute_), end + 1, len(line.tokens[end].text) > 1
    step = line.skip(end, "and") if not line.ends(end) else end
    if line.means(step, "minus") and (less := line.meaning(line.after(step), "minutes")):
        return _short_of(hour_, less), line.after(line.after(step)), True
    if step > end and (more := line.meaning(step, "minutes")):
        return Clock(hour=hour_, minute=int(more)), line.after(step), False
    return Clock(hour=hour_), end, False


def _half_past(line: TimeLine, at: int) -> tuple[Clock, int, bool] | None:
    """Read "half past five" and "quarter to six"."""
    minutes, step = line.meaning(at, "minutes"), line.after(at) if at < len(line) else at
    if minutes is None or not line.means(step, "past", "to"):
        return None
    hour = _hour(line, line.after(step), in_words=True)
    if hour is None:
        return None
    if line.means(step, "past"):
        return Clock(hour=hour[0].hour, minute=int(minutes)), hour[1], True
    return _short_of(hour[0].hour, minutes), hour[1], True


def _short_of(hour: int, minutes: str) -> Clock:
    """Return the time so many minutes before an hour."""
    return Clock(hour=(hour - 1) % _HOURS or _HALF_DAY, minute=60 - int(minutes))


def _other_end(line: TimeLine, at: int) -> int:
    """Return the position behind "to 7" in "5 to 7", if it is there: an appointment is at the beginning."""
    token = line.token(at)
    if token is None or token.after_break or not (token.text == "-" or line.means(at, "to", "and")):
        return at
    other = _hour(line, line.after(at), in_words=False)
    return other[1] if other else at


def part_at(line: TimeLine, at: int) -> Found | None:
    """Return the part of the day at a position."""
    hour = line.meaning(at, "part")
    if hour is None:
        return None
    return Found((Part(hour=int(hour)),), at, line.after(at), sure=line.means(at - 1, "at", "within", "this"))


def _part_follows(line: TimeLine, at: int) -> bool:
    return not line.ends(at) and line.means(line.skip(at, "within", "at", "this"), "part", "part_of")
