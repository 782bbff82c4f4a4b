"""Every answer of Twilio, and every code, asks for one of six things."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.channels.error_classes import ErrorClass
from worker.channels.outcomes import InDoubt, OptedOut, Rejected, Sent, Stopped, Throttled
from worker.channels.twilio.errors import TABLE, class_of, classify

RETRIED = [20429, 21611, 30001, 63018]
REJECTED = [
    21211,
    21617,
    21656,
    21658,
    63003,
    63005,
    63013,
    63016,
    63017,
    63021,
    63024,
    63027,
    63028,
    63032,
    63040,
    63049,
]
OF_TEMPLATES = {63041: ErrorClass.PAUSED, 63042: ErrorClass.DISABLED}
STOPPED = [20003, 21606, 21655, 21659, 63007, 63015]


def answer(status=400, headers=(), **error):
    return classify(status, dict(headers), json.dumps({"message": "No", "status": status} | error).encode())


@pytest.mark.parametrize(
    ("codes", "outcome", "action"),
    [
        (RETRIED, Throttled, ErrorClass.RETRY),
        (REJECTED, Rejected, ErrorClass.REJECT),
        (STOPPED, Stopped, ErrorClass.STOP),
        ([21610], OptedOut, ErrorClass.OPT_OUT),
    ],
)
def test_every_code_asks_for_the_same_in_an_answer_and_in_a_status(codes, outcome, action):
    for code in codes:
        assert answer(code=code) == outcome(code=str(code), words="No")
        assert class_of(code) is class_of(str(code)) is action


def test_this_file_knows_every_code_of_the_table():
    assert set(TABLE) == {21610, *RETRIED, *REJECTED, *STOPPED, *OF_TEMPLATES}


@pytest.mark.parametrize(("code", "tells"), OF_TEMPLATES.items())
def test_a_template_that_must_not_be_sent_stops_nothing_else(code, tells):
    assert answer(code=code) == Rejected(code=str(code), words="No", tells=tells)
    assert class_of(code) is tells


@pytest.mark.parametrize("code", [None, "", 99999, "soon"])
def test_an_unknown_code_in_a_status_has_failed_for_good(code):
    assert class_of(code) is ErrorClass.REJECT


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (400, {"code": 21999}, Rejected),
        (429, {"code": 21999}, Throttled),
        (404, {"code": 20404}, Stopped),
        (500, {"code": 20500}, Throttled),
        (503, {}, InDoubt),
        (503, {"code": 503}, InDoubt),
        (401, {}, Stopped),
    ],
)
def test_the_status_speaks_where_the_code_is_unknown(status, error, outcome):
    assert isinstance(answer(status, **error), outcome)


def test_a_pause_that_is_asked_for_is_kept():
    assert answer(429, {"Retry-After": "7"}.items(), code=20429).retry_after == 7.0


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (201, b'{"sid": "SMout", "status": "queued"}', Sent(provider_id="SMout")),
        (201, b'{"status": "queued"}', InDoubt(words="HTTP 201 with an answer that is not Twilio's")),
        (200, b"<html>", InDoubt(words="HTTP 200 with an answer that is not Twilio's")),
        (204, b"", InDoubt(words="HTTP 204 with an answer that is not Twilio's")),
        (502, b"<html>", InDoubt(words="http-502: an answer without a code")),
        (429, b"", Throttled(code="http-429", words="an answer without a code")),
    ],
)
def test_what_was_accepted_is_sent_and_what_twilio_did_not_write_is_not_believed(status, body, outcome):
    assert classify(status, {}, body) == outcome


@settings(max_examples=200, deadline=None)
@given(
    st.integers() | st.integers(100, 599),
    st.binary(max_size=40)
    | st.dictionaries(
        st.sampled_from(["sid", "code", "message"]),
        st.none() | st.integers() | st.text(max_size=5) | st.floats(),
    ).map(lambda value: json.dumps(value).encode()),
)
def test_any_answer_has_an_outcome(status, body):
    outcome = classify(status, {}, body)

    assert isinstance(outcome, Sent | Rejected | Throttled | Stopped | OptedOut | InDoubt)
    assert isinstance(outcome, Sent) <= (200 <= status < 300)
    repr(outcome).encode("utf-8")
