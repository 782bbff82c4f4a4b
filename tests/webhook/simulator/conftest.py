"""A simulator whose webhook is a fake that keeps the requests."""

import json
import queue
from urllib.parse import parse_qsl

import httpx
import pytest

from webhook.simulator.app import create_app
from webhook.simulator.settings import Settings

PUBLIC = "https://bot.example"


class FakeWebhook:
    """Keeps the requests that the simulator posts, and answers them with `status`."""

    def __init__(self):
        self.posted = queue.Queue()
        self.status = 200
        self.is_away = False

    def __call__(self, request):
        if self.is_away:
            raise httpx.ConnectError("refused", request=request)
        self.posted.put(request)
        return httpx.Response(self.status)

    def next(self):
        """The oldest request that was not yet looked at; waits for one."""
        return self.posted.get(timeout=10)

    def next_json(self):
        return json.loads(self.next().content)

    def next_value(self):
        """The `value` of the only change of a Meta body."""
        return self.next_json()["entry"][0]["changes"][0]["value"]

    def next_form(self):
        return self.form_of(self.next())

    @staticmethod
    def form_of(request):
        return dict(parse_qsl(request.content.decode(), keep_blank_values=True))

    def next_statuses(self, count):
        """The next statuses of Meta, however they are batched."""
        statuses = []
        while len(statuses) < count:
            statuses += self.next_value()["statuses"]
        return statuses


@pytest.fixture
def settings():
    return Settings(
        meta_app_secret="app-secret",
        meta_access_token="token",
        meta_phone_number_id="106540352242922",
        twilio_account_sid="AC1",
        twilio_auth_token="auth-token",
        twilio_from="whatsapp:+14155238886",
        twilio_content_sids=f"buttons-1=HX{'0' * 32},list-1=HX{'1' * 32},link-a.example=HX{'2' * 32}",
        public_url=PUBLIC,
        webhook_url="http://127.0.0.1:8000/",
    )


@pytest.fixture
def webhook():
    return FakeWebhook()


@pytest.fixture
def pauses():
    """The seconds that the simulator would have waited."""
    return []


@pytest.fixture
def simulator(settings, webhook, clock, new_id, pauses):
    """Makes a simulator, with other settings if a test wants them."""

    def make(**changes):
        return create_app(
            settings.model_copy(update=changes),
            client=httpx.Client(transport=httpx.MockTransport(webhook)),
            clock=clock,
            new_id=new_id,
            pause=pauses.append,
        )

    return make


@pytest.fixture
def app(simulator):
    return simulator()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def say(client):
    """Lets a customer write; returns the answer's status and JSON."""

    def write(customer="+201001234567", **fields):
        answer = client.post(f"/simulator/customers/{customer}/messages", json=fields)
        return answer.status_code, answer.get_json()

    return write


@pytest.fixture
def heard(client):
    """What a customer got from the business."""

    def read(customer="+201001234567", **query):
        answer = client.get(f"/simulator/customers/{customer}/messages", query_string=query)
        assert answer.status_code == 200
        return answer.get_json()["messages"]

    return read


@pytest.fixture
def send_meta(client):
    """Sends through Meta; a text, unless the test says otherwise."""

    def send(to="201001234567", *, token="token", **fields):
        payload = {"messaging_product": "whatsapp", "to": to, "type": "text", "text": {"body": "hello"}}
        return client.post(
            "/v23.0/106540352242922/messages",
            json=payload | fields,
            headers={"Authorization": f"Bearer {token}"},
            buffered=True,  # closes the answer, as a server does
        )

    return send


@pytest.fixture
def send_twilio(client):
    """Sends through Twilio; a text, unless the test says otherwise."""

    def send(to="whatsapp:+201001234567", *, token="auth-token", **fields):
        form = {"To": to, "From": "whatsapp:+14155238886", "Body": "hello"} | fields
        return client.post(
            "/2010-04-01/Accounts/AC1/Messages.json", data=form, auth=("AC1", token), buffered=True
        )

    return send


@pytest.fixture
def set_fault(client):
    def put(**fault):
        answer = client.post("/simulator/faults", json=fault)
        assert answer.status_code == 200, answer.text
        return answer.get_json()["faults"]

    return put
