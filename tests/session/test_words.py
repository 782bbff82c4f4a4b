"""What the system says to a customer, and what it says in its log."""

import json
import logging
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger

from session import phrases
from session.logs import start_logging
from session.masking import mask


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 minute."), (1, "1 minute."), (60, "1 minute."), (61, "2 minutes."), (3600, "60 minutes.")],
)
def test_a_refusal_says_when_to_try_again_in_whole_minutes(seconds, words):
    assert phrases.too_many_messages("en", timedelta(seconds=seconds)).endswith(words)
    assert phrases.too_many_searches(None, timedelta(seconds=seconds)).endswith(words)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "دقيقة واحدة"), (2, "دقيقتين"), (3, "3 دقائق"), (10, "10 دقائق"), (11, "11 دقيقة")],
)
def test_arabic_counts_minutes_in_its_own_way(minutes, words):
    assert f"بعد {words}." in phrases.too_many_messages("ar", timedelta(minutes=minutes))


@pytest.mark.parametrize("say", [phrases.apology, phrases.welcome_back])
def test_every_sentence_is_there_in_every_language(say):
    assert len({say(language) for language in ("en", "ar", "franco")}) == 3
    assert say(None) == say("en") == say("de")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("from +201001234567 to 106540352242922", "from …567 to …922"),
        ("whatsapp:+201001234567", "whatsapp:…567"),
        ("EG.77abCD12xyz", "EG.…xyz"),
        ("call 123", "call 123"),
        ("5.25 s, attempt 3 of 5", "5.25 s, attempt 3 of 5"),
        ("", ""),
    ],
)
def test_of_a_number_only_the_end_shows(text, masked):
    assert mask(text) == masked


@given(
    st.integers(10**7, 10**15), st.text(st.characters(codec="ascii", categories=["L", "P", "Z"]), max_size=10)
)
def test_no_phone_number_passes_the_mask(number, around):
    around = around.replace(".", " ").replace("_", " ")

    assert str(number) not in mask(f"{around} +{number} {around}")


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
        "InstrumentationScope": "tests.session.test_words",
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
        assert "test_words.py" in record["exception.stacktrace"]


@pytest.mark.parametrize("as_json", [False, True])
def test_whatever_is_logged_is_masked_and_an_address_of_the_network_is_not(written, as_json):
    start_logging(level="INFO", as_json=as_json)

    logger.info(
        "from {}", "+201001234567", who="0020 100-123-4567", at=4102488000000, address="203.0.113.177"
    )

    lines = written()
    assert lines.count("…567") == 2
    assert "4102488000000" in lines
    assert "203.0.113.177" in lines


def test_other_libraries_log_through_us_with_numbers_masked(written):
    start_logging(level="INFO", as_json=False)

    logging.getLogger("some.library").warning("lost %s {odd}", "+201001234567")
    logging.getLogger("httpx").info("a line a request")

    lines = written()
    assert "WARNING lost …567 {odd}" in lines
    assert "a line a request" not in lines
