"""What becomes of a send to Meta that fails, and that nothing of it tells the token."""

import httpx
import pytest
from pydantic import SecretStr

from tests.worker.channels.provider import TOKEN, meta, to_meta
from worker.channels.meta.channel import Meta
from worker.channels.outcomes import InDoubt, Rejected, Stopped, Throttled
from worker.channels.transport import open_http


def test_what_meta_answers_becomes_the_outcome():
    refusal = {"error": {"code": 131047, "message": "Re-engagement message"}}
    channel, _ = meta(httpx.Response(400, json=refusal))

    assert channel.send(to_meta("Hello")) == Rejected(code="131047", words="Re-engagement message")


NOT_WRITTEN = [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError]
PERHAPS_WRITTEN = [
    httpx.ReadTimeout,
    httpx.ReadError,
    httpx.WriteTimeout,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.DecodingError,
    httpx.TooManyRedirects,
    RuntimeError,
]


@pytest.mark.parametrize("failure", NOT_WRITTEN)
def test_a_request_that_was_not_written_may_be_repeated(failure):
    channel, _ = meta(failure(f"Bearer {TOKEN}"))

    assert channel.send(to_meta("Hello")) == Throttled(
        code=failure.__name__, words="the provider could not be reached"
    )


@pytest.mark.parametrize("failure", PERHAPS_WRITTEN)
def test_a_request_that_may_have_been_written_is_unknown(failure):
    channel, _ = meta(failure(f"Bearer {TOKEN}"))

    outcome = channel.send(to_meta("Hello"))

    assert isinstance(outcome, InDoubt)
    assert TOKEN not in repr(outcome)


@pytest.mark.parametrize(
    "settings", [{"graph_url": "ftp://graph.test"}, {"graph_url": "nowhere"}, {"graph_url": "https://[x"}]
)
def test_a_wrong_address_stops_the_sender(settings):
    channel, _ = meta(httpx.UnsupportedProtocol("no"), **settings)

    assert isinstance(channel.send(to_meta("Hello")), Stopped)


class TestSecrets:
    def test_a_token_that_cannot_be_a_header_stops_the_sender_and_is_not_told(self):
        channel = Meta(
            graph_url="http://127.0.0.1:9",
            graph_version="v23.0",
            access_token=SecretStr("sécret\n"),
            phone_number_id="1",
            http=open_http(1.0),
        )
        outcome = channel.send(to_meta("Hello"))
        channel.close()

        assert isinstance(outcome, Stopped)
        assert "cret" not in repr(outcome)

    def test_meta_quoting_the_token_is_not_repeated(self):
        complaint = {"error": {"code": 190, "message": f"Malformed access token {TOKEN}"}}
        channel, _ = meta(httpx.Response(401, json=complaint))

        assert channel.send(to_meta("Hello")) == Stopped(code="190", words="Malformed access token ***")
        assert channel.probe() == "190: Malformed access token ***"

    def test_a_channel_shows_nothing_of_itself(self):
        channel, _ = meta()

        assert TOKEN not in repr(channel)
        assert TOKEN not in repr(vars(channel))


class TestProbe:
    def test_it_asks_for_the_default_sender(self):
        channel, provider = meta(httpx.Response(200, json={"id": "1001"}))

        assert channel.probe() is None
        assert (provider.request.method, str(provider.request.url)) == (
            "GET",
            "https://graph.test/v23.0/1001?fields=id",
        )
        assert provider.request.headers["Authorization"] == f"Bearer {TOKEN}"

    def test_it_says_why_not(self):
        expired = httpx.Response(401, json={"error": {"code": 190, "message": "Session has expired"}})

        assert meta(expired)[0].probe() == "190: Session has expired"
        assert (
            meta(httpx.ConnectTimeout(""))[0].probe() == "ConnectTimeout: the provider could not be reached"
        )
        assert meta(httpx.ReadTimeout(""))[0].probe() == "ReadTimeout after the request may have been written"
        assert (
            meta(httpx.Response(200, text="<html>"))[0].probe()
            == "HTTP 200 with an answer that is not Meta's"
        )


def test_closing_gives_back_the_connections():
    channel, provider = meta()

    channel.close()

    assert isinstance(channel.send(to_meta("Hello")), InDoubt)
    assert provider.requests == []
