"""When a person can answer, in words that a person would use."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from session.hours import ALWAYS, Hours
from session.reachable import Reachable, Waits
from session.testing import Conversation, turn

CAIRO = ZoneInfo("Africa/Cairo")
OFFICE = Hours.of("Africa/Cairo", business={"sun-thu": "09:00-17:30"})


def at(hour: int, minute: int = 0, *, day: int = 3) -> datetime:
    """Return a time of a week that begins on Sunday, 29 November 2026, in Cairo; the third of December is a Thursday."""
    return datetime(2026, 12, day, hour, minute, tzinfo=CAIRO).astimezone(UTC)


def words(now: datetime, language: str | None = "en", hours: Hours = OFFICE) -> str:
    return Reachable.by(hours, now).words(language, now)


def test_people_who_are_there_come_shortly_if_nobody_knows_how_long_it_takes():
    found = Reachable.by(OFFICE, at(10))

    assert (found.opens_at, found.wait) == (None, None)
    assert [found.words(language, at(10)) for language in ("en", "ar", "franco", None, "fr")] == [
        "shortly",
        "قريب",
        "2orayeb",
        "shortly",
        "shortly",
    ]


def test_people_who_are_away_come_when_they_open_by_the_clock_of_the_business():
    found = Reachable.by(OFFICE, at(8))

    assert found.opens_at == at(9)
    assert found.opens_at.utcoffset() == timedelta(hours=2)
    assert words(at(8)) == "today at 9:00"
    assert words(at(23, day=2)) == "tomorrow at 9:00"


def test_a_day_that_is_further_away_has_its_name():
    assert words(at(18)) == "on Sunday at 9:00"
    assert words(at(18), "ar") == "يوم الحد الساعة 9:00 الصبح"
    assert words(at(18), "franco") == "yom el 7ad el sa3a 9:00 el sob7"


def test_the_same_day_of_the_next_week_is_not_taken_for_today():
    thursdays = Hours.of("Africa/Cairo", business={"thu": "14:30-15:00"})

    assert words(at(16), hours=thursdays) == "next Thursday at 14:30"
    assert words(at(14), hours=thursdays) == "today at 14:30"
    assert words(at(14), "ar", thursdays) == "النهاردة الساعة 2:30 الضهر"


def test_tomorrow_is_that_of_the_business_and_not_that_of_the_clock_in_utc():
    # Half past midnight in Cairo is still the evening before in UTC.
    assert words(at(0, 30)) == "today at 9:00"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (1, "in a few minutes"),
        (4, "in about 5 minutes"),
        (7.3, "in about 10 minutes"),
        (22, "in about 30 minutes"),
        (50, "in about an hour"),
        (100, "in about two hours"),
        (200, "in a few hours"),
        (900, "shortly"),
    ],
)
def test_a_wait_is_rounded_up_to_something_that_a_person_would_say(minutes, said):
    waits = Waits(count=4, together=4 * timedelta(minutes=minutes))

    assert Reachable.by(ALWAYS, at(10), waits).words("en", at(10)) == said


def test_arabic_counts_minutes_in_its_own_way():
    found = [Reachable(wait=timedelta(minutes=n)).words("ar", at(10)) for n in (10, 20)]

    assert found == ["خلال حوالي 10 دقايق", "خلال حوالي 20 دقيقة"]


def test_two_answers_say_nothing_of_a_day():
    assert Waits(count=2, together=timedelta(minutes=2)).usual is None


def test_who_is_away_promises_no_wait():
    waits = Waits(count=9, together=timedelta(minutes=9))

    assert Reachable.by(OFFICE, at(8), waits).wait is None


def test_an_assistant_knows_it_in_the_test_kit():
    def hands_over(given):
        given.escalate("asked")
        return f"Somebody answers {given.reachable.words('en', given.now)}."

    at_work = Conversation(hands_over, waits=Waits(count=3, together=timedelta(minutes=30)))
    at_night = Conversation(hands_over, hours=OFFICE, now=at(3))

    assert at_work.says("a person").text == "Somebody answers in about 10 minutes."
    assert at_night.says("a person").text == "Somebody answers today at 9:00."
    assert turn("hello", hours=OFFICE, now=at(3)).reachable.opens_at == at(9)
    assert turn("hello", waiting=True).waiting
