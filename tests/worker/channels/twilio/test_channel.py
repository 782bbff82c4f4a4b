"""What goes over the wire to Twilio; Twilio's own library must write the same."""

from asyncio import run

import httpx
import pytest
from twilio.http.response import Response
from twilio.rest import Client

from session.replies import Button, Menu, Reply, Row
from tests.worker.channels.provider import AWAY, LOST, TOKEN, to_twilio, twilio
from worker.channels.outcomes import Rejected, Sent, Stopped

LONG_LINE = "word " * 400


class TestRendering:
    def test_a_short_text_stays_as_it_is_but_cannot_quote(self):
        channel, _ = twilio()

        assert channel.render(Reply(text="Hello", reply_to="SMin")) == (Reply(text="Hello"),)

    def test_buttons_and_rows_become_numbered_lines(self):
        channel, _ = twilio()
        rows = (Row(id="m", title="Maadi", description="2\nflats"), Row(id="z", title=""))

        assert channel.render(Reply(text="Sure?", buttons=(Button(id="y", title="Yes"),))) == (
            Reply(text="Sure?\n\n1. Yes"),
        )
        assert channel.render(Reply(text="", menu=Menu(button="Areas", rows=rows))) == (
            Reply(text="1. Maadi - 2 flats\n2. z"),
        )

    def test_a_long_text_comes_in_parts_of_1600(self):
        channel, _ = twilio()

        parts = channel.render(Reply(text=LONG_LINE))

        assert [len(part.text) for part in parts] == [1599, 399]
        assert all(len(part.text) <= 1600 for part in parts)


class Library:
    """Stands where Twilio's library would open a connection, and keeps what it would have posted."""

    def __init__(self):
        self.asked = None

    def request(self, method, url, *, data, auth, **_):
        self.asked = (method, url, data, auth)
        return Response(201, '{"sid": "SMout"}')


def by_library(**message):
    library = Library()
    client = Client("AC1", TOKEN, http_client=library)
    client.api.base_url = "https://api.test"
    client.messages.create(**message)
    return library.asked


@pytest.mark.parametrize(
    ("route", "named"),
    [
        ({}, {"from_": "whatsapp:+15550002222"}),
        ({"sender": ""}, {"from_": "whatsapp:+15550001111"}),
        ({"sender": "MG5"}, {"messaging_service_sid": "MG5"}),
    ],
    ids=["the sender of the route", "the configured sender", "a messaging service"],
)
def test_twilios_own_library_writes_the_same(route, named):
    channel, provider = twilio()

    outcome = run(channel.send(to_twilio('شقة & "x"=1 😀', **route)))

    method, url, data, auth = by_library(to="whatsapp:+201001234567", body='شقة & "x"=1 😀', **named)
    assert outcome == Sent(provider_id="SMout")
    assert (provider.request.method, str(provider.request.url)) == (method, url)
    assert provider.posted_form == data
    assert provider.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert auth == ("AC1", TOKEN)
    assert provider.request.headers["Authorization"] == httpx.BasicAuth(*auth)._auth_header


@pytest.mark.parametrize("sender", ["+15550001111", "whatsapp:+15550001111"])
def test_the_sender_may_be_configured_with_or_without_its_prefix(sender):
    channel, provider = twilio(sender=sender)

    run(channel.send(to_twilio("Hello", sender="")))

    assert provider.posted_form["From"] == "whatsapp:+15550001111"


@pytest.mark.parametrize("text", ["a&To=whatsapp:+1", "%26", "a\r\nb: c", "\0", "+ +"])
def test_no_text_can_become_a_field(text):
    channel, provider = twilio()

    run(channel.send(to_twilio(text)))

    assert provider.posted_form == {
        "To": "whatsapp:+201001234567",
        "From": "whatsapp:+15550002222",
        "Body": text,
    }


def test_a_lone_surrogate_is_replaced():
    channel, provider = twilio(status_callback="https://us.test/hook")

    run(channel.send(to_twilio("a\ud800", sender="\udfff")))

    assert provider.posted_form["Body"] == "a\ufffd"


def test_silence_is_refused_without_asking_twilio():
    channel, provider = twilio()

    assert run(channel.send(to_twilio(""))) == Rejected(code="empty", words="nothing is said in this reply")
    assert provider.requests == []


@pytest.mark.parametrize("nothing", [AWAY, LOST])
def test_what_follows_without_an_answer_is_handed_on(nothing):
    channel, _ = twilio(nothing)

    assert run(channel.send(to_twilio("Hello"))) == nothing


def test_an_impossible_callback_is_found_at_the_start():
    with pytest.raises(ValueError, match="IPv6"):
        twilio(status_callback="https://[us")


def test_nothing_secret_is_shown():
    quoting = httpx.Response(401, json={"code": 20003, "message": f"bad token {TOKEN}"})
    channel, provider = twilio(quoting)

    assert run(channel.send(to_twilio("Hello"))) == Stopped(code="20003", words="bad token ***")
    assert TOKEN not in repr(channel)
    assert TOKEN not in repr(vars(channel))
    assert TOKEN not in str(provider.request.url)


class TestProbe:
    def test_it_asks_for_the_account(self):
        channel, provider = twilio(httpx.Response(200, json={"sid": "AC1", "status": "active"}))

        assert run(channel.probe()) is None
        assert provider.request.method == "GET"
        assert provider.request.url == "https://api.test/2010-04-01/Accounts/AC1.json"

    def test_it_says_why_not(self):
        refused = httpx.Response(401, json={"code": 20003, "message": "Authenticate"})

        assert run(twilio(refused)[0].probe()) == "20003: Authenticate"
        assert run(twilio(AWAY)[0].probe()) == "ClientConnectorError: the provider could not be reached"

    def test_it_looks_at_the_templates_of_the_settings(self):
        ask = {"sid": "HX1", "types": {"twilio/quick-reply": {"actions": [{"title": "{{2}}"}]}}}
        page = {"sid": "HX2", "types": {"twilio/card": {}}}
        answers = {
            "AC1.json": httpx.Response(200, json={"sid": "AC1"}),
            "HX1": httpx.Response(200, json=ask),
            "HX2": httpx.Response(200, json=page),
            "HX3": httpx.Response(404, json={"code": 20404, "message": "not found"}),
            "HX4": httpx.Response(404, text="a simulator knows none"),
        }
        sids = {"buttons-1": "HX1", "buttons-2": "HX1", "list-1": "HX2", "list-2": "HX3", "list-3": "HX4"}
        channel, provider = twilio(lambda one: answers[one.url.path.rpartition("/")[2]], sids=sids)

        assert run(channel.probe()) == (
            "TWILIO_CONTENT_SIDS, buttons-2=HX1: the template has 1 actions, not 2; "
            "TWILIO_CONTENT_SIDS, list-1=HX2: the template is twilio/card, not twilio/list-picker; "
            "TWILIO_CONTENT_SIDS, list-2=HX3: there is no such template"
        )
        assert {one.url.host for one in provider.requests} == {"api.test"}

    def test_templates_of_twilio_itself_are_on_a_host_of_their_own(self):
        channel, provider = twilio(
            httpx.Response(200, json={"sid": "x", "types": {"twilio/call-to-action": {"actions": [{}]}}}),
            api_url="https://api.twilio.com",
            sids={"link-a.example": "HX1"},
        )

        assert run(channel.probe()) is None
        assert provider.requests[-1].url == "https://content.twilio.com/v1/Content/HX1"


def test_closing_gives_back_the_connections():
    channel, provider = twilio()

    run(channel.close())

    assert provider.closed
