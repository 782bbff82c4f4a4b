"""Whatever anybody sends: a clear answer, never an internal server error."""

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webhook.edge import FORM, JSON, Edge, meta_signature, twilio_signature_of_bytes

pytestmark = pytest.mark.slow

PATHS = ["/webhook/meta", "/webhook/twilio", "/webhook/twilio/status", "/webhook/twilio/fallback"]
TYPES = st.sampled_from([JSON, FORM, "multipart/form-data; boundary=x", "", ";;=", JSON + ";é"]) | st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n")
)
WORDS = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60)
NAMES = ("X-Hub-Signature-256", "X-Twilio-Signature", "Host", "Transfer-Encoding", "Accept")
HEADERS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, WORDS))
calm = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)


@calm
@given(
    path=st.sampled_from(PATHS),
    query=st.binary(max_size=40),
    body=st.binary(max_size=300),
    content_type=TYPES,
    headers=HEADERS,
    public_url=st.sampled_from(["", "https://bot.example"]),
)
def test_strangers_are_refused(*, path, query, body, content_type, headers, public_url):
    edge = Edge(public_url=public_url)

    answer = edge.http.post(
        path,
        data=body,
        content_type=content_type,
        headers=headers,
        environ_overrides={"QUERY_STRING": query.decode("latin-1")},
    )

    assert answer.status_code in {400, 401}
    assert not edge.kept()


@calm
@given(query=st.binary(max_size=60))
def test_strangers_cannot_subscribe(query):
    answer = Edge().http.get("/webhook/meta", environ_overrides={"QUERY_STRING": query.decode("latin-1")})

    assert answer.status_code == 403


@calm
@given(body=st.binary(min_size=1, max_size=300))
def test_any_signed_bytes_of_meta_come_back_out_as_they_went_in(body):
    edge = Edge()

    assert edge.meta(body).status_code == 200
    assert edge.kept() == [("meta", body)]


@calm
@given(value=st.binary(max_size=60), query=st.binary(min_size=1, max_size=30))
def test_any_signed_bytes_of_twilio_come_back_out_as_they_went_in(value, query):
    edge = Edge(shards=1, public_url="https://bot.example")
    body = b"To=" + b"".join(b"%%%02X" % byte for byte in value)
    url = "https://bot.example/webhook/twilio/status"

    answer = edge.http.post(
        "/webhook/twilio/status",
        data=body,
        content_type=FORM,
        headers={"X-Twilio-Signature": twilio_signature_of_bytes(url, b"?" + query + b"To" + value)},
        environ_overrides={"QUERY_STRING": query.decode("latin-1")},
    )

    assert answer.status_code == 200
    ((source, kept),) = edge.kept()
    assert kept == body
    assert unquote_to_bytes(source.removeprefix("twilio-status?")) == unquote_to_bytes(query)


def test_a_missing_page_is_reported_as_json(webhook):
    edge = webhook()

    assert edge.http.get("/nowhere").json == {"error": "not found"}
    answer = edge.http.put("/webhook/meta")
    assert (answer.status_code, answer.json) == (405, {"error": "method not allowed"})
    assert "POST" in answer.headers["Allow"]
    # Not sent elsewhere: that would repeat the Host that was asked for.
    assert edge.http.get("/webhook//meta").status_code == 404


def test_a_fault_of_ours_tells_nothing(log):
    class Faulty:
        def store(self, body, *, source, ordering_key, by_agent=False):
            raise ValueError("the text of a customer")

    edge = Edge(store=Faulty())
    answer = edge.meta(b"{}", X_Hub_Signature_256=meta_signature(b"{}"))

    assert answer.status_code == 503
    assert "customer" not in answer.text + "".join(log)
    assert "ValueError" in "".join(log)
