"""When a person can answer, and how a person would say that to a customer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from session.hours import Hours, next_allowed

#: With fewer answers nobody knows how long people wait today.
_ENOUGH = 3
_WEEK = 7
#: Waits as they are said, in minutes: below an hour the next longer one, so that nobody is promised too much.
_FEW, _HOUR, _LONGEST = 3, 60, 240
_SAID: Final = (5, 10, 15, 20, 30, 45)
#: From which hour on the part of a day has its name, in Arabic.
_PARTS: Final = (0, 12, 15, 18, 24)

_SOON = {"en": "shortly", "ar": "قريب", "franco": "2orayeb"}
_IN_A_FEW = {"en": "in a few minutes", "ar": "خلال دقايق", "franco": "5elal da2ayee2"}
_MINUTES = {
    "en": "in about {count} minutes",
    "ar": "خلال حوالي {count} دقيقة",
    "franco": "5elal 7awaly {count} de2i2a",
}
#: Arabic has a plural of its own up to ten.
_FEW_MINUTES = {**_MINUTES, "ar": "خلال حوالي {count} دقايق", "franco": "5elal 7awaly {count} da2ayee2"}
_HOURS: Mapping[str, Sequence[str]] = {
    "en": ("in about an hour", "in about two hours", "in a few hours"),
    "ar": ("خلال حوالي ساعة", "خلال حوالي ساعتين", "خلال كام ساعة"),
    "franco": ("5elal 7awaly sa3a", "5elal 7awaly sa3teen", "5elal kam sa3a"),
}
_AT = {"en": "{day} at {time}", "ar": "{day} الساعة {time}", "franco": "{day} el sa3a {time}"}
_TODAY = {"en": "today", "ar": "النهاردة", "franco": "el naharda"}
_TOMORROW = {"en": "tomorrow", "ar": "بكرة", "franco": "bokra"}
_ON = {"en": "on {day}", "ar": "يوم {day}", "franco": "yom {day}"}
_NEXT = {"en": "next {day}", "ar": "يوم {day} الجاي", "franco": "yom {day} el gay"}
#: The days of a week by language, from Monday.
DAYS: Mapping[str, Sequence[str]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ar": ("الاتنين", "التلات", "الأربع", "الخميس", "الجمعة", "السبت", "الحد"),
    "franco": ("el etneen", "el talat", "el arba3", "el 5amees", "el gom3a", "el sabt", "el 7ad"),
}
_PARTS_OF_DAY: Mapping[str, Sequence[str]] = {
    "ar": ("الصبح", "الضهر", "العصر", "بالليل"),
    "franco": ("el sob7", "el dohr", "el 3asr", "bel leil"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long customers of today waited for an answer of a person."""

    count: int = 0  #: answers
    together: timedelta = timedelta()  #: the sum of the waits

    @property
    def usual(self) -> timedelta | None:
        """How long one waited; None if too few did."""
        return self.together / self.count if self.count >= _ENOUGH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reachable:
    """When a person can answer, as far as that is known."""

    opens_at: datetime | None = (
        None  #: when people are back, in the zone of the sender; None: they are here now
    )
    wait: timedelta | None = None  #: how long an answer takes today; None: nobody knows

    @classmethod
    def by(cls, hours: Hours, now: datetime, waits: Waits = Waits()) -> "Reachable":
        """Return what the hours of a sender and the waits of today say at a moment."""
        opens = next_allowed(now, hours)
        away = opens > now
        return cls(
            opens_at=opens.astimezone(hours.zone) if away else None, wait=None if away else waits.usual
        )

    def words(self, language: str | None, now: datetime) -> str:
        """Return when somebody answers: "tomorrow at 9:00", "in about 10 minutes", "shortly".

        It ends a sentence such as "A colleague will answer you here ...". An unknown language is English.
        """
        known = language if language in _SOON else "en"
        assert known is not None  # noqa: S101  (it is one of them)
        if self.opens_at:
            return _opening(known, self.opens_at, now.astimezone(self.opens_at.tzinfo))
        return _wait(known, self.wait) if self.wait is not None else _SOON[known]


def _opening(language: str, at: datetime, now: datetime) -> str:
    days = (at.date() - now.date()).days
    day = DAYS[language][at.weekday()]
    if days <= 1:
        named = (_TOMORROW if days == 1 else _TODAY)[language]
    else:
        named = (_ON if days < _WEEK else _NEXT)[language].format(day=day)
    return _AT[language].format(day=named, time=time_of_day(language, at))


def time_of_day(language: str, at: datetime) -> str:
    """Return a time as a person says it in "en", "ar" or "franco": "16:00", "4:00 العصر"."""
    if language not in _PARTS_OF_DAY:
        return f"{at.hour}:{at:%M}"
    part = next(n for n, (begin, end) in enumerate(pairwise(_PARTS)) if begin <= at.hour < end)
    return f"{(at.hour - 1) % 12 + 1}:{at:%M} {_PARTS_OF_DAY[language][part]}"


def _wait(language: str, wait: timedelta) -> str:
    minutes = wait / timedelta(minutes=1)
    if minutes <= _FEW:
        return _IN_A_FEW[language]
    if said := next((one for one in _SAID if minutes <= one), None):
        return (_FEW_MINUTES if said <= _SAID[1] else _MINUTES)[language].format(count=said)
    # More than some hours says only that nobody knows.
    hour, two, few = _HOURS[language]
    if minutes <= 1.5 * _HOUR:
        return hour
    return two if minutes <= 2 * _HOUR else few if minutes <= _LONGEST else _SOON[language]
