"""Days and times in messages, as a business in Cairo reads them on Tuesday, 1 December 2026, at two in the afternoon."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.assistants.understanding.dates import When, when_in
from worker.assistants.understanding.message import understand
from worker.assistants.understanding.vocabulary import time_phrases

CAIRO = ZoneInfo("Africa/Cairo")
NOW = datetime(2026, 12, 1, 14, tzinfo=CAIRO)


def told(text: str, *, now: datetime = NOW, asked: bool = False) -> str | None:
    """Return what is understood, for reading: the day, and the time or the part of it."""
    when = when_in(text, now=now, asked=asked)
    if when is None:
        return None
    at = f"{when.start:%H:%M}" if when.part == "time" else when.part
    return f"{when.start:%a} {when.start.day} {when.start:%b} {at}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("today", "Tue 1 Dec day"),
        ("بكرة", "Wed 2 Dec day"),
        ("bokra", "Wed 2 Dec day"),
        ("the day after tomorrow", "Thu 3 Dec day"),
        ("بعد بكرة الصبح", "Thu 3 Dec morning"),
        ("Friday afternoon", "Fri 4 Dec afternoon"),
        ("الجمعة الجاية العصر", "Fri 4 Dec afternoon"),
        ("el gom3a ba3d el asr", "Fri 4 Dec afternoon"),
        ("friday after prayer", "Fri 4 Dec afternoon"),
        ("youm el 7ad el sob7", "Sun 6 Dec morning"),
        ("next Sunday", "Sun 6 Dec day"),
        ("next Tuesday", "Tue 8 Dec day"),
        ("Tuesday", "Tue 1 Dec day"),
        ("الثلاثاء بعد الجاي", "Tue 15 Dec day"),
        ("next week monday", "Mon 7 Dec day"),
        ("الاسبوع الجاي يوم الاتنين", "Mon 7 Dec day"),
        ("this weekend", "Fri 4 Dec day"),
        ("tonight", "Tue 1 Dec evening"),
        ("this morning", "Wed 2 Dec morning"),
    ],
)
def test_a_day_is_the_next_such_day(text, meant):
    assert told(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("tomorrow at 5", "Wed 2 Dec 17:00"),
        ("tomorrow at 10", "Wed 2 Dec 10:00"),
        ("tomorrow at 9 in the evening", "Wed 2 Dec 21:00"),
        ("tomorrow 4pm", "Wed 2 Dec 16:00"),
        ("tomorrow at 7am", "Wed 2 Dec 07:00"),
        ("بكرة الساعة ٥", "Wed 2 Dec 17:00"),
        ("bokra el sa3a 5", "Wed 2 Dec 17:00"),
        ("بكرة ٥ العصر", "Wed 2 Dec 17:00"),
        ("بكره الساعه خمسه ونص", "Wed 2 Dec 17:30"),
        ("bokra 6 ella rob3", "Wed 2 Dec 17:45"),
        ("half past five tomorrow", "Wed 2 Dec 17:30"),
        ("tomorrow at quarter to six", "Wed 2 Dec 17:45"),
        ("tomorrow 5:30", "Wed 2 Dec 17:30"),
        ("between 5 and 7 tomorrow", "Wed 2 Dec 17:00"),
        ("saturday 5-7 pm", "Sat 5 Dec 17:00"),
        ("after 6", "Tue 1 Dec 18:00"),
        ("at 9", "Tue 1 Dec 21:00"),
        ("at 10", "Wed 2 Dec 10:00"),
        ("today at 10", "Tue 1 Dec 22:00"),
        ("at 11 am", "Wed 2 Dec 11:00"),
        ("الساعة 17", "Tue 1 Dec 17:00"),
        ("12 بالليل", "Wed 2 Dec 00:00"),
        ("in two hours", "Tue 1 Dec 16:00"),
        ("بعد ساعة", "Tue 1 Dec 15:00"),
        ("after half an hour", "Tue 1 Dec 14:30"),
        ("in 3 days", "Fri 4 Dec day"),
        ("بعد يومين", "Thu 3 Dec day"),
    ],
)
def test_an_hour_is_one_at_which_people_visit_and_has_not_passed(text, meant):
    assert told(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("on the 14th", "Mon 14 Dec day"),
        ("يوم ١٤ الساعة ٣ ونص", "Mon 14 Dec 15:30"),
        ("yom 14", "Mon 14 Dec day"),
        ("14/3", "Sun 14 Mar day"),
        ("on 3/1", "Sun 3 Jan day"),
        ("3rd of March", "Wed 3 Mar day"),
        ("dec 14th at 3", "Mon 14 Dec 15:00"),
        ("يوم 14 شهر 12", "Mon 14 Dec day"),
        ("14-3-2027", None),
        ("يوم 14-3-2027", "Sun 14 Mar day"),
        ("يوم 6 اكتوبر", "Wed 6 Oct day"),
        ("29/2", None),
        ("1 december 2025", None),
        ("thursday 12 december 4pm", "Sat 12 Dec 16:00"),
    ],
)
def test_a_date_is_the_next_such_date_within_a_year(text, meant):
    assert told(text) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("not friday, saturday", "Sat 5 Dec day"),
        ("friday no saturday", "Sat 5 Dec day"),
        ("saturday not friday", "Sat 5 Dec day"),
        ("الجمعة مش هينفع", None),
        ("any day but friday", None),
        ("sunday or monday", "Sun 6 Dec day"),
    ],
)
def test_a_day_that_is_refused_or_corrected_is_not_meant(text, meant):
    assert told(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "apartment on the 5th floor", "3 bedrooms at 5 million", "3/2 apartment in maadi", "under 6",
        "sheikh zayed or 6 october", "15 مايو", "26 july street", "good morning", "مساء الخير", "by march", "within 3 months",
        "5 to 7 million", "24/7", "the 2nd one", "عايز اشوف الاتنين", "الحد الاقصى 3 مليون", "el tagamo3 el khames",
        "ya 3am", "from 2 to 3 bedrooms", "next week",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_time_is_none(text):
    assert told(text) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("5", "Tue 1 Dec 17:00"),
        ("٥ ونص", "Tue 1 Dec 17:30"),
        ("evening", "Tue 1 Dec evening"),
        ("الاتنين", "Mon 7 Dec day"),
        ("sat", "Sat 5 Dec day"),
        ("15th", "Tue 15 Dec day"),
    ],
)
def test_the_answer_to_when_may_be_shorter(text, meant):
    assert told(text) is None
    assert told(text, asked=True) == meant


@pytest.mark.parametrize(
    ("before", "text", "meant"),
    [
        ("Friday afternoon", "at 4", "Fri 4 Dec 16:00"),
        ("Friday at 4", "rather on Saturday", "Sat 5 Dec 16:00"),
        ("Friday at 11", "الساعة ٥ احسن", "Fri 4 Dec 17:00"),
        ("Friday evening", "يوم الاتنين", "Mon 7 Dec evening"),
        ("Friday", "tomorrow at 10", "Wed 2 Dec 10:00"),
        ("Friday", "in two hours", "Tue 1 Dec 16:00"),
    ],
)
def test_what_is_not_said_again_stays_as_it_was(before, text, meant):
    when = when_in(text, now=NOW, before=when_in(before, now=NOW))
    assert when is not None
    at = f"{when.start:%H:%M}" if when.part == "time" else when.part
    assert f"{when.start:%a} {when.start.day} {when.start:%b} {at}" == meant


def test_a_time_that_the_clocks_skip_is_an_hour_later():
    before = datetime(2027, 4, 29, 12, tzinfo=CAIRO)  # in the night to the 30th it is 1:00 after 23:59
    when = when_in("tomorrow at 0:30", now=before)
    assert when is not None
    assert when.start.isoformat() == "2027-04-30T01:30:00+03:00"


def test_hours_from_now_pass_through_a_change_of_the_clocks():
    before = datetime(2027, 4, 29, 23, 30, tzinfo=CAIRO)
    when = when_in("in two hours", now=before)
    assert when is not None
    assert when.start.astimezone(UTC) - before.astimezone(UTC) == timedelta(hours=2)


def test_a_time_is_one_of_the_zone_of_the_business():
    evening = datetime(2026, 12, 1, 22, tzinfo=UTC)
    assert told("tomorrow", now=evening) == "Wed 2 Dec day"
    assert told("tomorrow", now=evening.astimezone(CAIRO)) == "Thu 3 Dec day"


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("Can i see the second one tomorrow at 5?", {"ordinal": 2}),
        ("ممكن اشوف التانية يوم ٣ الساعة ٥", {"ordinal": 2}),
        ("3 bedrooms in maadi, can i come friday at 4?", {"bedrooms": 3, "location": "Maadi"}),
        ("villa under 5 million, viewing on 14/3", {"propertyType": "villa", "budget": 5_000_000}),
        ("apartment within 3 months", {"propertyType": "apartment", "urgency": "P3M"}),
        ("apartment by March", {"propertyType": "apartment", "urgency": "2027-03"}),
        ("i need an apartment today", {"propertyType": "apartment", "urgency": "now"}),
    ],
)
def test_the_numbers_of_a_time_count_nothing_else(text, slots):
    assert understand(text, domain="property", now=NOW).entities == slots


def test_a_message_says_when():
    assert understand("tomorrow at 5", now=NOW).when == When(
        start=datetime(2026, 12, 2, 17, tzinfo=CAIRO), part="time"
    )
    assert understand("tomorrow at 5").when is None


WORDS = st.sampled_from(sorted({phrase for *_, phrase in time_phrases()}))
SAID = st.lists(
    st.one_of(
        WORDS, st.integers(0, 40).map(str), st.sampled_from(["/", ":", "-", "3rd", "5pm", "٥", "،", "30/2"])
    ),
    max_size=12,
).map(" ".join)
MOMENTS = st.integers(min_value=1_577_836_800, max_value=3_786_912_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, tz=UTC)
)
ZONES = st.sampled_from(["Africa/Cairo", "UTC", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"])


@given(text=st.one_of(SAID, st.text(max_size=60)), moment=MOMENTS, zone=ZONES, asked=st.booleans())
def test_no_time_has_passed_or_is_farther_than_a_year(text, moment, zone, asked):
    now = moment.astimezone(ZoneInfo(zone))
    when = when_in(text, now=now, asked=asked)
    if when is not None:
        ahead = when.start.astimezone(UTC) - moment
        assert timedelta(minutes=-1) < ahead < timedelta(days=367)
        assert when.start.tzinfo == now.tzinfo
