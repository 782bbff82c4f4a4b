"""What goes wrong again and again is said once, and then how often."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from session.logs import start_logging
from session.repeats import Again, Repeats


def test_what_comes_again_is_counted_and_its_count_said_every_so_often():
    repeats = Repeats(30)

    said = [repeats.is_new("beat ", "Redis is away", at) for at in range(0, 70, 10)]

    assert said == [True, False, False, Again("Redis is away", 3), False, False, Again("Redis is away", 3)]


def test_after_the_repetitions_the_count_is_written_and_the_line_is_new_again():
    repeats = Repeats(30)
    for at in (0, 1, 2):
        repeats.is_new("", "Redis is away", at)

    assert list(repeats.ended(10)) == []
    assert list(repeats.ended(40)) == [Again("Redis is away", 2)]
    assert list(repeats.ended(50)) == []
    assert repeats.is_new("", "Redis is away", 50) is True


def test_what_was_said_once_ends_without_a_word():
    repeats = Repeats(30)
    repeats.is_new("", "odd", 0)

    assert list(repeats.ended(100)) == list(repeats.all()) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Trying again in 2.00 seconds... (1/100)", "Trying again in 32.00 seconds... (16/100)", True),
        ("next in 1.5 s", "next in 13.1 s", True),
        ("<Thing at 0x7f00>", "<Thing at 0x7f88>", True),
        ("failed\nTraceback 1", "failed\nTraceback 2", True),
        ("refused: 131026", "refused: 131047", False),
        ("sender 1 is stopped", "sender 2 is stopped", False),
    ],
)
def test_lines_that_differ_in_times_and_addresses_count_as_equal(one, other, same):
    repeats = Repeats(30)
    repeats.is_new("", one, 0)

    assert repeats.is_new("", other, 1) is (not same)


def test_lines_about_different_subjects_are_different():
    repeats = Repeats(30)

    assert repeats.is_new("conversation=1 ", "turn failed", 0) is True
    assert repeats.is_new("conversation=2 ", "turn failed", 0) is True


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 40)), max_size=60))
def test_every_line_is_written_once_or_counted(story):
    """Every line is said, or counted in exactly one later line."""
    repeats, at, said, counted = Repeats(30), 0.0, 0, 0
    for which, later in story:
        at += later
        counted += sum(again.times for again in repeats.ended(at))
        new = repeats.is_new("", f"line {which}", at)
        said += new is True
        counted += new.times if isinstance(new, Again) else 0
    counted += sum(again.times for again in repeats.all())

    assert said + counted == len(story)


def test_no_more_is_remembered_than_there_is_room_for():
    repeats = Repeats(30)
    for number in range(2000):
        repeats.is_new(str(number), "x", 0)
        list(repeats.ended(0))

    assert len(repeats._known) <= 501


@pytest.mark.parametrize("as_json", [False, True])
def test_a_redis_that_is_away_is_a_few_lines_of_the_log(capsys, as_json):
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        start_logging(level="INFO", as_json=as_json)
        for number in range(1000):
            refused = ConnectionError("Connection refused")
            logging.getLogger("celery.beat").error("cannot apply, next in %s s", number, exc_info=refused)
            logger.error("the broker is away", error="ConnectionError")
            logger.info("something else {}", number)
    finally:
        logger.remove()
        root.handlers[:] = handlers
        root.setLevel(level)

    lines = [line for line in capsys.readouterr().err.splitlines() if "something else" not in line]
    assert len(lines) < 20
    counted = [line for line in lines if "999 more times" in line]
    assert len(counted) == 2
    assert all("ERROR" in line for line in counted)
