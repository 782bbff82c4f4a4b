"""Every answer of Meta, and every code, asks for one of six things."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pywa.errors import WhatsAppError

from worker.channels.error_classes import ErrorClass
from worker.channels.meta.errors import TABLE, class_of, classify
from worker.channels.outcomes import InDoubt, OptedOut, Rejected, Sent, Stopped, Throttled

NOT_METAS = InDoubt(words="HTTP 200 with an answer that is not Meta's")
RETRIED = [2, 4, 80007, 80008, 130429, 131000, 131016, 131056, 131057, 133004, 133016]
REJECTED = [
    *(
        33,
        100,
        130472,
        131008,
        131009,
        131021,
        131026,
        131030,
        131047,
        131049,
        131051,
        131052,
        131053,
        131062,
    ),
    *(132000, 132001, 132005, 132007, 132012, 132018, 132999),
]
TELLING = {
    131050: ErrorClass.NO_MARKETING,
    132015: ErrorClass.PAUSED,
    132016: ErrorClass.DISABLED,
}
STOPPED = [
    0,
    3,
    10,
    190,
    200,
    250,
    299,
    368,
    130497,
    131005,
    131031,
    131037,
    131042,
    131045,
    131048,
    133006,
    133010,
]


def answer(status=400, headers=(), **error):
    body = json.dumps({"error": {"message": "No", "type": "OAuthException", "fbtrace_id": "A"} | error})
    return classify(status, dict(headers), body.encode())


@pytest.mark.parametrize("code", RETRIED)
def test_what_may_succeed_later(code):
    assert answer(code=code) == Throttled(code=str(code), words="No")
    assert class_of(code) is class_of(str(code)) is ErrorClass.RETRY


@pytest.mark.parametrize("code", REJECTED)
def test_what_never_will(code):
    assert answer(code=code) == Rejected(code=str(code), words="No")
    assert class_of(code) is class_of(str(code)) is ErrorClass.REJECT


@pytest.mark.parametrize(("code", "tells"), TELLING.items())
def test_what_never_will_and_tells_more(code, tells):
    assert answer(code=code) == Rejected(code=str(code), words="No", tells=tells)
    assert class_of(code) is class_of(str(code)) is tells


@pytest.mark.parametrize("code", STOPPED)
def test_what_concerns_the_whole_sender(code):
    assert answer(code=code) == Stopped(code=str(code), words="No")
    assert class_of(code) is class_of(str(code)) is ErrorClass.STOP


def test_this_file_knows_every_code_of_the_table():
    assert {code for code in TABLE if isinstance(code, int)} <= {1, *RETRIED, *REJECTED, *STOPPED, *TELLING}


def test_an_unknown_error_of_the_platform_leaves_a_doubt():
    assert answer(code=1) == InDoubt(words="1: No")
    assert class_of(1) is ErrorClass.DOUBT


@pytest.mark.parametrize("status", [400, 404])
def test_a_sender_that_is_not_there_is_told_by_a_subcode(status):
    assert answer(status, code=100, error_subcode=33) == Stopped(code="100", words="No")
    assert isinstance(answer(status, code=100, error_subcode=34), Rejected)


@pytest.mark.parametrize("code", [None, "", "131", 131099, "soon", "9" * 50, "-1"])
def test_an_unknown_code_in_a_status_has_failed_for_good(code):
    assert class_of(code) is ErrorClass.REJECT


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (400, {"code": 987654}, Rejected),
        (400, {"code": 987654, "is_transient": True}, Throttled),
        (400, {"code": 131047, "is_transient": True}, Rejected),
        (429, {"code": 987654}, Throttled),
        (500, {"code": 987654}, Throttled),
        (503, {"code": 131047}, Rejected),
        (401, {"code": 987654}, Stopped),
        (403, {"code": "?"}, Stopped),
        (400, {"code": True}, Rejected),
        (400, {}, Rejected),
        (200, {"code": 190}, Stopped),
        (200, {"code": 987654}, Rejected),
    ],
)
def test_the_code_goes_before_the_status_and_the_status_speaks_where_the_code_is_unknown(
    status, error, outcome
):
    assert isinstance(answer(status, **error), outcome)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, InDoubt),
        (502, InDoubt),
        (503, InDoubt),
        (504, InDoubt),
        (429, Throttled),
        (408, InDoubt),
        (401, Stopped),
        (403, Stopped),
        (404, Stopped),
        (302, Stopped),
        (303, InDoubt),
        (400, Rejected),
        (413, Rejected),
        (100, InDoubt),
        (999, InDoubt),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad gateway</html>", b"{", b"null", b"\xff", b'{"error":"text"}']
)
def test_without_a_code_the_status_speaks(status, outcome, body):
    assert isinstance(classify(status, {}, body), outcome)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"messages": [{"id": "wamid.OUT"}]}, Sent(provider_id="wamid.OUT")),
        ({"messages": [{"id": "wamid.OUT", "message_status": "held"}]}, Sent(provider_id="wamid.OUT")),
        ({"messages": []}, NOT_METAS),
        ({"messages": [5]}, NOT_METAS),
        ({"messages": [{"id": None}]}, NOT_METAS),
        ({}, NOT_METAS),
        ([], NOT_METAS),
        (None, NOT_METAS),
    ],
)
def test_only_what_meta_has_given_a_name_was_accepted(body, outcome):
    assert classify(200, {}, json.dumps(body).encode()) == outcome


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "999999999"}, 86_400.0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "NaN"}, None),
        ({"Retry-After": "soon"}, None),
        (
            {"Retry-After": "Fri, 15 Jan 2027 08:02:00 GMT", "Date": "Fri, 15 Jan 2027 08:00:00 GMT"},
            120.0,
        ),
        ({"Retry-After": "Fri, 15 Jan 2027 08:00:00 GMT", "Date": "Fri, 15 Jan 2027 08:02:00 GMT"}, 0.0),
        ({"Retry-After": "Fri, 15 Jan 2027 08:02:00 GMT"}, None),
        ({"Retry-After": "Fri, 15 Jan 2027 08:02:00 -0000", "Date": "Fri, 15 Jan 2027 08:00:00 GMT"}, None),
    ],
)
def test_a_pause_that_is_asked_for_is_kept(headers, seconds):
    assert answer(429, headers.items(), code=130429) == Throttled(
        code="130429", words="No", retry_after=seconds
    )


def test_words_tell_the_details_once_and_not_for_ever():
    assert answer(code=100, error_data={"details": "to is missing"}).words == "No: to is missing"
    assert answer(code=100, error_data={"details": "No"}).words == "No"
    assert answer(code=100, message="x" * 9000).words == "x" * 500
    assert answer(code=100, message="\ud800").words == "\ufffd"


def test_pywa_reads_the_same_code_out_of_the_same_error():
    error = {"message": "No", "type": "OAuthException", "code": 131056, "error_data": {"details": "pair"}}

    theirs = WhatsAppError.from_dict(error)

    assert answer(**error).code == str(theirs.code)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "messages", "id", "code", "message", "error_data"]), inner
        )
    ),
    max_leaves=8,
)
HEADERS = st.dictionaries(
    st.sampled_from(["Retry-After", "date", "X"]),
    st.text(max_size=20)
    | st.sampled_from(["9" * 30, "Fri, 15 Jan 2027 08:02:00 GMT", "Mon, 99 Foo 0000 99:99:99 +9999"]),
)


@settings(max_examples=300, deadline=None)
@given(
    st.integers() | st.integers(100, 599),
    HEADERS,
    st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()) | st.just(b"[" * 100_000),
)
def test_any_answer_has_an_outcome(status, headers, body):
    outcome = classify(status, headers, body)

    assert isinstance(outcome, Sent | Rejected | Throttled | Stopped | OptedOut | InDoubt)
    assert isinstance(outcome, Sent) <= (200 <= status < 300)
    repr(outcome).encode("utf-8")
    if isinstance(outcome, Throttled) and outcome.retry_after is not None:
        assert 0 <= outcome.retry_after <= 86_400
