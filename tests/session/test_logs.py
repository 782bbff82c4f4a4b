"""The log: what a line of it contains, what is masked, and what is counted instead of repeated."""

import io
import json
import logging
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from session.logs import Again, LogLines, Repeats, start_logging


@pytest.fixture
def written(capsys):
    """Returns what went to standard error; afterwards nothing of our logging is left."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err
    logger.remove()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_lines_contain_their_bound_values(written):
    start_logging(level="INFO", as_json=False)

    with logger.contextualize(conversation="…567"):
        logger.info("sent as {}", "p{1}", delivery="t1.0")
    logger.debug("not this")

    lines = written()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO    sent as", lines)
    assert "sent as p{1} | conversation=…567 delivery=t1.0" in lines
    assert "not this" not in lines


@pytest.mark.parametrize("odd", ["{braces}", "<red>", "100%", "\\<x>", "{0}", "{", "<"])
def test_no_bound_value_breaks_a_line(written, odd):
    start_logging(level="INFO", as_json=False)

    logger.bind(value=odd).info("line {}", odd)

    assert f"line {odd} | value={odd}" in written()


def test_a_line_may_be_json(written):
    start_logging(level="INFO", as_json=True)

    logger.bind(turn="t1", at=4102488000000).info("answered")

    record = json.loads(written())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("Timestamp"))
    assert record == {
        "SeverityText": "INFO",
        "SeverityNumber": 9,
        "Body": "answered",
        "InstrumentationScope": "tests.session.test_logs",
        "turn": "t1",
        "at": 4102488000000,
    }


def int_of(text):
    raise ValueError(f"nobody has {text}")


@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_brings_its_trace_with_numbers_masked_and_in_no_line_of_its_own(written, as_json):
    start_logging(level="INFO", as_json=as_json)
    with pytest.raises(ValueError, match="nobody") as raised:
        int_of("+20 100 123 4567\n2026-01-01T00:00:00.000Z INFO    all is well")
    logger.opt(exception=raised.value).error("turn failed")

    lines = written()
    assert "123 4567" not in lines
    assert [line for line in lines.splitlines() if not line.startswith(" ")] == lines.splitlines()[:1]
    if as_json:
        record = json.loads(lines)
        assert (record["exception.type"], record["Body"]) == ("ValueError", "turn failed")
        assert record["exception.message"].startswith("nobody has …567")
        assert "test_logs.py" in record["exception.stacktrace"]


@pytest.mark.parametrize("as_json", [False, True])
def test_whatever_is_logged_is_masked_and_an_address_of_the_network_is_not(written, as_json):
    start_logging(level="INFO", as_json=as_json)

    with logger.contextualize(conversation="whatsapp:+201001234567", turn="1.0"):
        logger.info(
            "sent as {}", "wamid.HBgMMjAxMDAxMjM0NTY3FQIAERgS", who="0020 100-123-4567", at=4102488000000,
            message="wamid.HBgMMjAxMDAxMjM0NTY3FQIAEhgU", address="203.0.113.177"
        )  # fmt: skip

    lines = written()
    assert "1001234567" not in lines
    assert "wamid." not in lines
    assert lines.count("…567") == lines.count("wamid~") == 2
    assert "4102488000000" in lines
    assert "203.0.113.177" in lines


def test_other_libraries_log_through_us_with_numbers_masked(written):
    start_logging(level="INFO", as_json=False)

    logging.getLogger("some.library").warning("lost %s {odd}", "+201001234567")
    logging.getLogger("httpx").info("a line a request")

    lines = written()
    assert "WARNING lost …567 {odd}" in lines
    assert "a line a request" not in lines


@pytest.fixture
def out():
    stream = io.StringIO()
    sink = logger.add(LogLines(stream, as_json=True), level="TRACE", format="{message}", catch=False)
    yield stream
    logger.remove(sink)


def deep(levels):
    if levels:
        # Two functions by turns, since Python itself shortens the trace of one that calls itself.
        return deeper(levels - 1)
    raise ValueError("the cause")


def deeper(levels):
    return deep(levels)


@pytest.mark.parametrize(("levels", "lines"), [(2, None), (60, 41)])
def test_a_long_trace_keeps_its_beginning_and_its_end(out, levels, lines):
    try:
        deep(levels)
    except ValueError:
        logger.exception("failed")

    trace = json.loads(out.getvalue())["exception.stacktrace"].split("\n")
    assert trace[0].startswith("Traceback")
    assert "ValueError: the cause" in trace[-2:]
    shortened = [line for line in trace if line.endswith("lines ...")]
    assert (len(trace) if shortened else None) == lines


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
