"""Says when a business is open, by the hours of its sender: "Sunday to Thursday 9:00-18:00". Pure."""

from itertools import groupby

from session.hours import Hours
from session.reachable import DAYS

_DAY = 24 * 60
_TO = {"en": "{first} to {last}", "ar": "من {first} لـ{last}", "franco": "men {first} le {last}"}
_AND = {"en": ", ", "ar": "، ", "franco": ", "}


def opening_hours(hours: Hours, language: str | None) -> str:
    """Return the hours in a language, "" if they allow any time: then nobody has said when the business is open."""
    known = language if language in DAYS else "en"
    assert known is not None  # noqa: S101  (it is one of them)
    periods_of = [_periods(hours, day) for day in range(7)]
    if all(periods == ((0, _DAY),) for periods in periods_of):
        return ""
    # The week begins after a day on which the business is closed.
    first_day = next((day for day in range(7) if periods_of[day] and not periods_of[day - 1]), 0)
    by_day = [(day % 7, periods_of[day % 7]) for day in range(first_day, first_day + 7)]
    said = []
    for periods, group in groupby(by_day, key=lambda one: one[1]):
        first, *_, last = [*(day for day, _ in group)] * 2
        if periods:
            names = DAYS[known][first], DAYS[known][last]
            named = names[0] if first == last else _TO[known].format(first=names[0], last=names[1])
            times = _AND[known].join(f"{_time(begin)}-{_time(end)}" for begin, end in periods)
            said.append(f"{named} {times}")
    return "; ".join(said) if known != "ar" else "؛ ".join(said)


def _periods(hours: Hours, day: int) -> tuple[tuple[int, int], ...]:
    """Return the minutes of a day that are allowed."""
    begin, end = day * _DAY, (day + 1) * _DAY
    found = ((max(first, begin) - begin, min(last, end) - begin) for first, last in hours.allowed)
    return tuple((first, last) for first, last in found if first < last)


def _time(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"
