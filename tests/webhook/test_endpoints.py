"""Both ways to an endpoint do the same with whatever is posted: answer, store, wake, log and count."""

import asyncio
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session.channels.twilio import twilio_signature
from session.errors import StoreUnavailable
from tests.webhook.edge import FORM, JSON, TOKEN, Full
from tests.webhook.two_ways import LIMITS, Outcome, Posted, Way, by_meta

BODY = b'{"object":"whatsapp_business_account","entry":[]}'
TELEGRAM_SECRET = "a-word-of-ours"
SETTINGS = {
    "telegram_webhook_secret": TELEGRAM_SECRET,
    "twilio_account_sid": "AC1",
    "public_url": "",
    "proxies": 1,
}
MESSAGE = {"MessageSid": "SM1", "From": "whatsapp:+201001234567", "To": "whatsapp:+14155238886", "Body": "é"}


def by_twilio(
    form: dict[str, str], path: str = "", query: str = "", root: str = "http://bot.example", **more: Any
):
    path = f"/webhook/twilio{path}"
    url = f"{root}{path}{'?' * bool(query)}{query}".encode()
    headers = [
        ("content-type", FORM),
        ("x-twilio-signature", twilio_signature(TOKEN, url, list(form.items()))),
    ]
    return Posted(
        **{
            "pieces": [urlencode(form).encode()],
            "path": path,
            "query_string": query,
            "more_headers": headers,
            **more,
        }
    )


def json_by_twilio(body: bytes) -> Posted:
    query = f"bodySHA256={hashlib.sha256(body).hexdigest()}"
    url = f"http://bot.example/webhook/twilio?{query}".encode()
    headers = [("content-type", JSON), ("x-twilio-signature", twilio_signature(TOKEN, url, []))]
    return Posted(pieces=[body], path="/webhook/twilio", query_string=query, more_headers=headers)


def by_telegram(body: bytes, secret: str = TELEGRAM_SECRET) -> Posted:
    headers = [("content-type", JSON), ("x-telegram-bot-api-secret-token", secret)]
    return Posted(pieces=[body], path="/webhook/telegram", more_headers=headers)


NAMES = st.sampled_from(
    [
        "content-type",
        "x-hub-signature-256",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "host",
        "upgrade",
        "connection",
        "accept",
        "cookie",
        "content_type",
    ]
)
WORDS = st.sampled_from(["websocket", "upgrade", JSON, FORM, "https", "1.2.3.4"]) | st.text(
    st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=20
)

