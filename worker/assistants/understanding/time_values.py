"""What is said about a time, before it is known what day it is today: "next Friday", "at 5", "in the evening". Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day as it was said: in one of three ways."""

    ahead: int | None = None  #: days from today
    weekday: int | None = None  #: Monday is 0
    coming: int = 0  #: of a weekday: 1 not today but the coming one, 2 the one after it
    week: int | None = None  #: of a weekday: 0 this week, 1 the next one
    day: int = 0  #: of a month
    month: int = 0  #: 0: the next that has such a day
    year: int = 0  #: 0: the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time of day as it was said."""

    hour: int  #: 0 to 24
    minute: int = 0
    half: str = ""  #: "am", "pm", "" if it was not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """A time from now on."""

    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the day, by the hour at which an appointment in it begins."""

    hour: int


@dataclass(frozen=True, slots=True)
class Found:
    """Something that was said about a time, and where."""

    values: tuple[Day | Clock | Later | Part, ...]
    first: int  #: the position of its first word
    end: int  #: behind its last one
    sure: bool = True  #: otherwise it counts beside another only, or as the answer to the question when
    consumed: bool = True  #: whether its words say nothing else
