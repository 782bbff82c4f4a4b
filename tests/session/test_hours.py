"""Hours: what would come at night, or on a closed day, comes in the next minute in which it may."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.hours import ALWAYS, DAYS, Hours, next_allowed

CAIRO = ZoneInfo("Africa/Cairo")
QUIET = Hours.of("Africa/Cairo", quiet="21:00-09:00")
MINUTE = timedelta(minutes=1)


def in_cairo(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=CAIRO, fold=fold)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        (in_cairo(2026, 12, 3, 10, 0, 7), in_cairo(2026, 12, 3, 10, 0, 7)),
        (in_cairo(2026, 12, 3, 20, 59, 59), in_cairo(2026, 12, 3, 20, 59, 59)),
        (in_cairo(2026, 12, 3, 21), in_cairo(2026, 12, 4, 9)),
        (in_cairo(2026, 12, 3, 2, 30, 5), in_cairo(2026, 12, 3, 9)),
        (in_cairo(2026, 12, 3, 8, 59, 59), in_cairo(2026, 12, 3, 9)),
    ],
)
def test_what_would_ring_at_night_rings_in_the_morning(at, allowed):
    assert next_allowed(at.astimezone(UTC), QUIET) == allowed


def test_the_periods_of_a_day_end_at_midnight():
    night = Hours.of("Africa/Cairo", business={"sun-wed": "09:00-13:00, 14:00-18:00", "thu": "22:00-02:00"})
    days = [in_cairo(2026, 12, day).date() for day in (2, 3, 4, 5)]

    assert [night.on(day) for day in days] == [
        (("09:00", "13:00"), ("14:00", "18:00")),
        (("22:00", "24:00"),),
        (("00:00", "02:00"),),
        (),
    ]


def test_without_hours_nothing_moves():
    assert next_allowed(in_cairo(2026, 12, 3, 3), ALWAYS) == in_cairo(2026, 12, 3, 3)


def test_business_hours_skip_closed_days_and_breaks():
    hours = Hours.of("Africa/Cairo", business={"sun-wed": "09:00-13:00, 14:00-18:00", "thu": "09:00-12:00"})

    # From Thursday noon to Sunday morning, and over lunch.
    assert next_allowed(in_cairo(2026, 12, 3, 12), hours) == in_cairo(2026, 12, 6, 9)
    assert next_allowed(in_cairo(2026, 12, 6, 13, 10), hours) == in_cairo(2026, 12, 6, 14)


def test_quiet_hours_limit_business_hours():
    hours = Hours.of("Africa/Cairo", quiet="12:00-13:00", business={"mon": "09:00-18:00"})

    assert next_allowed(in_cairo(2026, 12, 7, 12), hours) == in_cairo(2026, 12, 7, 13)
    assert next_allowed(in_cairo(2026, 12, 8, 12), hours) == in_cairo(2026, 12, 14, 9)


def test_a_morning_that_the_clocks_skip_begins_when_they_have_changed():
    # In Cairo the clocks go from 00:00 to 01:00 on Friday, 24 April 2026.
    hours = Hours.of("Africa/Cairo", business={"fri": "00:30-02:00"})

    assert next_allowed(in_cairo(2026, 4, 23, 20), hours) == in_cairo(2026, 4, 24, 1)


@pytest.mark.parametrize(
    ("zone", "how", "why"),
    [
        ("Cairo", {}, "no.* time zone|not a time zone"),
        ("../etc/passwd", {}, "not a time zone"),
        ("UTC", {"quiet": "21-9"}, "no period"),
        ("UTC", {"quiet": "25:00-09:00"}, "no period"),
        ("UTC", {"quiet": "21:60-09:00"}, "no period"),
        ("UTC", {"business": {"someday": "09:00-18:00"}}, "no day"),
        ("UTC", {"business": {}}, "leave no time"),
        ("UTC", {"quiet": "09:00-18:00", "business": {"mon": "10:00-17:00"}}, "leave no time"),
        ("UTC", {"quiet": "00:00-00:00"}, "leave no time"),
    ],
)
def test_what_is_no_hours_is_refused(zone, how, why):
    with pytest.raises(ValueError, match=why):
        Hours.of(zone, **how)


def test_days_go_on_after_the_end_of_a_week():
    hours = Hours.of("UTC", business={"sat-mon, wed": "00:00-24:00"})
    week = [datetime(2026, 11, 30, 12, tzinfo=UTC) + timedelta(days=day) for day in range(7)]

    open_ = [name for name, day in zip(DAYS, week, strict=True) if hours.allow(day)]

    assert open_ == ["mon", "wed", "sat", "sun"]


PERIODS = st.builds(
    lambda begin, length: (
        f"{begin // 60:02}:{begin % 60:02}-{(begin + length) % 1440 // 60:02}:{(begin + length) % 60:02}"
    ),
    st.integers(0, 1439),
    st.integers(30, 1410),
)
ZONES = st.sampled_from(
    ["UTC", "Africa/Cairo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
)
#: Moments near changes of the clocks (northern spring and autumn 2026), and any.
MOMENTS = st.builds(
    lambda day, minutes, seconds: day + timedelta(minutes=minutes, seconds=seconds),
    st.sampled_from(
        [
            datetime(2026, 3, 8, tzinfo=UTC),
            datetime(2026, 3, 29, tzinfo=UTC),
            datetime(2026, 4, 4, tzinfo=UTC),
            datetime(2026, 4, 23, 12, tzinfo=UTC),
            datetime(2026, 10, 3, tzinfo=UTC),
            datetime(2026, 10, 24, 12, tzinfo=UTC),
            datetime(2026, 10, 29, 12, tzinfo=UTC),
            datetime(2026, 11, 1, tzinfo=UTC),
            datetime(2026, 7, 1, tzinfo=UTC),
        ]
    ),
    st.integers(-1440, 1440),
    st.integers(0, 59),
)


@given(at=MOMENTS, zone=ZONES, quiet=PERIODS)
def test_it_is_the_first_allowed_minute_whatever_the_clocks_do(at, zone, quiet):
    hours = Hours.of(zone, quiet=quiet)

    found = next_allowed(at, hours)

    # A day of the clocks' change may have no allowed minute; more than two days pass never.
    assert found - at <= timedelta(days=2)
    assert hours.allow(found)
    assert next_allowed(found, hours) == found
    minute = at
    while minute < found:
        assert not hours.allow(minute), minute
        minute = minute.replace(second=0) + MINUTE