LARGE = b" " * (LIMITS.small_bytes + 1)
TOO_LARGE = b" " * (LIMITS.body_bytes + 1)
#: Each with its status.
ON_THE_SHORTCUT = {
    "good": (200, by_meta(BODY)),
    "good, and not UTF-8": (200, by_meta(b'{"\xff\xfe": "\xd9\x85"}')),
    "good, in pieces": (200, by_meta(BODY, pieces=[BODY[:9], BODY[9:]])),
    "chunked": (200, by_meta(BODY, is_chunked=True)),
    "good, with a charset": (200, by_meta(BODY, content_type="application/json; charset=utf-8")),
    "forged": (401, by_meta(BODY, signature="sha256=" + "0" * 64)),
    "not signed": (401, by_meta(BODY, signature="")),
    "signed twice": (401, by_meta(BODY, more=[("x-hub-signature-256", "sha256=0")])),
    "of another type": (400, by_meta(BODY, content_type="text/plain")),
    "of no type": (400, by_meta(BODY, content_type="")),
    "through a proxy": (401, by_meta(BODY, signature="no", more=[("x-forwarded-for", "1.2.3.4, 5.6.7.8")])),
    "of Telegram": (200, by_telegram(b'{"update_id": 1}')),
    "of Telegram, forged": (401, by_telegram(b"{}", "another")),
    "of Twilio": (200, by_twilio(MESSAGE)),
    "of Twilio, forged": (401, by_twilio(MESSAGE, pieces=[b"Body=another"])),
    "of Twilio, of another account": (401, by_twilio({**MESSAGE, "AccountSid": "AC2"})),
    "of Twilio through a proxy": (
        200,
        by_twilio(
            MESSAGE,
            root="https://bot.example",
            more_headers=[
                *by_twilio(MESSAGE, root="https://bot.example").more_headers,
                ("x-forwarded-proto", "https"),
            ],
        ),
    ),
    "JSON of Twilio": (200, json_by_twilio(b'{"a": 1}')),
    "a status of Twilio": (200, by_twilio(MESSAGE, "/status", "delivery=a%2Fb&x=%C3%A9")),
    "by the fallback": (200, by_twilio(MESSAGE, "/fallback")),
}
LEFT_TO_FLASK = {
    "empty": (400, by_meta(b"")),
    "large": (200, by_meta(LARGE)),
    "large and chunked": (200, by_meta(LARGE, is_chunked=True)),
    "large and forged": (401, by_meta(LARGE, signature="no")),
    "for a path that is nearly it": (200, by_meta(BODY, path="//webhook/meta")),
    "with a slash too many": (200, by_meta(BODY, path="/webhook/meta/")),
    "for no path": (404, by_meta(BODY, path="/webhook/metas")),
    "by another method": (405, by_meta(BODY, method="PUT")),
    "by a method in small letters": (200, by_meta(BODY, method="post")),
    "a subscription": (403, by_meta(BODY, method="GET")),
    "for a websocket": (405, by_meta(BODY, more=[("connection", "upgrade"), ("upgrade", "websocket")])),
}
READ_BY_NOBODY = {
    "too large": (413, by_meta(TOO_LARGE)),
    "too large and chunked": (413, by_meta(TOO_LARGE, is_chunked=True)),
    "announced too large": (413, by_meta(BODY, announced=LIMITS.body_bytes + 1)),
    "slow": (408, by_meta(BODY, announced=len(BODY) + 1, is_silent=True)),
    "slow and chunked": (408, by_meta(BODY, is_chunked=True, is_silent=True)),
    "shorter than announced": (400, by_meta(BODY, announced=len(BODY) + 1)),
    "broken off": (400, by_meta(BODY, breaks=True)),
}


class TwoWays:
    """The same webhook twice, each with a database of its own."""

    def __init__(self, through_flask: Way, past_flask: Way) -> None:
        self.through_flask, self.past_flask = through_flask, past_flask

    def post(self, posted: Posted, *, empty: bool = True) -> Outcome:
        """Post on both ways; what comes of it is the same."""
        usual, short = (way.post(posted, empty=empty) for way in (self.through_flask, self.past_flask))
        assert short == usual
        return short


@pytest.fixture
def two_ways(valkey_socket: str) -> Iterator[Callable[..., TwoWays]]:
    """Sets up the webhook twice."""
    ways: list[Way] = []
    with asyncio.Runner() as loop:

        def begin(*, url: str = f"unix://{valkey_socket}?db=", **settings: Any) -> TwoWays:
            settings = {**SETTINGS, **settings}
            ways[:] = [Way(loop, f"{url}{number}", shortcut=number == 1, **settings) for number in range(2)]
            return TwoWays(*ways)

        yield begin
        for way in ways:
            way.close()


@pytest.fixture
def two_ways_once(two_ways: Callable[..., TwoWays]) -> TwoWays:
    """The webhook twice, for all examples of a test."""
    return two_ways(shards=2)


@pytest.mark.parametrize("shards", [1, 4])
@pytest.mark.parametrize(("status", "posted"), ON_THE_SHORTCUT.values(), ids=ON_THE_SHORTCUT)
def test_the_shortcut_does_what_flask_does(two_ways, status, posted, shards):
    both = two_ways(shards=shards)

    outcome = both.post(posted)

    assert outcome.status == status
    assert outcome.counted == {str(status): 1}
    assert len(outcome.woken) == sum(map(len, outcome.stored.values())) == (status == 200)
    assert (both.through_flask.left_to_flask, both.past_flask.left_to_flask) == (1, 0)


