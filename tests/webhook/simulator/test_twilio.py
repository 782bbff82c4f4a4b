"""The routes of Twilio: what they accept, what they refuse, and with which error."""

import json

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client


class InProcess(HttpClient):
    """Carries the requests of Twilio's own library to a WSGI application."""

    def __init__(self, client):
        super().__init__(None, is_async=False)
        self._client = client

    def request(self, method, url, *, params=None, data=None, auth=None, **_):
        path = url.removeprefix("https://api.twilio.com")
        answer = self._client.open(
            path, method=method, query_string=params, data=data, auth=auth, buffered=True
        )
        return Response(answer.status_code, answer.text)


@pytest.fixture
def business(client):
    """Twilio's own library: an independent client of Twilio's API."""
    return Client("AC1", "auth-token", http_client=InProcess(client))


def test_twilios_library_sends_and_the_customer_gets_it(business, heard, clock):
    sent = business.messages.create(
        to="whatsapp:+201001234567",
        from_="whatsapp:+14155238886",
        body="hello",
        status_callback="https://bot.example/s",
    )

    assert (sent.status, sent.date_created) == ("queued", clock.now())
    assert [(one["id"], one["text"], one["channel"]) for one in heard()] == [(sent.sid, "hello", "twilio")]
    assert heard()[0]["statusCallback"] == "https://bot.example/s"


def test_a_customer_without_a_phone_number_is_reached_too(send_twilio, heard):
    assert send_twilio(to="whatsapp:US.123").status_code == 201
    assert heard("US.123")[0]["text"] == "hello"


def test_twilios_library_gets_an_error_for_a_wrong_token(client):
    stranger = Client("AC1", "wrong", http_client=InProcess(client))

    with pytest.raises(TwilioRestException) as refused:
        stranger.messages.create(to="whatsapp:+201001234567", from_="whatsapp:+14155238886", body="x")

    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_the_account_can_be_read_with_valid_credentials_only(business, client):
    assert business.api.v2010.accounts("AC1").fetch().status == "active"
    assert client.get("/2010-04-01/Accounts/AC1.json").get_json()["code"] == 20003
    assert client.get("/2010-04-01/Accounts/AC2.json", auth=("AC1", "auth-token")).status_code == 401


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "whatsapp:nobody"}, 21211),
        ({"to": "+201001234567"}, 21910),
        ({"From": ""}, 21603),
        ({"From": "whatsapp:+15550000000"}, 63007),
        ({"Body": ""}, 21619),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "/relative"}, 21609),
    ],
)
def test_twilio_refuses_what_it_cannot_send(send_twilio, heard, fields, code):
    answer = send_twilio(**fields)

    assert answer.status_code == 400
    assert answer.get_json()["code"] == code
    assert answer.get_json()["status"] == 400
    assert heard() == []


def test_a_body_may_have_up_to_1600_characters(send_twilio):
    assert send_twilio(Body="x" * 1600).status_code == 201


BUTTON, LIST, LINK = (f"HX{digit * 32}" for digit in "012")


def variables(*values):
    return json.dumps({str(number): value for number, value in enumerate(values, start=1)})


@pytest.mark.parametrize(
    ("sid", "values", "shown"),
    [
        (BUTTON, ("Sure?", "Yes", "y"), {"text": "Sure?", "buttons": [{"id": "y", "title": "Yes"}]}),
        (
            LIST,
            ("Where?", "Areas", "Maadi", "m", "green"),
            {"opens": "Areas", "rows": [{"id": "m", "title": "Maadi", "description": "green"}]},
        ),
        (LINK, ("See", "v/1?b=2"), {"link": {"id": "https://a.example/v/1?b=2", "title": "a.example"}}),
    ],
)
def test_twilios_library_sends_a_content_and_the_customer_sees_its_options(
    business, heard, sid, values, shown
):
    business.messages.create(
        to="whatsapp:+201001234567",
        from_="whatsapp:+14155238886",
        content_sid=sid,
        content_variables=variables(*values),
    )

    assert shown.items() <= heard()[0].items()


@pytest.mark.parametrize(
    ("sid", "written", "code"),
    [
        ("HX" + "9" * 32, variables("Sure?", "Yes", "y"), 21655),
        (BUTTON, "", 21656),
        (BUTTON, "[]", 21656),
        (BUTTON, variables("Sure?", "Yes"), 21656),
        (BUTTON, variables("Sure?", "Yes", ""), 21656),
        (BUTTON, variables("Sure?", "Yes", 1), 21656),
        (BUTTON, variables("Sure?\n", "Yes", "y"), 21656),
        (BUTTON, variables("Sure?" + " " * 5 + "!", "Yes", "y"), 21656),
        (BUTTON, variables("x" * 1601, "Yes", "y"), 21658),
        (BUTTON, variables("x" * 1025, "Yes", "y"), 21656),
        (BUTTON, variables("Sure?", "x" * 21, "y"), 21656),
    ],
)
def test_twilio_refuses_a_content_that_it_cannot_fill(send_twilio, heard, sid, written, code):
    answer = send_twilio(Body="", ContentSid=sid, ContentVariables=written)

    assert (answer.status_code, answer.get_json()["code"], heard()) == (400, code, [])
