"""What becomes of a send to Meta that fails, and that nothing of it tells the token."""

from asyncio import run

import httpx
import pytest
from pydantic import SecretStr

from tests.worker.channels.provider import AWAY, LOST, TOKEN, meta, to_meta
from worker.channels.meta.channel import Meta
from worker.channels.outcomes import Rejected, Stopped
from worker.channels.transport import AiohttpExchange


def test_what_meta_answers_becomes_the_outcome():
    refusal = {"error": {"code": 131047, "message": "Re-engagement message"}}
    channel, _ = meta(httpx.Response(400, json=refusal))

    assert run(channel.send(to_meta("Hello"))) == Rejected(code="131047", words="Re-engagement message")


@pytest.mark.parametrize("nothing", [AWAY, LOST, Stopped(code="malformed", words="no request")])
def test_what_follows_without_an_answer_is_handed_on(nothing):
    channel, _ = meta(nothing)

    assert run(channel.send(to_meta("Hello"))) == nothing


@pytest.mark.parametrize(
    "graph_url", ["ftp://graph.test", "nowhere", "https://[x", "https://a b", "http://x:y"]
)
def test_a_wrong_address_stops_the_sender(graph_url):
    assert isinstance(really_sent(graph_url=graph_url), Stopped)


def really_sent(**settings):
    """Send with a real client, to where nobody is."""
    given = {"graph_url": "http://127.0.0.1:9", "graph_version": "v23.0", "phone_number_id": "1"}
    token = SecretStr(settings.pop("token", TOKEN))

    async def send():
        channel = Meta(**given | settings, access_token=token, http=AiohttpExchange(1.0))
        try:
            return await channel.send(to_meta("Hello"))
        finally:
            await channel.close()

    return run(send())


class TestSecrets:
    def test_a_token_that_cannot_be_a_header_stops_the_sender_and_is_not_told(self):
        outcome = really_sent(token="sécret\n")

        assert isinstance(outcome, Stopped)
        assert "cret" not in repr(outcome)

    def test_meta_quoting_the_token_is_not_repeated(self):
        complaint = {"error": {"code": 190, "message": f"Malformed access token {TOKEN}"}}
        channel, _ = meta(httpx.Response(401, json=complaint))

        assert run(channel.send(to_meta("Hello"))) == Stopped(code="190", words="Malformed access token ***")
        assert run(channel.probe()) == "190: Malformed access token ***"

    def test_a_channel_shows_nothing_of_itself(self):
        channel, _ = meta()

        assert TOKEN not in repr(channel)
        assert TOKEN not in repr(vars(channel))


class TestProbe:
    def test_it_asks_for_the_default_sender(self):
        channel, provider = meta(httpx.Response(200, json={"id": "1001"}))

        assert run(channel.probe()) is None
        assert (provider.request.method, str(provider.request.url)) == (
            "GET",
            "https://graph.test/v23.0/1001?fields=id",
        )
        assert provider.request.headers["Authorization"] == f"Bearer {TOKEN}"

    def test_it_says_why_not(self):
        expired = httpx.Response(401, json={"error": {"code": 190, "message": "Session has expired"}})

        assert run(meta(expired)[0].probe()) == "190: Session has expired"
        assert run(meta(AWAY)[0].probe()) == "ClientConnectorError: the provider could not be reached"
        assert run(meta(LOST)[0].probe()) == "TimeoutError after the request may have been written"
        assert (
            run(meta(httpx.Response(200, text="<html>"))[0].probe())
            == "HTTP 200 with an answer that is not Meta's"
        )


def test_closing_gives_back_the_connections():
    channel, provider = meta()

    run(channel.close())

    assert provider.closed