@pytest.mark.parametrize(("status", "posted"), LEFT_TO_FLASK.values(), ids=LEFT_TO_FLASK)
def test_what_is_not_ordinary_is_left_to_flask(two_ways, status, posted):
    both = two_ways()

    assert both.post(posted).status == status
    assert (both.through_flask.left_to_flask, both.past_flask.left_to_flask) == (1, 1)


@pytest.mark.parametrize(("status", "posted"), READ_BY_NOBODY.values(), ids=READ_BY_NOBODY)
def test_what_does_not_arrive_reaches_neither(two_ways, status, posted):
    both = two_ways()

    assert both.post(posted).status == status
    assert both.through_flask.left_to_flask == both.past_flask.left_to_flask == 0


def test_a_body_for_several_shards_is_divided_alike(two_ways):
    entry = {"changes": [{"value": {"messages": [{"from": str(2010000 + number)} for number in range(20)]}}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()

    assert len(two_ways(shards=4).post(by_meta(body)).stored) == 4


def test_what_is_stored_first_wakes_and_the_next_does_not(two_ways):
    both = two_ways()
    for way in (both.through_flask, both.past_flask):
        assert way.post(by_meta(BODY)).woken == [0]
        assert way.post(by_meta(BODY), empty=False).woken == []


@pytest.mark.parametrize("port", ["hung_port", "closed_port"])
@pytest.mark.parametrize("posted", [by_meta(BODY), by_twilio(MESSAGE), by_twilio(MESSAGE, "/fallback")])
def test_without_redis_both_say_so(two_ways, port, posted, request):
    both = two_ways(url=f"redis://127.0.0.1:{request.getfixturevalue(port)}/")

    outcome = both.post(posted, empty=False)

    assert outcome.counted == {"503": 1}
    assert [line.split(" {")[0] for line in outcome.logged] == ["ERROR body not stored", "WARNING refused"]
    assert both.past_flask.left_to_flask == 0


@pytest.mark.parametrize(
    "error", [StoreUnavailable("store_body: OutOfMemoryError"), ValueError("+201001234567")]
)
def test_whatever_goes_wrong_with_the_store_is_503_on_both(two_ways, error):
    assert two_ways(store=Full(error)).post(by_meta(BODY)).status == 503


def test_what_no_replica_has_confirmed_is_503_on_both(two_ways):
    outcome = two_ways(durability="replica", durability_seconds=0.05).post(by_meta(BODY))

    assert (outcome.status, len(outcome.stored["intake"])) == (503, 1)


def test_a_fault_before_the_store_is_left_to_flask_to_report(two_ways, monkeypatch):
    both = two_ways()
    monkeypatch.setattr("webhook.channels.meta.meta_signature", lambda secret, body: 1 / 0)

    outcome = both.post(by_meta(BODY))

    assert (outcome.status, outcome.stored) == (500, {})
    assert "ZeroDivisionError" in outcome.logged[0]


@pytest.mark.slow
@given(
    make=st.sampled_from(
        [by_meta, by_telegram, lambda body: by_twilio(dict(parse_qsl(body.decode("latin-1"))))]
    ),
    body=st.binary(max_size=2 * LIMITS.small_bytes),
    path=st.sampled_from(
        ["", "/webhook/meta", "/webhook/twilio", "/webhook/twilio/status", "/webhook/telegram"]
    ),
    method=st.sampled_from(["POST"] * 5 + ["GET", "PUT", "post"]),
    more=st.lists(st.tuples(NAMES, WORDS), max_size=3),
    query=st.text(st.characters(max_codepoint=255), max_size=20),
    cut=st.integers(0, 20),
    is_chunked=st.booleans(),
)
def test_whatever_comes_both_do_the_same(
    *, two_ways_once, make, body, path, method, more, query, cut, is_chunked
):
    posted = make(body)
    (whole,) = posted.pieces

    two_ways_once.post(
        replace(
            posted,
            pieces=[whole[:cut], whole[cut:]],
            path=path or posted.path,
            method=method,
            more_headers=[*posted.more_headers, *more],
            query_string=posted.query_string or query,
            is_chunked=is_chunked,
        )
    )
