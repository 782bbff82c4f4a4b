"""What is known not to have been sent? Only that is sent again at once; everything else waits for a status first.

The same table for both providers. A gateway stands between us and them, and what it says is about itself.
"""

import json
from asyncio import run

import httpx
import pytest

from tests.worker.channels.provider import (
    ACCEPTED_BY_META,
    ACCEPTED_BY_TWILIO,
    AWAY,
    LOST,
    meta,
    to_meta,
    to_twilio,
    twilio,
)
from worker.channels.outcomes import InDoubt, Rejected, Sent, Stopped, Throttled

PAGE = "<html>Bad gateway</html>"


def theirs(channel, status, code):
    """An answer in the provider's own words."""
    if channel == "meta":
        error = {"message": "No", "type": "OAuthException", "code": code, "fbtrace_id": "A"}
        return httpx.Response(status, json={"error": error})
    return httpx.Response(status, json={"code": code, "message": "No", "status": status})


def a_gateways(status):
    """Answers that gateways write: pages, nothing, and JSON that looks like a provider's."""
    return [
        httpx.Response(status, text=PAGE),
        httpx.Response(status),
        httpx.Response(status, json={"message": "upstream timed out"}),
        httpx.Response(status, json={"error": {"code": status, "message": "no", "status": "UNAVAILABLE"}}),
        httpx.Response(status, json={"error": {"code": 2, "message": "no"}}),
        httpx.Response(status, json={"code": status, "message": "no", "status": status}),
    ]


def outcome(channel, answer):
    made, delivery = (meta, to_meta("hello")) if channel == "meta" else (twilio, to_twilio("hello"))
    return run(made(answer)[0].send(delivery))


both = pytest.mark.parametrize("channel", ["meta", "twilio"])


@both
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 520, 522, 524, 529, 599])
def test_a_gateway_says_nothing_about_the_provider_behind_it(channel, status):
    for answer in a_gateways(status):
        assert isinstance(outcome(channel, answer), InDoubt), answer.content


@both
@pytest.mark.parametrize("status", [500, 503])
def test_a_provider_that_says_itself_that_it_failed_is_believed(channel, status):
    known, unknown = {"meta": (131000, 987654), "twilio": (20429, 20500)}[channel]

    assert isinstance(outcome(channel, theirs(channel, status, known)), Throttled)
    assert isinstance(outcome(channel, theirs(channel, status, unknown)), Throttled)


@both
@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (AWAY, Throttled),
        (LOST, InDoubt),
        (httpx.Response(429, text=PAGE), Throttled),
        (httpx.Response(400, text=PAGE), Rejected),
        (httpx.Response(413, text=PAGE), Rejected),
        (httpx.Response(401, text=PAGE), Stopped),
        (httpx.Response(407, text=PAGE), Stopped),
        (httpx.Response(301), Stopped),
        (httpx.Response(307), Stopped),
        (httpx.Response(303), InDoubt),
        (httpx.Response(304), InDoubt),
        (httpx.Response(200, text=PAGE), InDoubt),
        (httpx.Response(200), InDoubt),
        (httpx.Response(204), InDoubt),
        (httpx.Response(200, json={}), InDoubt),
        (httpx.Response(201, json={"ok": True}), InDoubt),
    ],
)
def test_what_is_known_without_the_providers_own_words(channel, answer, what):
    assert isinstance(outcome(channel, answer), what)


@both
def test_what_is_accepted_has_a_name(channel):
    accepted = ACCEPTED_BY_META if channel == "meta" else ACCEPTED_BY_TWILIO

    assert isinstance(outcome(channel, httpx.Response(200, content=json.dumps(accepted))), Sent)
